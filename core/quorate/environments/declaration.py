"""What the bridge must know about an environment beyond PettingZoo, and where it is declared."""

import difflib
import functools
import importlib.metadata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from quorate.conventions import Observability
from quorate.conventions import RewardRule as RewardRule
from quorate.errors import QuorateError

CONVENTIONS = {
    RewardRule.SUM: "sum of the agents' rewards",
    RewardRule.MEAN: "mean of the agents' rewards",
    RewardRule.SHARED: "team reward, shared by all agents",
}
"""The words for `EnvironmentSpec.reward`."""

STATES = ("own", "observations", "binary", "continuous", "none")
"""What may be declared of the state; the last two are for those who read tags."""

KEYS = ("observability", "reward", "horizon", "simulator", "state", "outcomes")
"""What may be declared, in a manifest row's tags or in ``env.metadata["quorate"]``."""


@dataclass(frozen=True)
class Declaration:
    """What is declared of an environment.

    Attributes:
        observability: what the observations reveal of the state.
        reward: how the team's reward is made.
        horizon: steps after which the bridge truncates an episode, or None where the environment does.
        simulator: name and version.
        binary_state: every state feature is 0 or 1.
        outcomes: what the agents' infos say at the end of an episode, by these names.
    """

    observability: Observability = Observability.PARTIAL
    reward: RewardRule = RewardRule.SUM
    horizon: int | None = None
    simulator: str = "unknown"
    binary_state: bool = False
    outcomes: tuple[str, ...] = ()


def declare(name: str, tags: Mapping[str, Any], metadata: Mapping[str, Any], modules: tuple[str, ...]) -> Declaration:
    """Read a declaration; a tag wins over the environment's metadata, which wins over the defaults.

    Args:
        name: of the environment, for errors.
        tags: of the manifest row; keys that are not in `KEYS` are other people's.
        metadata: ``env.metadata["quorate"]``, where every key must be in `KEYS`.
        modules: of the environment's class and of its factory, which the simulator's default name comes from.

    Raises:
        QuorateError: for an unknown key of the metadata, or a value that is not valid.
    """
    for key in metadata:
        _choice(key, KEYS, f'metadata["quorate"] of environment {name}', "key")
    declared = {**metadata, **{key: value for key, value in tags.items() if key in KEYS}}
    where = f"declaration of environment {name}"
    return Declaration(
        observability=Observability(_choice(declared.get("observability", "partial"), tuple(Observability), where)),
        reward=RewardRule(_choice(declared.get("reward", "sum"), tuple(RewardRule), where)),
        horizon=_horizon(declared.get("horizon"), where),
        simulator=str(declared.get("simulator") or simulator(modules)),
        binary_state=_state(declared.get("state"), where) == "binary",
        outcomes=_outcomes(declared.get("outcomes", ()), where),
    )


def _choice(value: object, choices: tuple[str, ...], where: str, what: str = "value") -> str:
    if value in choices:
        return str(value)
    near = difflib.get_close_matches(str(value), choices, n=len(choices), cutoff=0.0)
    raise QuorateError(f"{value!r} is not a valid {what}", where=where, choices=near)


def _state(value: object, where: str) -> str:
    return _choice(value, STATES, where) if isinstance(value, str) else ""


def _outcomes(value: object, where: str) -> tuple[str, ...]:
    names = tuple(value) if isinstance(value, list | tuple) else ("",)
    if all(isinstance(name, str) and name for name in names) and len({*names}) == len(names):
        return names
    fix = "give a list of different names, such as [won]"
    raise QuorateError(f"the outcomes {value!r} are no names", where=where, fix=fix)


def _horizon(value: object, where: str) -> int | None:
    if value is None or (isinstance(value, int) and not isinstance(value, bool) and value >= 1):
        return value
    raise QuorateError(f"the horizon {value!r} is not a number of steps", where=where, fix="give an integer >= 1")


def simulator(modules: tuple[str, ...]) -> str:
    """Name and version of the distributions that modules belong to, without repetition, joined by ``via``."""
    packages = _packages()
    found: dict[str, None] = {}
    for module in modules:
        package = module.partition(".")[0]
        names = packages.get(package, [])
        found[f"{names[0]} {importlib.metadata.version(names[0])}" if names else f"{package} (no version)"] = None
    return " via ".join(found) or "unknown"


@functools.cache
def _packages() -> Mapping[str, list[str]]:
    # Reads every installed distribution, which takes a good part of a second.
    return importlib.metadata.packages_distributions()
