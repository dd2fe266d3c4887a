"""What a difference between runs is about, whether it is found before they are run or after."""

import re
from collections.abc import Iterable, Sequence

CONCERNS = {
    "budget": "budget",
    "environment steps": "budget",
    "evaluation": "evaluation-protocol",
    "evaluation actions": "evaluation-protocol",
    "environment": "environment-settings",
    "observability of the environment": "observability",
    "reward of the environment": "reward-convention",
    "simulator of the environment": "simulator-version",
    "environment.interpreter": "simulator-version",
    "algorithm.input": "policy-input",
    "record.environment": "environment-settings",
    "record.environment.observability": "observability",
    "record.environment.reward": "reward-convention",
    "record.environment.reward_rule": "reward-convention",
    "record.environment.simulator": "simulator-version",
    "record.conventions": "convention",
    "record.conventions.evaluation": "evaluation-protocol",
    "record.conventions.evaluation_actions": "evaluation-protocol",
    "record.conventions.evaluation_candidates": "evaluation-protocol",
    "record.conventions.evaluation_episodes": "evaluation-protocol",
    "record.conventions.return": "reward-convention",
    "record.conventions.return_discount": "reward-convention",
    "record.conventions.policy_sees": "policy-input",
    "record.conventions.environment_steps_per_train_step": "budget",
    "record.versions": "versions",
    "record.machine": "compute",
    "record.git": "revision",
    "device": "compute",
    "threads": "compute",
    "workers": "compute",
    "checkpoint": "bookkeeping",
    "log": "bookkeeping",
    "loggers": "bookkeeping",
}
"""By key path; the longest one that a key lies under counts, else it is a setting."""

_EVALUATION = re.compile(r"algorithm\b.*[.\[]evaluation")
_ENVIRONMENTS = re.compile(r"algorithm\b.*\.environments")

FAIRNESS = (
    "evaluation",
    "evaluation_actions",
    "evaluation_candidates",
    "evaluation_episodes",
    "return",
    "return_discount",
    "environment_steps_per_train_step",
)
"""Conventions that no choice of an algorithm excuses."""

STEPS = "environment_steps_per_train_step"


def concern_of(key: str, inputs: Sequence[str] = ()) -> str:
    """What a difference is about.

    Args:
        key: where it is.
        inputs: the key paths of what policies see, where they are known.
    """
    if any(is_under(key, path) for path in inputs):
        return "policy-input"
    if _EVALUATION.match(key):
        return "evaluation-protocol"
    if _ENVIRONMENTS.fullmatch(key):
        return "environments"
    under = [prefix for prefix in CONCERNS if is_under(key, prefix)]
    return CONCERNS[max(under, key=len)] if under else "setting"


def is_named(key: str, names: Iterable[str]) -> bool:
    """Whether some key paths name a key: it, what is around it, or an item of it where its value is a list."""
    return any(is_under(key, name) or name.startswith(f"{key}[") for name in names)


def is_under(key: str, prefix: str) -> bool:
    """Whether a key path is another or inside it."""
    return key == prefix or key.startswith((f"{prefix}.", f"{prefix}["))
