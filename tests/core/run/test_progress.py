import io
import math

import pytest
from rich.console import Console

from quorate.run.progress import LiveDisplay, PlainDisplay


def shown(kind, *metrics):
    console = Console(file=io.StringIO(), width=200, force_terminal=kind is LiveDisplay, color_system=None)
    display = kind(console)
    display.start(9, 0)
    for phase, values in metrics:
        display.metrics(9, phase, values)
    display.step(9)
    display.stop()
    return console.file.getvalue()


@pytest.mark.parametrize("kind", [PlainDisplay, LiveDisplay])
@pytest.mark.parametrize(
    ("metrics", "words"),
    [
        ([("train", {"entropy": 0.1, "loss": 0.25})], "loss 0.25"),
        ([("train", {"critic/loss": 0.25, "episode_return": 3.0})], "episode_return 3"),
        ([("train", {"critic/loss": 0.25, "episode_return": math.nan})], "critic/loss 0.25"),
        ([("train", {"return/std": 1.0, "return/mean": 3.0})], "return/mean 3"),
        ([("train", {"acme/Return": 2.0})], "acme/Return 2"),
        ([("train", {"acme/regret": 2.0})], "acme/regret 2"),
        ([("train", {"loss": 0.25}), ("evaluation", {"length": 9.0, "return/mean": 3.0})],
         "loss 0.25, evaluation return/mean 3"),
        ([("evaluation", {"net/gain": 3.0})], "evaluation net/gain 3"),
        ([("train", {"loss": 0.25}), ("train", {"entropy": math.inf})], "loss 0.25"),
        ([("train", {"loss": 0.25}), ("train", {})], "loss 0.25"),
    ],
)  # fmt: skip
def test_the_return_or_loss_of_any_algorithm(kind, metrics, words):
    text = shown(kind, *metrics)
    assert words in text
    assert f"{words}, " in text or kind is LiveDisplay


def test_nothing_is_said_of_no_metrics():
    assert "training: 9/9, " in shown(PlainDisplay, ("train", {}))
