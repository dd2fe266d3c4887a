"""Subjects to analyse: the exact denoiser (theory), a network trained for seconds, and ones that must fail."""

from collections.abc import Callable

import pytest
import torch

from quorate.config import compose
from quorate.interfaces import Denoiser, RunContext
from quorate.interfaces.algorithm import Report
from quorate.registry import load_registry
from quorate_state_inference.algorithm import StateInference
from quorate_state_inference.paper_figures import Effort, Subject

TINY = Effort(noises=300, fewer_noises=20, histories=4, joint_histories=1, states=10, samples=60, centres=10, rows=10)


class Silence(Report):
    def __call__(self, what: str, done: int, total: int) -> None:
        pass


class Linear(Denoiser):
    """f(tau, y) = A y + C tau."""

    def __init__(self, by_noisy: torch.Tensor, by_history: torch.Tensor) -> None:
        super().__init__()
        self.by_noisy = torch.nn.Parameter(by_noisy)
        self.by_history = torch.nn.Parameter(by_history)

    @property
    def state_size(self) -> int:
        return len(self.by_noisy)

    @property
    def condition_on_sigma(self) -> bool:
        return False

    @property
    def feature_size(self) -> int:
        return len(self.by_noisy)

    def encode(self, history: torch.Tensor) -> torch.Tensor:
        return history @ self.by_history.T

    def denoise(self, features: torch.Tensor, noisy: torch.Tensor, sigma: torch.Tensor | None = None) -> torch.Tensor:
        return noisy @ self.by_noisy.T + features


@pytest.fixture(scope="session")
def make(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., StateInference]:
    """make(environment, *overrides): the algorithm, trained for `steps`."""
    registry = load_registry()

    def build(environment: str, *overrides: str, steps: int = 0) -> StateInference:
        file = tmp_path_factory.mktemp("run") / "run.yaml"
        file.write_text(f"environment: {environment}\nalgorithm: state-inference\nbudget: {{train_steps: {steps}}}\n")
        small = ["algorithm.samples=2000", "algorithm.environments=500", "algorithm.evaluation_samples=20"]
        run = compose(file, [*small, *overrides], registry).settings
        algorithm = run.algorithm.build(RunContext(run.environment, 0, torch.device("cpu"), steps, Silence()))
        for _ in range(steps):
            algorithm.train_step()
        return algorithm

    return build


@pytest.fixture(scope="session")
def exact(make: Callable[..., StateInference]) -> Subject:
    return Subject.of(make("sensor-network/2x2-v1", "algorithm.denoiser=exact"), "exact", effort=TINY)


@pytest.fixture(scope="session")
def exact_noisy(make: Callable[..., StateInference]) -> Subject:
    return Subject.of(make("sensor-network/2x2-noisy-v1", "algorithm.denoiser=exact"), "noisy", effort=TINY)


@pytest.fixture(scope="session")
def trained(make: Callable[..., StateInference]) -> Subject:
    return Subject.of(make("sensor-network/2x2-v1", "algorithm.denoiser.width=64", steps=1500), "net", effort=TINY)
