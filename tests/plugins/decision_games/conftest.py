"""Games as the catalogue has them, and algorithms built from YAML as a user would."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from quorate.config import compose
from quorate.environments import build_environment
from quorate.interfaces import RunContext
from quorate.interfaces.algorithm import Report
from quorate.registry import Registry, load_registry
from quorate_decision_games.environment import DecisionGame


class Silence(Report):
    def __call__(self, what: str, done: int, total: int) -> None:
        pass


@pytest.fixture(scope="session")
def registry() -> Registry:
    return load_registry(plugins=False)


@pytest.fixture
def build(tmp_path: Path, registry: Registry) -> Callable[..., Any]:
    """build(environment, *overrides): the algorithm dec-spg, not trained yet."""

    def make(environment: str, *overrides: str, steps: int = 10, seed: int = 0) -> Any:
        file = tmp_path / "run.yaml"
        file.write_text(f"environment: {environment}\nalgorithm: dec-spg\nbudget: {{train_steps: {steps}}}\n")
        run = compose(file, overrides, registry).settings
        return run.algorithm.build(RunContext(run.environment, seed, torch.device("cpu"), steps, Silence()))

    return make


@pytest.fixture
def game(tmp_path: Path, registry: Registry) -> Callable[..., DecisionGame]:
    """game(name, batch, *overrides): a game of the catalogue."""

    def make(name: str, batch: int, *overrides: str) -> DecisionGame:
        file = tmp_path / "game.yaml"
        file.write_text(f"environment: decision-game/{name}-v1\nalgorithm: dec-spg\nbudget: {{train_steps: 1}}\n")
        part = compose(file, [f"environment.{text}" for text in overrides], registry).settings.environment
        environment = build_environment(part, batch)
        assert isinstance(environment, DecisionGame)
        return environment

    return make
