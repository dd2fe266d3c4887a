"""The first signal stops an evaluation, and resuming it gives the same bytes."""

import os
import signal

import pytest
import torch

from quorate.errors import RunError
from quorate.run.checkpoint import checkpoint_steps
from quorate.settings import load_target

ABSOLUTE = ("evaluation.absolute=2", "evaluation.metric=net/error", "evaluation.goal=minimise")


def interrupted(method, at, number):
    """The method, which gets the signal in its call number `at`, after it has drawn from torch's generator."""
    calls = iter(range(1, 100))

    def call(self, *arguments):
        if next(calls) == at:
            torch.rand(1)
            os.kill(os.getpid(), number)
            raise AssertionError("the evaluation went on")
        return method(self, *arguments)

    return call


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize(
    ("method", "at", "step"),
    [("measure", 1, 0), ("measure", 2, 5), ("measure", 4, 12), ("measure", 5, 12)],
)
def test_a_signal_in_an_evaluation(toy, monkeypatch, method, at, step, number):
    whole = toy.start(*ABSOLUTE, directory="whole").directory
    regression = load_target("quorate_toy.algorithm:Regression")
    with monkeypatch.context() as patch:
        patch.setattr(regression, method, interrupted(getattr(regression, method), at, number))
        outcome = toy.start(*ABSOLUTE)
    assert (outcome.signal, outcome.step, outcome.evaluation) == (number, step, None)
    assert checkpoint_steps(outcome.directory / "checkpoints")[-1] == step
    assert not (outcome.directory / "result.json").exists()
    assert toy.resume(outcome.directory).step == 12
    for name in ("metrics.jsonl", "checkpoints/step-000000012.safetensors"):
        assert (outcome.directory / name).read_bytes() == (whole / name).read_bytes(), name


def test_an_interrupt_that_is_no_signal_is_no_stop(toy, monkeypatch):
    toy.start(directory="whole")  # from now on its module can be imported
    regression = load_target("quorate_toy.algorithm:Regression")

    def raises(self, factor=None):
        raise KeyboardInterrupt

    monkeypatch.setattr(regression, "measure", raises)
    with pytest.raises(RunError, match="failed: KeyboardInterrupt"):
        toy.start()
    assert checkpoint_steps(toy.only_run() / "checkpoints") == []
