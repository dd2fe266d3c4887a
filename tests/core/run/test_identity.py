import json

import pytest
import yaml

from quorate.errors import ConfigError, RunError
from quorate.folders.directory import RunDirectory
from quorate.run.execute import evaluate
from quorate.run.identity import FREE, check_identity


def edit(path, old, new):
    text = (path / "config.yaml").read_text()
    assert old in text
    (path / "config.yaml").write_text(text.replace(old, new))


@pytest.fixture
def unfinished(toy):
    path = toy.start("seed=3").directory
    (path / "result.json").unlink()
    return path


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("seed: 3", "seed: 4", "seed (was 3, is 4)"),
        ("width: 8", "width: 9", "algorithm.net.width (was 8, is 9)"),
        ("train_steps: 12", "train_steps: 8", "budget.train_steps (was 12, is 8)"),
        ("train_steps: 12", "train_steps: 20", "budget.train_steps (was 12, is 20)"),
        ("  infinite: false\n", "", "algorithm.infinite (was False, is absent)"),
    ],
)
def test_an_edited_configuration_is_refused(toy, unfinished, old, new, words):
    metrics = (unfinished / "metrics.jsonl").read_bytes()
    edit(unfinished, old, new)
    for use in (lambda: toy.resume(unfinished), lambda: evaluate(unfinished, toy.registry, toy.display())):
        with pytest.raises(RunError) as caught:
            use()
        assert words in caught.value.problem
        assert "step 12" in caught.value.problem
        assert "start a new run" in caught.value.fix
    assert (unfinished / "metrics.jsonl").read_bytes() == metrics


def test_an_edited_configuration_of_a_finished_run_is_told(toy):
    path = toy.start("seed=3").directory
    edit(path, "threads: 1", "threads: null")
    assert toy.resume(path).already
    edit(path, "train_steps: 12", "train_steps: 20")
    with pytest.raises(
        RunError, match=r"is finished, but config.yaml was changed .*budget.train_steps \(was 12, is 20"
    ):
        toy.resume(path)
    for file in (path / "checkpoints").iterdir():
        file.unlink()
    assert toy.resume(path).already


def test_where_and_how_it_computes_may_be_edited(toy, unfinished):
    edit(unfinished, "threads: 1", "threads: null")
    edit(unfinished, "keep: 2", "keep: 1")
    edit(unfinished, "seed: 3", "# a remark\nseed: 3")
    assert toy.resume(unfinished).step == 12


def as_version_0_1_stored_it(path, version="0.1.0"):
    """Move how a run is evaluated below its algorithm; returns what evaluations were."""
    config, record = (yaml.safe_load((path / name).read_text()) for name in ("config.yaml", "record.json"))
    config["algorithm"]["evaluation"] = {key: config["evaluation"].pop(key) for key in ("episodes", "environments")}
    record["versions"]["quorate"] = version
    (path / "config.yaml").write_text(yaml.safe_dump(config, sort_keys=False))
    (path / "record.json").write_text(json.dumps(record))
    return config


def test_runs_of_version_0_1_go_on(toy, unfinished):
    config = as_version_0_1_stored_it(unfinished)
    check_identity(RunDirectory(unfinished), {"config": {key: config[key] for key in config.keys() - set(FREE)}})
    assert toy.resume(unfinished).step == 12
    assert evaluate(unfinished, toy.registry, toy.display())


def test_what_this_version_stores_is_read_as_it_stands(toy, unfinished):
    as_version_0_1_stored_it(unfinished, version="0.2.0")
    with pytest.raises(ConfigError, match=r"not a setting of its algorithm, since version 0\.2"):
        toy.resume(unfinished)


def test_a_checkpoint_beyond_the_budget_never_ends_as_stopped(toy, unfinished, monkeypatch):
    monkeypatch.setattr("quorate.run.execute.check_identity", lambda *_: None)  # as of a checkpoint without one
    edit(unfinished, "train_steps: 12", "train_steps: 8")
    with pytest.raises(RunError, match=r"has 12 training steps; budget\.train_steps is 8"):
        toy.resume(unfinished)


def test_an_interrupt_without_a_signal_is_a_stop(toy):
    outcome = toy.start("loggers=[{name: toy/journal, interrupt: true}]")
    assert (outcome.signal, outcome.evaluation) == (2, None)
