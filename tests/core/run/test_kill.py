"""A run that is killed at any moment resumes to the same weights and metrics, bit for bit."""

import json
import os
import random
import signal
import time
from pathlib import Path

import pytest
import torch

from quorate.cli.main import main
from quorate.run.checkpoint import checkpoint_path, load_checkpoint
from quorate.run.loop import Loop

OVERRIDES = (
    "algorithm.optimiser.rate=0.5",  # so high that the best policy is not the last
    "evaluation.absolute=3",
    "evaluation.metric=net/error",
    "evaluation.goal=minimise",
)


def final(path: Path):
    return (path / "metrics.jsonl").read_bytes(), load_checkpoint(checkpoint_path(path / "checkpoints", 12))


def same(left, right) -> bool:
    if isinstance(left, torch.Tensor):
        return left.dtype == right.dtype and torch.equal(left, right)
    if isinstance(left, dict):
        return left.keys() == right.keys() and all(same(left[key], right[key]) for key in left)
    if isinstance(left, (list, tuple)):
        return len(left) == len(right) and all(map(same, left, right))
    return left == right


@pytest.fixture
def undisturbed(toy):
    return toy.start(*OVERRIDES, directory="undisturbed").directory


def assert_resumes_to_the_same(toy, path, undisturbed):
    outcome = toy.resume(path)
    assert outcome.step == 12
    metrics, state = final(path)
    expected_metrics, expected = final(undisturbed)
    assert metrics == expected_metrics
    assert same(state, expected)
    name = checkpoint_path(Path("checkpoints"), 12)
    assert (path / name).read_bytes() == (undisturbed / name).read_bytes()
    result, expected_result = (json.loads((run / "result.json").read_text()) for run in (path, undisturbed))
    assert result.pop("cost")["peak_memory_bytes"] > 0  # it is never the same twice
    expected_result.pop("cost")
    assert result == expected_result


def killing(calls: int, count: list[int]):
    """Dies at the given call that makes something durable or visible."""

    def wrap(function):
        def called(*args, **keywords):
            count[0] += 1
            if count[0] == calls:
                os.kill(os.getpid(), signal.SIGKILL)
            return function(*args, **keywords)

        return called

    return wrap


def patch(wrap):
    os.fsync = wrap(os.fsync)
    os.rename = wrap(os.rename)
    os.replace = wrap(os.replace)
    Path.replace = wrap(Path.replace)
    Path.rename = wrap(Path.rename)
    Path.unlink = wrap(Path.unlink)
    from quorate.run.metrics import MetricsFile

    MetricsFile.write = wrap(MetricsFile.write)


def test_every_write(toy, child, undisturbed):
    survived = False
    resumed = 0
    for calls in range(1, 200):
        directory = f"kill-{calls}"

        def killed(calls=calls, directory=directory):
            patch(killing(calls, [0]))
            toy.start(*OVERRIDES, directory=directory)

        code = child(killed)
        if code == 0:
            survived = True
            break
        assert code == -signal.SIGKILL
        if any(not p.name.startswith(".") for p in (toy.folder / directory / "toy").iterdir()):
            assert_resumes_to_the_same(toy, toy.only_run(directory), undisturbed)
            resumed += 1
    assert survived
    assert resumed > 20


def test_killed_again_while_resuming(toy, child, undisturbed):
    generator = random.Random(3)

    def killed():
        patch(killing(generator.randrange(12, 30), [0]))
        toy.start(*OVERRIDES)

    def killed_again():
        patch(killing(generator.randrange(1, 12), [0]))
        toy.resume(toy.only_run())

    assert child(killed) == -signal.SIGKILL
    for _ in range(6):
        generator.random()
        child(killed_again)
    assert_resumes_to_the_same(toy, toy.only_run(), undisturbed)


@pytest.mark.parametrize("calls", [16, 21, 27, 33])
def test_killed_then_stopped_before_anything_is_written(toy, child, undisturbed, monkeypatch, calls):
    """The checkpoint of the stop remembers the metrics that are there, not what the killed part had written."""

    def killed():
        patch(killing(calls, [0]))
        toy.start(*OVERRIDES)

    def stop_and_execute(loop):
        loop.stop.number = signal.SIGTERM
        return execute(loop)

    assert child(killed) == -signal.SIGKILL
    path, execute = toy.only_run(), Loop.execute
    monkeypatch.setattr(Loop, "execute", stop_and_execute)
    assert toy.resume(path).signal == signal.SIGTERM
    monkeypatch.undo()
    assert_resumes_to_the_same(toy, path, undisturbed)


def test_random_moments_of_the_command(toy, begun):
    pause = "algorithm.pause=0.05"  # a setting like any other: a checkpoint has the configuration in it
    undisturbed = toy.start(*OVERRIDES, pause, directory="undisturbed").directory
    generator = random.Random(7)
    manifest = str(Path(__file__).parent / "toy" / "registry.yaml")
    command = ["--manifest", manifest, "run", str(toy.file), pause, *OVERRIDES, "--quiet"]
    for attempt in range(3):
        directory = f"random-{attempt}"
        process = begun(lambda directory=directory: main([*command, f"directory={toy.folder / directory}"]))
        parent = toy.folder / directory / "toy"
        while not (parent.exists() and any(p.name[0] != "." for p in parent.iterdir())):
            assert os.waitpid(process, os.WNOHANG) == (0, 0)
            time.sleep(0.005)
        time.sleep(generator.uniform(0.0, 0.7))
        os.kill(process, signal.SIGKILL)
        os.waitpid(process, 0)
        assert_resumes_to_the_same(toy, toy.only_run(directory), undisturbed)


def test_the_best_policy_is_from_the_middle_of_these_runs(undisturbed):
    result = json.loads((undisturbed / "result.json").read_text())
    assert result["absolute"]["step"] == 5  # only the checkpoints know it where a run goes on from step 8 or 12
    assert final(undisturbed)[1]["best"]["step"] == 5


def test_negative_control(toy, undisturbed):
    """Weights that are off by one bit, or another seed, are seen."""
    other = toy.start(*OVERRIDES, "seed=1").directory
    assert final(other)[0] != final(undisturbed)[0]
    state = final(undisturbed)[1]
    changed = final(undisturbed)[1]
    weight = changed["algorithm"]["net"]["0.weight"]
    weight.view(torch.int32)[0, 0] ^= 1
    assert not same(state, changed)
