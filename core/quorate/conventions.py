"""Conventions: what numbers mean. Those that are data are compared; sentences are for readers. Imports no torch."""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Any


class Observability(StrEnum):
    """What the agents' observations reveal of the state."""

    FULL = "full"
    """Each agent's observation determines the state."""
    COLLECTIVE = "collective"
    """The joint observation determines the state; no single one need do so."""
    PARTIAL = "partial"
    """Even the joint observation may leave the state open."""


class RewardRule(StrEnum):
    """How the team's reward comes from the agents' rewards."""

    SUM = "sum"
    """The sum of the agents' rewards."""
    MEAN = "mean"
    """Their sum, divided by the number of possible agents (also after some have left)."""
    SHARED = "shared"
    """All agents receive the same reward, which is the team's; the bridge checks that they do."""


class EvaluationActions(StrEnum):
    """How the policies acted in an evaluation, for the record of a run."""

    GREEDY = "greedy"
    """By their mean or mode, or by the best of several samples."""
    SAMPLED = "sampled"
    EXACT = "exact"
    """Nothing is played: what was learned is measured without acting."""


class BootstrapAt(StrEnum):
    """After which ends of an episode the value of its last state is what would have followed."""

    TRUNCATIONS = "truncations"
    ALL_ENDS = "all-ends"
    """At terminations too."""
    NOWHERE = "nowhere"


CHOICES: Mapping[str, type[StrEnum]] = {
    "reward_rule": RewardRule,
    "evaluation_actions": EvaluationActions,
    "bootstrap_at": BootstrapAt,
}
"""The conventions that are one of a few words."""

TOLD_BY: Mapping[str, tuple[str, ...]] = {
    "evaluation": ("evaluation_episodes", "evaluation_actions"),
    "return": ("return_discount",),
    "bootstrapping": ("bootstrap_at",),
}
"""What sentences say, as data."""


def told_as_data(stated: Iterable[str]) -> set[str]:
    """The sentences that need not be compared, because some of these conventions say the same as data."""
    known = set(stated)
    return {sentence for sentence, data in TOLD_BY.items() if known & set(data)}


def is_data(value: Any) -> bool:
    """Whether a convention is a number, a truth value or one word, rather than a sentence or nothing."""
    return isinstance(value, (bool, int, float)) or (isinstance(value, str) and len(value.split()) == 1)


def differ(first: Any, second: Any) -> bool:
    """Whether two statements of a convention are known to differ: one thing can be said in many sentences."""
    return is_data(first) and is_data(second) and first != second
