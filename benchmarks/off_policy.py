"""What the benchmarks of off-policy learning share: an environment of given sizes, algorithms on it, their data."""

import tempfile
from dataclasses import dataclass
from pathlib import Path

import harness
import torch
from gymnasium.spaces import Box
from torch import Tensor
from typing_extensions import override

from quorate.config import compose
from quorate.environments import BatchedEnvironment
from quorate.interfaces import EnvironmentSpec, Observability, RunContext, Step
from quorate.learning.collector import Situation
from quorate.learning.multi_step import Sample
from quorate.learning.off_policy import OffPolicy
from quorate.registry import load_registry
from quorate.settings import Component


@dataclass
class Sizes:
    """Of an environment: agents, features of an observation, of an action, of the state."""

    agents: int
    observation: int
    action: int
    state: int


class Noise(BatchedEnvironment):
    """Says nothing of interest in tensors of given sizes."""

    def __init__(self, settings: Sizes, batch: int = 1, device: torch.device | str = "cpu") -> None:
        self._sizes = settings
        names = tuple(f"agent_{index}" for index in range(settings.agents))
        box = Box(-1.0, 1.0, (settings.action,))
        spec = EnvironmentSpec(
            name="noise",
            agents=names,
            observation_sizes=(settings.observation,) * settings.agents,
            state_size=settings.state,
            action_spaces=(box,) * settings.agents,
            horizon=None,
            observability=Observability.PARTIAL,
            reward="none",
            simulator="none",
        )
        super().__init__(spec, batch, device)

    @override
    def reset(self, seed: int | None = None) -> Step:
        sizes, never = self._sizes, torch.zeros(self._batch, dtype=torch.bool)
        observation = torch.randn(self._batch, sizes.agents, sizes.observation)
        return Step(observation, torch.randn(self._batch, sizes.state), torch.randn(self._batch), never, never)

    @override
    def step(self, actions: Tensor) -> Step:
        return self.reset()


def build(sizes: Sizes, algorithm: str, *overrides: str, seed: int = 0) -> OffPolicy:
    """An algorithm composed from YAML as `quorate run` does, on noise of given sizes."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "run.yaml"
        file.write_text(
            f"environment: decision-game/learnable-v1\nalgorithm: {algorithm}\nbudget: {{train_steps: 100000}}\n"
        )
        own = "algorithm.input={name: observation, identity: false}"
        run = compose(file, [own, *overrides], load_registry()).settings
    environment = Component("environment", "noise", sizes, "off_policy:Noise")
    built = run.algorithm.build(RunContext(environment, seed, torch.device("cpu"), 100_000, harness.Silence()))
    assert isinstance(built, OffPolicy)
    return built


def sample(algorithm: OffPolicy, sizes: Sizes, batch: int = 256) -> Sample:
    """Transitions of noise."""
    inputs = algorithm.spec.input_size
    return Sample(
        inputs=torch.randn(batch, sizes.agents, inputs),
        state=torch.randn(batch, sizes.state),
        actions=torch.rand(batch, sizes.agents, sizes.action) * 2 - 1,
        returns=torch.randn(batch),
        discount=torch.full((batch,), 0.99),
        next_inputs=torch.randn(batch, sizes.agents, inputs),
        next_state=torch.randn(batch, sizes.state),
    )


def update(algorithm: OffPolicy, sizes: Sizes) -> harness.Work:
    """One update of everything, on the same transitions each time."""
    batch = sample(algorithm, sizes)

    def work() -> None:
        algorithm.updates += 1  # as `train_step` does; some update their policies only after the first
        algorithm.update(batch)

    return work


def act(algorithm: OffPolicy, sizes: Sizes, rows: int = 1) -> harness.Work:
    """One choice of joint actions while learning, for some environments."""
    inputs, state = torch.randn(rows, sizes.agents, algorithm.spec.input_size), torch.randn(rows, sizes.state)
    now = Situation(inputs, state, begins=torch.zeros(rows, dtype=torch.bool))
    randomness = torch.Generator().manual_seed(0)

    def work() -> None:
        with torch.no_grad():
            algorithm.behave(now, randomness)

    return work


def batched_products(shapes: list[tuple[int, int, int, int]]) -> harness.Work:
    """The products [b, m, k] @ [b, k, n] of given shapes (b, m, k, n) alone, all of them in turn."""
    operands = [(torch.randn(b, m, k), torch.randn(b, k, n), torch.empty(b, m, n)) for b, m, k, n in shapes]

    def work() -> None:
        for left, right, out in operands:
            torch.bmm(left, right, out=out)

    return work
