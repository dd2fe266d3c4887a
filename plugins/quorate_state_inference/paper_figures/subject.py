"""What is analysed: a trained denoiser with the histories and states it was trained on."""

from dataclasses import dataclass, field
from functools import cached_property

import torch
from torch import Tensor

from quorate.errors import QuorateError
from quorate.interfaces import Denoiser, Environment, ExactPosterior, HistoryLayout
from quorate.seeding import generator
from quorate_state_inference.algorithm import StateInference
from quorate_state_inference.dataset import Dataset, choose
from quorate_state_inference.oracle import exact_posterior

ROWS = 10_000
"""Training rows that are looked at, at most."""
POSSIBLE = -1e3
"""States of a larger log posterior probability are consistent with a history (impossible ones have about -1e4)."""


@dataclass(frozen=True)
class Effort:
    """How much is computed.

    Attributes:
        small: up to so many distinct histories all are analysed, with `noises` each; of more, a sample.
        noises: initial noises of each history of a small network.
        fewer_noises: initial noises of each history of a large network.
        iterations: of a flow, at most.
        histories: sampled histories of a large network.
        joint_histories: sampled joint histories of a large network.
        states: consistent states of a history that flows are started from, at most.
        samples: pairs of a history and its state for Jacobians.
        centres: of surrogate regressions.
        rows: joint histories for error curves.
    """

    small: int = 32
    noises: int = 2000
    fewer_noises: int = 200
    iterations: int = 200
    histories: int = 32
    joint_histories: int = 6
    states: int = 100
    samples: int = 600
    centres: int = 100
    rows: int = 100


@dataclass(frozen=True)
class Subject:
    """A denoiser and the data behind it.

    Attributes:
        name: of the run.
        environment: what the histories come from.
        layout: of the histories.
        denoiser: what is analysed.
        training: rows that it was trained on.
        evaluation: rows to measure errors on.
        seed: of the analysis.
        effort: how much to compute.
    """

    name: str
    environment: Environment
    layout: HistoryLayout
    denoiser: Denoiser
    training: Dataset
    evaluation: Dataset
    seed: int = 0
    effort: Effort = field(default_factory=Effort)

    @classmethod
    def of(cls, algorithm: StateInference, name: str = "run", seed: int = 0, effort: Effort | None = None) -> "Subject":
        """The denoiser of an algorithm, with its training rows and the last of its evaluation splits."""
        device = algorithm.training.states.device
        training = choose(algorithm.training, ROWS, generator(seed, "analysis", "rows", device=device))
        parts = algorithm.environment, algorithm.layout, algorithm.denoiser, training
        return cls(name, *parts, list(algorithm.splits.values())[-1], seed, effort or Effort())

    def randomness(self, purpose: str) -> torch.Generator:
        """A generator for one purpose of the analysis."""
        return generator(self.seed, "analysis", purpose, device=self.training.states.device)

    def identified(self, windows: Tensor) -> Tensor:
        """Histories with identities: [..., n, L * (1 + o)] -> [..., n, h]."""
        return self.layout.identify(windows)

    @cached_property
    def posterior(self) -> ExactPosterior | None:
        """The exact posterior, or None where the environment has none."""
        try:
            return self.oracle
        except QuorateError:
            return None

    @cached_property
    def oracle(self) -> ExactPosterior:
        """The exact posterior.

        Raises:
            QuorateError: where there is none.
        """
        return exact_posterior(self.environment, self.layout)

    @cached_property
    def distinct_histories(self) -> Tensor:
        """Every agent's history that occurs in training, each once: [H, h]."""
        histories: Tensor = torch.unique(self.identified(self.training.windows).flatten(0, 1), dim=0)
        return histories.flip(0)  # the first agent first

    @cached_property
    def joint_rows(self) -> Dataset:
        """Every joint history that occurs in training, each once, with the state of its first row."""
        flat = self.training.windows.flatten(1)
        _, group = torch.unique(flat, dim=0, return_inverse=True)
        first = torch.full((int(group.max()) + 1,), len(flat), device=flat.device)
        positions = torch.arange(len(flat), device=flat.device)
        return self.training.rows(first.scatter_reduce_(0, group, positions, "amin"))

    @property
    def is_small(self) -> bool:
        """All histories can be analysed."""
        return len(self.distinct_histories) <= self.effort.small

    @property
    def noises(self) -> int:
        """Initial noises of each history."""
        return self.effort.noises if self.is_small else self.effort.fewer_noises

    def sample_histories(self) -> Tensor:
        """All distinct histories of a small network, in the agents' order; a random sample of a large one's: [H, h]."""
        return _choose(self.distinct_histories, self.effort.histories, self.is_small, self.randomness("histories"))

    def sample_joint(self) -> Dataset:
        """All distinct joint histories of a small network; a random sample of a large one's."""
        few = self.is_small and len(self.joint_rows) <= self.effort.small
        index = torch.arange(len(self.joint_rows), device=self.training.states.device)
        return self.joint_rows.rows(_choose(index, self.effort.joint_histories, few, self.randomness("joint")))

    def agent(self, history: Tensor) -> int:
        """Whose history [h] it is."""
        return int(self.layout.identity(history).argmax())

    def describe(self, history: Tensor) -> str:
        """Whose history [h] it is, and what was observed: ``agent 1: 0 1``."""
        agent = self.agent(history)
        size = self.environment.spec.observation_sizes[agent]
        seen = self.layout.observations(history)[self.layout.valid(history) > 0, :size].tolist()
        steps = [" ".join(f"{value:g}" for value in step) for step in seen[-3:]]
        return f"agent {agent + 1}: {' | '.join(steps)}" if size <= 8 else f"agent {agent + 1}"


def consistent(posterior: ExactPosterior, histories: Tensor) -> Tensor:
    """Which states agree with what several histories say together: [..., m, h] -> bool [..., K]."""
    return posterior.log_probability(histories) > POSSIBLE


def _choose(items: Tensor, count: int, every: bool, randomness: torch.Generator) -> Tensor:
    if every or len(items) <= count:
        return items
    index = torch.randperm(len(items), generator=randomness, device=randomness.device)[:count]
    return items[index.sort().values]
