"""A run's folder may be anybody's: what it says decides nothing of what is imported or where is written."""

import json
import shlex
import shutil
import sys
from pathlib import Path

import pytest

from quorate.cli.main import main
from quorate.config.schema import Evaluation
from quorate.errors import QuorateError, RunError
from quorate.folders.files import refuse_links, write_bytes
from quorate.folders.steps import checkpoint_path
from quorate.run import evaluate
from quorate.run.absolute import BestPolicy
from quorate.run.checkpoint import load_checkpoint, save_checkpoint
from quorate.studies.compare.folder import ComparisonFolder
from quorate.studies.report.document import write_report

TOY = Path(__file__).parent / "toy"


@pytest.fixture(scope="module")
def original(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("original")
    words = ["budget.train_steps=12", "checkpoint={every: 4, keep: 2}", "threads=1", f"directory={folder}", "name=toy"]
    assert main(["--manifest", str(TOY / "registry.yaml"), "run", str(TOY / "example.yaml"), *words, "--quiet"]) == 0
    (run,) = (folder / "toy").iterdir()
    return run


@pytest.fixture
def finished(original, tmp_path) -> Path:
    return shutil.copytree(original, tmp_path / "runs" / "toy" / original.name)


def unfinish(run: Path) -> None:
    (run / "result.json").unlink()
    checkpoint_path(run / "checkpoints", 12).unlink()


@pytest.fixture
def malicious(finished) -> Path:
    """A run whose record names a manifest in the folder, beside a module that must not be imported."""
    manifest = (TOY / "registry.yaml").read_text().replace("quorate_toy", "payload_of_a_run")
    (finished / "registry.yaml").write_text(manifest)
    package = finished / "payload_of_a_run"
    shutil.copytree(TOY / "quorate_toy", package)
    (package / "__init__.py").write_text("raise SystemExit('the code of a run was run')")
    record = json.loads((finished / "record.json").read_text())
    (finished / "record.json").write_text(json.dumps({**record, "manifests": [str(finished / "registry.yaml")]}))
    unfinish(finished)
    return finished


@pytest.mark.parametrize("command", ["resume", "evaluate", "analyse"])
@pytest.mark.parametrize("more", [[], ["--no-plugins"]])
def test_a_manifest_that_a_run_names_is_not_read(malicious, capsys, command, more):
    words = [*more, command, str(malicious)]
    path = list(sys.path)
    assert main(words) == 2
    error = capsys.readouterr().err
    manifest = malicious / "registry.yaml"
    assert f"the manifest {manifest}" in error
    assert f"in each call anew: {shlex.join(['quorate', *words, '--manifest', str(manifest)])}\n" in error
    assert "payload_of_a_run" not in sys.modules
    assert sys.path == path


@pytest.mark.parametrize(
    "words", [["cite"], ["cite", "config.yaml"], ["config", "config.yaml"], ["run", "config.yaml"]]
)
def test_commands_of_files_tell_of_it_too(malicious, capsys, words):
    command, *file = words
    assert main([command, str(malicious.joinpath(*file))]) == 2
    assert f"--manifest {malicious / 'registry.yaml'}\n" in capsys.readouterr().err
    assert "payload_of_a_run" not in sys.modules


@pytest.mark.parametrize("command", ["resume", "evaluate"])
def test_what_the_user_gives_is_used(malicious, capsys, command):
    """Whatever manifest has the components: the record's own path is of no account."""
    assert main([command, str(malicious), "--manifest", str(TOY / "registry.yaml"), "--quiet"]) == 0


def test_options_come_before_two_dashes(malicious, capsys):
    assert main(["resume", "--", str(malicious)]) == 2
    assert f"quorate resume --manifest {malicious}/registry.yaml -- {malicious}\n" in capsys.readouterr().err


@pytest.mark.parametrize("recorded", [None, "x.yaml", 5, [5, None, {}], ["a\0b"], [["x"]], {"a": "b"}])
def test_a_record_of_another_shape(malicious, capsys, recorded):
    record = json.loads((malicious / "record.json").read_text())
    (malicious / "record.json").write_text(json.dumps({**record, "manifests": recorded}))
    assert main(["evaluate", str(malicious)]) == 2
    assert "There is no environment 'toy/line-v1'" in capsys.readouterr().err


def test_control_characters_of_a_manifest_stay_off_the_terminal(malicious, capsys):
    record = json.loads((malicious / "record.json").read_text())
    (malicious / "record.json").write_text(json.dumps({**record, "manifests": ["/x\x1b[2J.yaml"]}))
    assert main(["evaluate", str(malicious)]) == 2
    assert "\x1b" not in capsys.readouterr().err


def test_a_run_says_no_path_of_an_interpreter(finished, toy):
    text = (finished / "config.yaml").read_text()
    (finished / "config.yaml").write_text(text.replace("length: 6", f"interpreter: {sys.executable}\n  length: 6"))
    unfinish(finished)
    with pytest.raises(QuorateError, match="no name of an interpreter"):
        toy.resume(finished)


def test_a_comparison_says_no_manifest(malicious, capsys):
    """A cell is run with what `quorate compare` was given, whatever its record says."""
    file = malicious.parent / "small.yaml"
    base = {"environment": "toy/line-v1", "algorithm": "toy/regression", "budget": {"train_steps": 1}}
    file.write_text(json.dumps({"base": base, "variants": {"a": {}}, "seeds": 1}))
    folder = malicious.parent / "compare" / "small"
    cell = folder / "runs" / "a" / "toy-line-v1" / "seed-0"
    shutil.copytree(malicious, cell / malicious.name)
    assert main(["compare", str(file), f"directory={folder.parent}"]) == 2
    assert "There is no environment 'toy/line-v1'" in capsys.readouterr().err
    assert "payload_of_a_run" not in sys.modules


CRAFTED = {
    "a path as the step": {"step": "../../../escaped"},
    "truth as the step": {"step": True},
    "no step": {"step": None},
    "another step": {"step": 8},
    "text as truth": {"evaluated": "no"},
    "bytes below 0": {"metrics_bytes": -1},
    "bytes as text": {"metrics_bytes": "12"},
    "a list as algorithm": {"algorithm": []},
    "a list as configuration": {"config": []},
    "no generators": {"ambient": None},
    "a list as the best policy": {"best": []},
}


@pytest.mark.parametrize("part", CRAFTED.values(), ids=CRAFTED)
def test_parts_of_checkpoints_have_their_types(finished, toy, part):
    path = checkpoint_path(finished / "checkpoints", 12)
    save_checkpoint(path, {**load_checkpoint(path), **part})
    before = sorted(finished.parent.rglob("*"))
    with pytest.raises(RunError, match="checkpoint is damaged"):
        evaluate(finished, toy.registry, toy.display())
    assert sorted(finished.parent.rglob("*")) == before


GENERATORS = {
    "none": {},
    "text": {"python": "x", "numpy": "x", "torch": "x", "cuda": "x"},
    "numbers": {"python": (3, (1, 2), None), "numpy": (1, 2, 3, 4, 5), "torch": 1, "cuda": 1},
}


@pytest.mark.parametrize("state", GENERATORS.values(), ids=GENERATORS)
def test_generators_of_another_shape(finished, toy, state):
    path = checkpoint_path(finished / "checkpoints", 12)
    save_checkpoint(path, {**load_checkpoint(path), "ambient": state})
    with pytest.raises(RunError, match="random generators of the checkpoint"):
        evaluate(finished, toy.registry, toy.display())


@pytest.mark.parametrize(
    "best", [{}, {"step": "4", "value": 1.0, "state": {}}, {"step": 4, "value": None, "state": {}}]
)
def test_a_best_policy_of_another_shape(best):
    with pytest.raises(RunError, match="damaged"):
        BestPolicy(Evaluation(), None, "evaluation.metric").load_state_dict(best)


WRITTEN = ["result.json", "metrics.jsonl", "timing.jsonl", "lock", "evaluation-8.json", "anything"]


@pytest.mark.parametrize("name", WRITTEN)
@pytest.mark.parametrize("exists", [True, False])
def test_files_are_not_written_through_links(finished, toy, tmp_path, name, exists):
    unfinish(finished)
    outside = tmp_path / "outside"
    if exists:
        outside.write_text("precious")
    (finished / name).unlink(missing_ok=True)
    (finished / name).symlink_to(outside)
    refused(toy, finished, name)
    assert outside.exists() == exists
    assert not exists or outside.read_text() == "precious"


@pytest.mark.parametrize("name", ["checkpoints", "figures", "tensorboard", "analysis"])
def test_folders_are_not_written_through_links(finished, toy, tmp_path, name):
    unfinish(finished)
    outside = tmp_path / "outside"
    source = finished / name
    if source.exists():
        source.rename(outside)
    else:
        outside.mkdir()
    source.symlink_to(outside)
    before = {file: file.read_bytes() for file in outside.iterdir()}
    refused(toy, finished, name)
    assert {file: file.read_bytes() for file in outside.iterdir()} == before


def refused(toy, run: Path, name: str) -> None:
    for use in (lambda: toy.resume(run), lambda: evaluate(run, toy.registry, toy.display())):
        with pytest.raises(RunError, match="is a link that leads out of the folder") as caught:
            use()
        assert caught.value.where == str(run / name)


def test_links_inside_a_run_and_above_it_are_fine(finished, toy, tmp_path):
    unfinish(finished)
    (finished / "latest").symlink_to("checkpoints/step-000000008.safetensors")
    (tmp_path / "link").symlink_to(finished.parent)
    assert toy.resume(tmp_path / "link" / finished.name).evaluation is not None


def test_a_report_is_not_written_through_a_link(finished, tmp_path):
    outside = tmp_path / "outside"
    outside.mkdir()
    (finished.parent / "report").symlink_to(outside)
    with pytest.raises(RunError, match="leads out of the folder"):
        write_report(finished.parent)
    assert not list(outside.iterdir())


def test_a_comparison_is_not_written_through_links(tmp_path):
    folder, outside = tmp_path / "mine", tmp_path / "outside"
    outside.mkdir()
    (folder / "runs" / "a").mkdir(parents=True)
    (folder / "runs" / "a" / "world").symlink_to(outside)
    with pytest.raises(RunError, match="leads out of the folder"), ComparisonFolder(folder).locked():
        pass
    assert not list(outside.iterdir())


def test_the_temporary_name_of_a_file_can_not_be_foreseen(tmp_path, monkeypatch):
    """Were it foreseen, a link of that name would still not be followed."""
    monkeypatch.setattr("quorate.folders.files.secrets.token_hex", lambda _: "known")
    outside = tmp_path / "outside"
    (tmp_path / ".x.json.known.tmp").symlink_to(outside)
    with pytest.raises(RunError, match="can not be written"):
        write_bytes(tmp_path / "x.json", b"{}")
    assert not outside.exists()


def test_links_are_looked_for_as_deep_as_is_said(tmp_path):
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "a" / "b" / "out").symlink_to("/")
    refuse_links(tmp_path, depth=1)
    with pytest.raises(RunError, match="leads out"):
        refuse_links(tmp_path, depth=2)
