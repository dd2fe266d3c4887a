import json
import os
import resource
import shutil
import signal
import threading
import time

import pytest
import torch

from quorate.errors import ConfigError, RegistryError, RunError
from quorate.folders.files import disk_errors
from quorate.run import RunDirectory, read_metrics
from quorate.run.checkpoint import checkpoint_path, checkpoint_steps
from quorate.run.execute import evaluate, start
from quorate.run.loading import built_algorithm
from quorate.settings import load_target


def lines(path):
    return [(row["step"], row["phase"]) for row in read_metrics(path / "metrics.jsonl")]


def test_schedule(toy):
    outcome = toy.start()
    path = outcome.directory
    expected = [(0, "evaluation"), (3, "train"), (5, "evaluation"), (6, "train"), (9, "train"), (10, "evaluation")]
    assert lines(path) == [*expected, (12, "train"), (12, "evaluation")]
    assert checkpoint_steps(path / "checkpoints") == [8, 12]
    assert outcome.step == 12
    assert outcome.signal is None
    result = json.loads((path / "result.json").read_text())
    assert result["checkpoint"] == "checkpoints/step-000000012.safetensors"
    assert result["evaluation"] == outcome.evaluation
    assert (path / "checkpoints" / "step-000000012.safetensors").exists()
    assert [p.name for p in path.parent.iterdir()] == [path.name]
    assert [p.name for p in path.iterdir() if p.is_dir()] == ["checkpoints"]  # no empty folder for figures


def test_evaluate_only(toy):
    outcome = toy.start("budget.train_steps=0", "evaluation.at_start=false")
    assert lines(outcome.directory) == [(0, "evaluation")]
    assert checkpoint_steps(outcome.directory / "checkpoints") == [0]


def test_record(toy):
    path = toy.start().directory
    record = RunDirectory.open(path).record
    assert record["environment"]["observability"] == "collective"
    assert record["environment"]["simulator"] == "toy 1"
    assert record["conventions"] == {"consumes": "state"}
    assert {"python", "quorate", "torch", "numpy"} <= record["versions"].keys()
    assert record["manifests"][0].endswith("toy/registry.yaml")
    assert record["machine"]["threads"] == 1
    assert "time" not in (path / "metrics.jsonl").read_text()


def test_same_second_same_seed(toy):
    names = {toy.start().directory.name for _ in range(3)}
    assert len(names) == 3


def test_not_a_number_stops_and_keeps_the_last_good_checkpoint(toy):
    with pytest.raises(RunError, match="'loss' is nan after step 6; the last good checkpoint is of step 4"):
        toy.start("algorithm.diverge_at=6", "log.every=2", "loggers=[toy/journal]")
    path = toy.only_run()
    assert checkpoint_steps(path / "checkpoints") == [4]
    assert (path / "journal.txt").read_text().endswith("ended failed\n")
    with pytest.raises(RunError, match="after step 6"):
        toy.resume(path)


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        ("bad_reward_at", "The tensor 'reward' is not finite after step 6; the last good checkpoint is of step 4"),
        ("steep_at", "'net/gradient_norm' is inf after step 6; the last good checkpoint is of step 4"),
    ],
)
def test_the_first_bad_tensor_is_named(toy, setting, words):
    with pytest.raises(RunError, match=words):
        toy.start(f"algorithm.{setting}=6", "log.every=2")
    assert checkpoint_steps(toy.only_run() / "checkpoints") == [4]


@pytest.mark.parametrize("bad", [True, False])
def test_no_checkpoint_of_a_bad_state_where_a_signal_stops_the_run(toy, bad, monkeypatch):
    from quorate.run.loop import Loop

    train = Loop._train

    def train_and_stop(loop):
        train(loop)
        loop.stop.number = signal.SIGTERM if loop.step == 7 else None  # after everything that the step itself does

    monkeypatch.setattr(Loop, "_train", train_and_stop)
    if bad:
        with pytest.raises(RunError, match="'reward' is not finite after step 7"):
            toy.start("algorithm.bad_reward_at=7")
    else:
        assert toy.start().signal == signal.SIGTERM
    assert checkpoint_steps(toy.only_run() / "checkpoints") == ([4] if bad else [4, 7])


def test_no_checkpoint_of_a_bad_state_at_the_end(toy):
    with pytest.raises(RunError, match="'reward' is not finite after step 12"):
        toy.start("algorithm.bad_reward_at=12", "log.every=100")
    assert checkpoint_steps(toy.only_run() / "checkpoints") == [4, 8]


def test_counts_of_zero_are_not_recorded(toy):
    assert "nonfinite" not in (toy.start().directory / "metrics.jsonl").read_text()


def test_infinite_metrics_are_allowed_in_evaluations(toy):
    path = toy.start("algorithm.infinite=true").directory
    for line in (path / "metrics.jsonl").read_text().splitlines():
        json.loads(line, parse_constant=pytest.fail)
    assert read_metrics(path / "metrics.jsonl")[-1]["metrics"]["net/gain"] == float("inf")
    assert toy.resume(path).evaluation["net/gain"] == float("inf")


def test_hooks_in_order(toy):
    path = toy.start("loggers=[toy/journal]", "evaluation.every=0", "evaluation.at_start=false").directory
    journal = (path / "journal.txt").read_text().splitlines()
    assert journal[:3] == [
        "started 0 False",
        "logged 3 train/loss,train/learning_rate",
        "checkpoint step-000000004.safetensors",
    ]
    assert journal[-3:] == [
        "checkpoint step-000000012.safetensors",
        "logged 12 evaluation/net/error,evaluation/net/gain,evaluation/nothing/error",
        "ended finished",
    ]
    assert not [name for name, _ in toy.registry.hooks.list_name_plugin() if name.startswith("logger")]


def test_a_failing_logger_does_not_stop_the_run(toy):
    assert toy.start("loggers=[{name: toy/journal, fail: true}]").step == 12


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_stop_and_resume(toy, number):
    expected = toy.start("budget.train_steps=40", directory="whole").directory

    def send():
        while not (toy.folder / "runs" / "toy").exists() or not any(
            p.name[0] != "." and (p / "timing.jsonl").exists() for p in (toy.folder / "runs" / "toy").iterdir()
        ):
            time.sleep(0.002)
        time.sleep(0.1)
        os.kill(os.getpid(), number)

    thread = threading.Thread(target=send)
    thread.start()
    outcome = toy.start("budget.train_steps=40", "algorithm.pause=0.02")
    thread.join()
    assert outcome.signal == number
    assert outcome.evaluation is None
    assert checkpoint_steps(outcome.directory / "checkpoints")[-1] == outcome.step < 40
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    toy.resume(outcome.directory)
    assert (outcome.directory / "metrics.jsonl").read_bytes() == (expected / "metrics.jsonl").read_bytes()


def test_finished_run_is_left_alone(toy):
    path = toy.start().directory
    before = {p: p.read_bytes() for p in path.rglob("*") if p.is_file()}
    assert toy.resume(path).already
    assert before == {p: p.read_bytes() for p in path.rglob("*") if p.is_file()}


def damage(path):
    data = bytearray(path.read_bytes())
    data[-3] ^= 255
    path.write_bytes(data)


def test_damaged_checkpoint_falls_back(toy, capfd):
    path = toy.start().directory
    metrics = (path / "metrics.jsonl").read_bytes()
    (path / "result.json").unlink()
    damage(checkpoint_path(path / "checkpoints", 12))
    assert toy.resume(path).step == 12
    assert "checkpoint of step 12 is damaged" in capfd.readouterr().err
    assert (path / "metrics.jsonl").read_bytes() == metrics


def test_only_damaged_checkpoints(toy):
    path = toy.start().directory
    (path / "result.json").unlink()
    for step in (8, 12):
        damage(checkpoint_path(path / "checkpoints", step))
    with pytest.raises(RunError, match="Every checkpoint"):
        toy.resume(path)


def test_two_writers(toy):
    path = toy.start().directory
    (path / "result.json").unlink()
    first = RunDirectory.open(path)
    first.lock()
    with pytest.raises(RunError, match="Another process"):
        toy.resume(path)
    first.release()
    assert toy.resume(path).step == 12


def test_full_disk(toy, child):
    """A limit on file sizes is what a full disk looks like to one process, and needs no mount."""

    def limited():
        resource.setrlimit(resource.RLIMIT_FSIZE, (6000, 6000))
        with pytest.raises(RunError, match="can not be written"):
            toy.start("algorithm.net.width=200")

    assert child(limited) == 0
    path = toy.only_run()
    assert checkpoint_steps(path / "checkpoints") == []
    assert not list(path.rglob("*.tmp"))
    assert toy.resume(path).step == 12


def test_unwritable_directory(toy):
    (toy.folder / "file").write_text("x")
    with pytest.raises(RunError, match="file is a file and no folder") as caught:
        toy.start(directory="file")
    assert ".new-" not in str(caught.value)
    assert caught.value.where.startswith("directory (")
    assert "directory=" in caught.value.fix


def test_absent_device(toy):
    with pytest.raises(RunError, match="'cuda:77' is not available") as caught:
        toy.start("device=cuda:77")
    assert caught.value.choices[0] == "cpu"
    assert caught.value.where == "device (command line: device=cuda:77)"
    assert not (toy.folder / "runs").exists()


def test_foreign_and_missing_directories(toy):
    run = toy.start().directory
    with pytest.raises(RunError, match="no run of Quorate") as caught:
        toy.resume(toy.folder / "runs")
    assert caught.value.choices == (str(run),)
    with pytest.raises(RunError, match="no such folder"):
        toy.resume(toy.folder / "nowhere")
    (run / "record.json").write_text("{")
    with pytest.raises(RunError, match="damaged"):
        _ = RunDirectory.open(run).record


def test_lost_metrics(toy):
    path = toy.start().directory
    (path / "result.json").unlink()
    (path / "metrics.jsonl").write_bytes(b"")
    with pytest.raises(RunError, match=r"metrics\.jsonl has 0 bytes"):
        toy.resume(path)


def test_evaluate(toy):
    outcome = toy.start()
    file, step, values = evaluate(outcome.directory, toy.registry, toy.display())
    assert (step, values) == (12, outcome.evaluation)
    assert json.loads(file.read_text()) == {"step": 12, "evaluation": values}
    assert evaluate(outcome.directory, toy.registry, toy.display(), 8)[2] != values
    with pytest.raises(RunError, match="no checkpoint of step 7") as caught:
        evaluate(outcome.directory, toy.registry, toy.display(), 7)
    assert caught.value.choices == ("8", "12")


def test_lost_checkpoints(toy):
    path = toy.start().directory
    (path / "result.json").unlink()
    metrics = (path / "metrics.jsonl").read_bytes()
    shutil.rmtree(path / "checkpoints")
    with pytest.raises(RunError, match="checkpoints is missing"):
        toy.resume(path)
    assert (path / "metrics.jsonl").read_bytes() == metrics
    (path / "checkpoints").mkdir()  # as of a run that was killed before the first checkpoint
    assert toy.resume(path).step == 12
    assert (path / "metrics.jsonl").read_bytes() == metrics


def test_checkpoints_folder_is_made_where_nothing_is_lost(toy):
    path = toy.start().directory
    (path / "result.json").unlink()
    shutil.rmtree(path / "checkpoints")
    (path / "metrics.jsonl").write_bytes(b"")
    assert toy.resume(path).step == 12


@pytest.mark.parametrize("override", ["threads=1025", "workers=257", "workers=-1"])
def test_limits_of_threads_and_workers(toy, override):
    with pytest.raises(ConfigError, match="out of range"):
        toy.compose(override)


def test_workers_reach_the_algorithm(toy):
    run = toy.compose("workers=2")
    with built_algorithm(run, toy.registry, torch.device("cpu"), toy.display()) as algorithm:
        assert algorithm._context.workers == 2


def test_a_failing_environment_fails_before_the_algorithm_is_built(toy, capsys):
    run = toy.compose("algorithm.batch=1")
    run.settings.environment.target = "quorate_toy.environment:Nowhere"
    run.settings.algorithm.target = "quorate_toy.algorithm:Nothing"
    with pytest.raises(RegistryError, match="Nowhere"):
        start(run, toy.registry, toy.display())


@pytest.mark.parametrize(
    ("at", "words"), [("train_step", "Training step 6 of the algorithm"), ("measure", "The evaluation after step 5")]
)
def test_an_algorithm_that_raises_is_named(toy, monkeypatch, at, words):
    toy.compose()  # makes the module importable
    algorithm = load_target("quorate_toy.algorithm:Regression")
    sound = getattr(algorithm, at)

    def fails(self, *factor):
        if self._steps == 5:
            raise ValueError("no such row")
        return sound(self, *factor)

    monkeypatch.setattr(algorithm, at, fails)
    with pytest.raises(RunError, match=f"{words}.* failed: ValueError: no such row") as caught:
        toy.start()
    path = toy.only_run()
    assert "'toy/regression'" in caught.value.problem
    assert "the last good checkpoint is of step 4" in caught.value.where
    assert f"{__file__}:" in caught.value.where
    assert f"quorate resume {path}" in caught.value.fix
    monkeypatch.undo()
    assert toy.resume(path).step == 12


def test_a_checkpoint_that_does_not_fit_is_told(toy, monkeypatch):
    path = toy.start().directory
    (path / "result.json").unlink()
    algorithm = load_target("quorate_toy.algorithm:Regression")

    def unfit(self, state):
        raise RuntimeError("size mismatch for weight")

    monkeypatch.setattr(algorithm, "load_state_dict", unfit)
    with pytest.raises(RunError, match=r"Loading the checkpoint of step 12 .* size mismatch"):
        toy.resume(path)


@pytest.mark.parametrize(("doing", "words"), [("read", "may be read"), ("written", "Make room"), ("removed", "Make")])
def test_the_fix_of_a_refused_file_fits_what_was_done(tmp_path, doing, words):
    with pytest.raises(RunError) as caught, disk_errors(tmp_path / "x", doing):
        (tmp_path / "x").read_bytes()
    assert words in caught.value.fix
    assert "directory=" not in caught.value.fix
