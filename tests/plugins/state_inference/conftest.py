"""Builds the algorithm from YAML as a user would, without a run directory."""

from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from quorate.config import compose
from quorate.interfaces import RunContext
from quorate.interfaces.algorithm import Report
from quorate.registry import load_registry
from quorate.run import start
from quorate.run.loading import saved_runs
from quorate.run.progress import make_display
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
        registry = load_registry()
        run = compose(file, [*small, *overrides], registry).settings
        device, runs = torch.device("cpu"), saved_runs(registry)
        context = RunContext(run.environment, seed, device, steps, Silence(), saved_run=runs)
        return run.algorithm.build(context)

    return make


@pytest.fixture
def fast(build: Callable[..., StateInference]) -> StateInference:
    """An untrained network on the 2x2 sensor network."""
    return build("sensor-network/2x2-v1", "algorithm.denoiser.width=32")


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """finished(name, environment, *overrides, steps=...): the folder of a small finished run of state-inference."""
    folder, registry = tmp_path_factory.mktemp("runs"), load_registry()

    def run(name: str, environment: str, *overrides: str, steps: int = 5) -> Path:
        file = folder / f"{name}.yaml"
        file.write_text(f"environment: {environment}\nalgorithm: state-inference\nbudget: {{train_steps: {steps}}}\n")
        small = ["algorithm.samples=20000", "algorithm.environments=500", "algorithm.evaluation_samples=20"]
        few = ["algorithm.inference=[{name: composite, steps: 25, checks: false}]", f"directory={folder}"]
        composed = compose(file, [*small, *few, *overrides], registry)
        return start(composed, registry, make_display(True)).directory

    return run


@pytest.fixture(scope="session")
def denoiser_run(finished: Callable[..., Path]) -> Path:
    """A denoiser of the control task that has learned a little."""
    overrides = ["algorithm.history_length=3", "algorithm.denoiser.width=64", "algorithm.learning_rate=0.004"]
    return finished("denoiser", "sensor-network/control-3x3-v1", *overrides, steps=700)
