"""Builds the algorithm from YAML as a user would, without a run directory."""

from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from quorate.config import compose
from quorate.interfaces import RunContext
from quorate.interfaces.algorithm import Report
from quorate.registry import load_registry
from quorate_ddpl.algorithm import DDPL

SMALL = [
    "algorithm.policy.network.hidden=[16,16]",
    "algorithm.critic.hidden=[16,16]",
    "algorithm.batch_size=32",
    "algorithm.policy_states=8",
    "algorithm.samples=4",
    "algorithm.warmup_steps=40",
    "algorithm.critic_warmup=2",
    "evaluation.episodes=20",
    "algorithm.discount=0.9",
]


class Silence(Report):
    def __call__(self, what: str, done: int, total: int) -> None:
        pass


@pytest.fixture
def settings(tmp_path: Path) -> Callable:
    """settings(*overrides): a small run, composed."""

    def make(*overrides: str, environment: str = "decision-game/learnable-v1", policy: str = "ddpm", steps: int = 10):
        file = tmp_path / "run.yaml"
        head = f"environment: {environment}\nalgorithm: {{name: ddpl, policy: {policy}}}\n"
        file.write_text(f"{head}budget: {{train_steps: {steps}}}\nlog: {{every: 1}}\n")
        return compose(file, [*SMALL, *overrides], load_registry())

    return make


@pytest.fixture
def build(settings: Callable) -> Callable[..., DDPL]:
    """build(*overrides): a small DDPL that has not learned yet."""

    def make(*overrides: str, seed: int = 0, **choices: object) -> DDPL:
        run = settings(*overrides, **choices).settings
        context = RunContext(run.environment, seed, torch.device("cpu"), run.budget.train_steps, Silence())
        algorithm = run.algorithm.build(context)
        assert isinstance(algorithm, DDPL)
        return algorithm

    return make
