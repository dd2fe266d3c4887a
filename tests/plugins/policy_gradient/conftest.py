"""Builds the algorithms from YAML, on the games of `bit_game.py`."""

import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from quorate.config import compose
from quorate.interfaces import RunContext
from quorate.interfaces.algorithm import Report
from quorate.learning.on_policy.algorithm import OnPolicy
from quorate.registry import load_registry

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parents[1] / "core" / "learning" / "on_policy")]
MANIFEST = HERE / "registry.yaml"
SMALL = ["actor.hidden=[32]", "critic.hidden=[32]", "rollout=20"]


class Silence(Report):
    def __call__(self, what: str, done: int, total: int) -> None:
        pass


@pytest.fixture
def silence() -> Report:
    return Silence()


@pytest.fixture
def build(tmp_path: Path) -> Callable[..., OnPolicy]:
    """build(name, *settings of the algorithm, game=settings of the environment): not trained yet."""

    def make(name: str, *given: str, game: str = "", seed: int = 0, steps: int = 40) -> OnPolicy:
        file = tmp_path / "run.yaml"
        environment = f"{{name: test/game-v1{', ' if game else ''}{game}}}"
        file.write_text(f"environment: {environment}\nalgorithm: {name}\nbudget: {{train_steps: {steps}}}\n")
        overrides = [f"algorithm.{setting}" for setting in (*SMALL, *given)]
        run = compose(file, overrides, load_registry([MANIFEST])).settings
        return run.algorithm.build(RunContext(run.environment, seed, torch.device("cpu"), steps, Silence()))

    return make
