"""Runs on the double, at a tiny budget: MAPPO as published, Table 1 of 2410.13953, another interpreter, pictures."""

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest
import yaml

from quorate import compose, load
from quorate.cli.main import main

EXAMPLES = Path(__file__).parents[3] / "examples"
TINY = ("environment.horizon=12", "workers=2", "budget.train_steps=2", "algorithm.environments=2")
LEARNING = (*TINY, "algorithm.rollout=20", "algorithm.chunk=10", "evaluation.episodes=2", "evaluation.environments=2",
            "evaluation.points=1")  # fmt: skip
INFERRING = (*TINY, "algorithm.samples=40", "algorithm.evaluation_samples=8", "algorithm.denoiser.width=8",
             "algorithm.regressor.hidden=[8]")  # fmt: skip
BEHAVIOURS = {
    "mappo": (),
    "mappo-sight-5": ("environment.sight=5",),
    "mappo-terran": ("environment.name=smacv2/terran-5v5-v1",),
    "mappo-protoss": ("environment.name=smacv2/protoss-5v5-v1",),
}


@pytest.fixture(scope="module")
def behaviours(game_folder, tmp_path_factory):
    """A folder in which MAPPO has learned all that Table 1 needs, for two steps."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SC2PATH", str(game_folder))
        patch.chdir(tmp_path_factory.mktemp("runs"))
        for name, changes in BEHAVIOURS.items():
            words = ["run", str(EXAMPLES / "smacv2" / "mappo.yaml"), f"name={name}", *LEARNING, *changes, "--quiet"]
            assert main(words) == 0
        yield Path.cwd()


def test_mappo_learns_and_is_evaluated(behaviours, double):
    run = load(behaviours / "runs" / "mappo")
    final = json.loads((run.path / "result.json").read_text())["evaluation"]
    for name in ("return/mean", "outcome/won", "outcome/dead_allies", "outcome/dead_enemies", "outcome/crashed"):
        assert name in final
    record = json.loads((run.path / "record.json").read_text())
    assert "StarCraft II double" in json.dumps(record)


def test_it_goes_on_after_a_stop(behaviours, double, monkeypatch):
    monkeypatch.chdir(behaviours)
    (run,) = (behaviours / "runs" / "mappo").iterdir()
    assert main(["extend", str(run), "budget.train_steps=3", "name=longer", "--quiet"]) == 0
    assert double.running() == []


def test_a_picture(behaviours, double, tmp_path):
    (run,) = list((behaviours / "runs" / "mappo").iterdir())[:1]
    assert main(["play", str(run), "--episodes", "1", "--record", str(tmp_path / "battle.gif")]) == 0
    assert (tmp_path / "battle.gif").read_bytes()[:3] == b"GIF"


def test_every_cell_of_table_1(behaviours, double, monkeypatch, tmp_path):
    """Each is really run; widths and samples are made small, and told apart by what is left of them."""
    monkeypatch.chdir(behaviours)
    small = [f"base.{word}" for word in INFERRING if "horizon" not in word]
    small += [f"variants.width-{n}={{algorithm.denoiser.width: {n // 256}}}" for n in (1024, 4096, 8192)]
    small += [f"variants.samples-{n}={{algorithm.samples: {n // 10000 + 20}}}" for n in (10000, 500000)]
    small += ["environments=[{name: smacv2/zerg-5v5-v1, sight: 9, horizon: 12}]", "seeds=1", f"directory={tmp_path}"]
    words = ["compare", str(EXAMPLES / "smacv2" / "table-1-cells.yaml"), *small, "--quiet", "launcher.processes=1"]
    assert main(words) == 0
    cells = yaml.safe_load((EXAMPLES / "smacv2" / "table-1-cells.yaml").read_text())["variants"]
    found = {path.parent for path in tmp_path.rglob("result.json")}
    assert len(found) == len(cells) == 11
    assert double.running() == []


def test_another_interpreter(double, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    words = ["run", str(EXAMPLES / "smacv2" / "mappo.yaml"), *LEARNING, "environment.interpreter=sc2", "--quiet"]
    assert main(["--interpreter", f"sc2={sys.executable}", *words]) == 0
    assert double.running() == []


def test_a_run_that_is_killed_leaves_no_game(double, tmp_path):
    """The double goes on without its client; the processes that have started it end it."""
    words = ["run", str(EXAMPLES / "smacv2" / "mappo.yaml"), *LEARNING, "budget.train_steps=1000"]
    with subprocess.Popen([sys.executable, "-m", "quorate", *words], cwd=tmp_path, stderr=subprocess.DEVNULL) as run:
        while len(double.running()) < 2:
            assert run.poll() is None
            time.sleep(0.1)
        run.kill()
    for _ in range(600):
        if not double.running():
            break
        time.sleep(0.1)
    assert double.running() == []


def test_the_doctor(double, capsys):
    main(["doctor", "--json"])
    found = {one["subject"].split(": ")[-1]: one for one in json.loads(capsys.readouterr().out)["findings"]}
    for name in ("package", "protobuf", "StarCraft II", "maps"):
        assert found[name]["state"] == "ok"
    assert "Base75689 (4.10.0)" in found["StarCraft II"]["remark"]


def test_table_1_is_that_of_smax():
    """Everything but the environment, who collects, and how many games there are at once."""
    ours, theirs = (yaml.safe_load((EXAMPLES / name / "table-1.yaml").read_text()) for name in ("smacv2", "smax"))
    for tree in (ours, theirs):
        for key in ("behaviour", "behaviour_run", "environments"):
            tree["algorithm"].pop(key, None)
    assert ours["algorithm"] == theirs["algorithm"]
    assert ours["budget"] == theirs["budget"]
    assert ours["environment"]["name"].removeprefix("smacv2") == theirs["environment"]["name"].removeprefix("smax")


def test_the_published_settings(game_folder):
    """Of benellis3/mappo 58c9472, src/config/algs/clipping_rnn_central_V.yaml, and oxwhirl/smacv2's rates and clip."""
    settings = compose(EXAMPLES / "smacv2" / "mappo.yaml").settings
    learner = settings.algorithm.settings
    assert (learner.learning_rate, learner.critic_learning_rate, learner.clip) == (5e-4, 1e-3, 0.1)
    assert (learner.epochs, learner.environments, learner.chunk) == (10, 8, 20)
    assert (learner.discount, learner.trace, learner.entropy) == (0.99, 0.995, 0.0)
    assert (learner.actor.name, learner.actor.settings.memory) == ("gru", 64)
    assert settings.budget.train_steps * learner.environments * learner.rollout == 10_000_000
