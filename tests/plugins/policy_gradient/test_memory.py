"""What has been seen once, and is needed later."""

from pathlib import Path
from typing import Any

import pytest
import torch

from quorate.config import compose
from quorate.interfaces import RunContext
from quorate.registry import load_registry

EXAMPLE = Path(__file__).parents[3] / "examples" / "matrix_games" / "memory.yaml"
PLAIN = "algorithm.actor={name: mlp, hidden: [32]}"


@pytest.fixture
def learned(silence: Any):
    """learned(*overrides): the mean return of the example with seed 0, played greedily."""

    def learn(*overrides: str) -> float:
        run = compose(EXAMPLE, [*overrides], load_registry()).settings
        steps = run.budget.train_steps
        algorithm = run.algorithm.build(RunContext(run.environment, 0, torch.device("cpu"), steps, silence))
        for _ in range(steps):
            algorithm.train_step()
        return returned(algorithm, run.environment.build(batch=512, device="cpu"))

    return learn


def returned(algorithm: Any, game: Any) -> float:
    actor, randomness, total = algorithm.actor(512, seed=1), torch.Generator().manual_seed(0), torch.zeros(512)
    step = game.reset(1)
    actor.reset(step)
    while not step.ended.any():
        step = game.step(actor.act(randomness))
        actor.observe(step)
        total += step.reward
    return float(total.mean())


def test_who_remembers_names_the_cue(learned) -> None:
    assert learned() >= 0.95


@pytest.mark.parametrize("given", [[], ["algorithm.input={name: history, length: 3}"]], ids=["observation", "history"])
def test_who_does_not_can_not(learned, given: list[str]) -> None:
    """1/4 in the mean; also with fewer steps than these."""
    assert learned(PLAIN, "budget.train_steps=20", *given) <= 0.6


def test_a_history_that_reaches_the_cue_is_as_good(learned) -> None:
    assert learned(PLAIN, "algorithm.input={name: history, length: 9}") >= 0.95
