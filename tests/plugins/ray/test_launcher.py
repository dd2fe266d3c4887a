"""The launcher on a Ray cluster on this machine."""

import json
from pathlib import Path

import pytest

from quorate.cli.main import main
from quorate.documents import dump

ray = pytest.importorskip("ray")

TOY = Path(__file__).parents[2] / "core" / "run" / "toy" / "registry.yaml"


@pytest.fixture
def cluster():
    try:
        ray.init(num_cpus=1, include_dashboard=False, log_to_driver=False, configure_logging=False)
    except Exception as error:
        pytest.skip(f"Ray can not start here: {type(error).__name__}: {error}")
    yield
    ray.shutdown()


def write(folder, variants, **keys):
    base = {
        "environment": "toy/line-v1",
        "algorithm": "toy/regression",
        "budget": {"train_steps": 4},
        "checkpoint": {"every": 2},
    }
    data = {"base": base, "variants": variants, "seeds": 1, "metric": "net/gain", "launcher": "ray", **keys}
    data["directory"] = str(folder / keys.get("directory", "compare"))
    (folder / "toy.yaml").write_text(dump(data))
    return ["--manifest", str(TOY), "compare", str(folder / "toy.yaml")]


def results(folder):
    found = {}
    for run in sorted(folder.glob("runs/*/*/seed-*/2*")):
        found[run.parents[2].name] = (run / "metrics.jsonl").read_bytes()
    return found


def test_the_same_as_here_and_a_failure_costs_only_itself(cluster, tmp_path, capsys):
    variants = {"plain": {}, "bad": {"algorithm.diverge_at": 4}}
    words = write(tmp_path, variants)
    assert main(words) == 1
    folder = tmp_path / "compare" / "toy"
    assert (folder / "failures" / "bad--toy-line-v1--seed-0.json").exists()
    printed = capsys.readouterr()
    assert "1 of 2 cells are finished" in printed.out
    assert "1/2 plain/toy-line-v1/seed-0 finished" in printed.err
    failure = json.loads((folder / "failures" / "bad--toy-line-v1--seed-0.json").read_text())
    assert "nan after step 4" in failure["error"]

    local = write(tmp_path, {"plain": {}}, directory="local", launcher="local")
    assert main([*local, "--quiet"]) == 0
    assert results(folder)["plain"] == results(tmp_path / "local" / "toy")["plain"]


@pytest.mark.parametrize("address", ["auto", "127.0.0.1:1", "nowhere"])
def test_no_cluster(tmp_path, monkeypatch, capsys, address):
    monkeypatch.delenv("RAY_ADDRESS", raising=False)
    assert main([*write(tmp_path, {"plain": {}}), f"launcher.address={address}", "--quiet"]) == 2
    assert "There is no Ray cluster" in capsys.readouterr().err
