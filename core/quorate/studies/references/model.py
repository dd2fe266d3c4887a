"""What a reference result is. Imports no torch."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from quorate.config.schema import Goal
from quorate.documents import KeyPath, Places


class Source(StrEnum):
    """Where numbers are from."""

    OURS = "ours"
    """Measured with Quorate; the value of every seed is stored."""
    PUBLISHED = "published"
    """Read in a paper or off its figures."""


@dataclass(frozen=True)
class Point:
    """The result after one budget.

    Attributes:
        train_steps: the budget, where there is a configuration.
        environment_steps: joint steps of all agents in one environment, where known.
        values: our own, by seed.
        mean: as published.
        std: standard deviation over the source's runs, as published.
        low: end of a published range, of which no mean and deviation are known.
        high: the other end.
        read_off: how far a number that was read off a figure may be from what was drawn.
        seeds: runs behind published numbers; None: unknown.
        notes: on this point.
    """

    train_steps: int | None = None
    environment_steps: int | None = None
    values: Mapping[int, float] = field(default_factory=dict)
    mean: float | None = None
    std: float | None = None
    low: float | None = None
    high: float | None = None
    read_off: float = 0.0
    seeds: int | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Reference:
    """Numbers, and all that is needed to get them again.

    Attributes:
        name: unique; of a third party in its namespace.
        summary: one sentence.
        source: where the numbers are from.
        metric: of evaluations.
        statistic: what the numbers are, in words, such as the mean over seeds.
        points: budgets and results, at least one.
        configuration: of a run, without budget and seed; None where it can not be run here.
        simulator: what is needed then.
        goal: which values are better.
        paper: as of a manifest's row.
        url: where the numbers were found.
        conventions: how they were measured; keys are `CONVENTIONS`.
        versions: of the packages that ours were measured with.
        notes: on the comparison.
        distribution: whose it is.
        file: where it is declared.
        line: there.
        places: of the file, for messages about the configuration.
        at: its key path there.
    """

    name: str
    summary: str
    source: Source
    metric: str
    statistic: str
    points: tuple[Point, ...]
    configuration: Mapping[str, Any] | None = None
    simulator: str = ""
    goal: Goal = Goal.MAXIMISE
    paper: str | Mapping[str, str] | None = None
    url: str = ""
    conventions: Mapping[str, str | int | float] = field(default_factory=dict)
    versions: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    distribution: str = "quorate"
    file: str = ""
    line: int | None = None
    places: Places | None = field(default=None, compare=False, repr=False)
    at: KeyPath = ()

    @property
    def where(self) -> str:
        """The file and line that declare it."""
        return self.file if self.line is None else f"{self.file}, line {self.line}"


CONVENTIONS = {
    "reward": "how the agents' rewards become what is counted",
    "reward_rule": "the same as data: sum, mean, or shared",
    "return": "what a return is",
    "return_discount": "its discount factor; 1: none",
    "step": "what a training step is",
    "environment_steps_per_train_step": "how many environment steps it has",
    "actions": "what agents choose from",
    "evaluation": "in how many episodes, and whether greedily",
    "evaluation_episodes": "how many",
    "evaluation_actions": "sampled, greedy, or exact",
    "evaluation_discount": "the discount factor of the metric return/discounted",
    "evaluation_candidates": "of how many samples the best is taken",
    "bootstrapping": "what follows the end of an episode",
    "bootstrap_at": "the same as data: truncations, all-ends, or nowhere",
    "expected_return": "what an expected return is",
    "psnr": "what a peak signal-to-noise ratio is of",
    "denoiser_sees": "what denoisers see",
    "q_function": "what is known of values",
    "policy_sees": "what policies see",
    "critic_sees": "what critics see",
    "observability": "how much of the state the agents see together",
    "simulator": "the simulator, and its version",
}
"""The keys that a reference's conventions may have.

Numbers and single words are compared with those of a run's record; sentences are for readers.
"""
