"""Builds the algorithm from YAML as a user would, without a run directory."""

from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from quorate.config import compose
from quorate.interfaces import RunContext
from quorate.interfaces.algorithm import Report
from quorate.registry import load_registry
from quorate_state_inference.algorithm import StateInference


class Silence(Report):
    def __call__(self, what: str, done: int, total: int) -> None:
        pass


@pytest.fixture
def build(tmp_path: Path) -> Callable[..., StateInference]:
    """build(environment, *overrides): the algorithm state-inference, not trained yet."""

    def make(environment: str, *overrides: str, steps: int = 10, seed: int = 0) -> StateInference:
        file = tmp_path / "run.yaml"
        file.write_text(f"environment: {environment}\nalgorithm: state-inference\nbudget: {{train_steps: {steps}}}\n")
        small = ["algorithm.samples=2000", "algorithm.environments=500", "algorithm.evaluation_samples=50"]
        run = compose(file, [*small, *overrides], load_registry()).settings
        context = RunContext(run.environment, seed, torch.device("cpu"), steps, Silence())
        return run.algorithm.build(context)

    return make


@pytest.fixture
def fast(build: Callable[..., StateInference]) -> StateInference:
    """An untrained network on the 2x2 sensor network."""
    return build("sensor-network/2x2-v1", "algorithm.denoiser.width=32")
