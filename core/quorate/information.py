"""Who learns what, and when: information structures, as data (2308.08705, section 3)."""

import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from quorate.errors import ConfigError

NEVER = math.inf

Delays = tuple[tuple[float, ...], ...]
"""Of agents i (rows) and j (columns): after how many steps i knows what is j's."""

Item = tuple[str, int, int]
"""`observation` or `action`, whose (from 0), and of which step."""

Written = int | str | list[list[int | None]] | dict[str, list[list[int | None]]]
"""An information structure, as configurations write it; `information_structure` reads it."""

WORD = re.compile(r"([a-z-]+)(?:\((\d+)\))?")


@dataclass(frozen=True)
class InformationStructure:
    """What each of n agents knows of all observations and actions at each step.

    The observation of agent j of step s is known to agent i at step s + observation_delay[i][j]; its action of step s
    at step s + action_delay[i][j].

    Attributes:
        observation_delay: 0 at once, `NEVER` not at all; 0 on the diagonal.
        action_delay: 1, the least, is when the next actions are chosen; 1 on the diagonal.
        name: in messages and pictures.
    """

    observation_delay: Delays
    action_delay: Delays
    name: str = ""

    def __post_init__(self) -> None:
        for label, delays, least in (
            ("observation_delay", self.observation_delay, 0),
            ("action_delay", self.action_delay, 1),
        ):
            _check(label, delays, least, len(self.observation_delay))

    @property
    def agents(self) -> int:
        """N."""
        return len(self.observation_delay)

    def known(self, agent: int, step: int) -> set[Item]:
        """All that an agent knows when it acts at a step, counted from 0."""
        return self._since(step, lambda delays, owner: delays[agent][owner])

    def common(self, step: int) -> set[Item]:
        """What all agents know at a step, and know of each other that they do."""
        return self._since(step, _until_all)

    def private(self, agent: int, step: int) -> set[Item]:
        """What an agent knows and not all others do."""
        return self.known(agent, step) - self.common(step)

    def knows_more_than(self, other: "InformationStructure") -> bool:
        """Whether every agent knows at least what it knows under another, at every step."""
        pairs = (self.observation_delay, other.observation_delay), (self.action_delay, other.action_delay)
        return all(
            a <= b
            for one, two in pairs
            for row, column in zip(one, two, strict=True)
            for a, b in zip(row, column, strict=True)
        )

    def strategy_independent(self, controls: Sequence[bool] | None = None) -> bool:
        """Whether common beliefs on state and private information are the same for all strategies (Assumption 3).

        They are where the actions that move states or observations are common when the next ones are chosen, and where
        no action becomes common before all that it was chosen by.

        Args:
            controls: which agents' actions have an effect on states or observations; None: all.
        """
        moving = [True] * self.agents if controls is None else controls
        after = [_until_all(self.action_delay, agent) for agent in range(self.agents)]
        if any(moves and delay > 1 for moves, delay in zip(moving, after, strict=True)):
            return False
        return all(
            _until_all(delays, owner) - delays[agent][owner] <= after[agent]
            for delays in (self.observation_delay, self.action_delay)
            for agent in range(self.agents)
            for owner in range(self.agents)
            if delays[agent][owner] != NEVER
        )

    def _since(self, step: int, delay: Callable[[Delays, int], float]) -> set[Item]:
        kinds = ("observation", self.observation_delay), ("action", self.action_delay)
        return {
            (kind, owner, time)
            for kind, delays in kinds
            for owner in range(self.agents)
            for time in range(step + 1)
            if time + delay(delays, owner) <= step
        }


def information_structure(value: object, agents: int, where: str = "structure") -> InformationStructure:
    """What a user wrote, for n agents.

    Args:
        value: a word of `STRUCTURES`, such as `one-step` or `delayed(2)`; a number, the delay of all; n lists of n
            numbers, null for never, the delays of observations and of actions, which are known one step late at best;
            or a mapping of `observation_delay` and `action_delay`, a matrix each. The structure itself is taken as it
            is.
        agents: n.
        where: the place, for messages.

    Raises:
        ConfigError: it is none of these, or for another number of agents.
    """
    if isinstance(value, InformationStructure):
        found = value
    elif isinstance(value, Mapping):
        found = _free(value, agents, where)
    elif isinstance(value, Sequence) and not isinstance(value, str):
        found = _of_both(value, agents, where)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        found = _delayed(agents, _whole(value, where))
    else:
        found = _preset(str(value), agents, where)
    if found.agents != agents:
        raise ConfigError(f"The structure is for {found.agents} agents; there are {agents}.", where=where)
    return found


def _delayed(agents: int, delay: float) -> InformationStructure:
    name = {0: "full", 1: "one-step", NEVER: "none"}.get(delay) or f"delayed({delay:g})"
    return InformationStructure(_matrix(agents, 0, delay), _matrix(agents, 1, max(delay, 1)), name)


def _one_directional(agents: int, source: float) -> InformationStructure:
    told = [[0.0 if i == j or j == source - 1 else 1.0 for j in range(agents)] for i in range(agents)]
    return InformationStructure(_tuples(told), _matrix(agents, 1, 1), f"one-directional({source:g})")


def _one_controller(agents: int, delay: float) -> InformationStructure:
    told = [[0.0 if i == j or j == 0 else delay for j in range(agents)] for i in range(agents)]
    acted = [[1.0 if i == j or j == 0 else NEVER for j in range(agents)] for i in range(agents)]
    return InformationStructure(_tuples(told), _tuples(acted), f"one-controller({delay:g})")


def _uncontrolled(agents: int, delay: float) -> InformationStructure:
    return InformationStructure(_matrix(agents, 0, delay), _matrix(agents, 1, NEVER), f"uncontrolled({delay:g})")


STRUCTURES: Mapping[str, tuple[Callable[[int, float], InformationStructure], float | None]] = {
    "full": (lambda agents, _: _delayed(agents, 0), None),
    "one-step": (lambda agents, _: _delayed(agents, 1), None),
    "one-directional": (_one_directional, 1),  # of the agent with this number at once, all else one step late
    "delayed": (_delayed, 1),
    "one-controller": (_one_controller, 1),  # agent 1 moves the state and hides nothing; the others tell late
    "uncontrolled": (_uncontrolled, 1),  # observations late, and no actions, which move nothing
    "none": (lambda agents, _: _delayed(agents, NEVER), None),
}
"""By word: what makes it, and the number in brackets where none is given (None: it takes none)."""


def _preset(word: str, agents: int, where: str) -> InformationStructure:
    match = WORD.fullmatch(word.strip())
    choices = [name if usual is None else f"{name}({usual:g})" for name, (_, usual) in STRUCTURES.items()]
    choices += ["a number of steps", f"{agents} lists of {agents} numbers"]
    if match is None or match[1] not in STRUCTURES or (match[2] and STRUCTURES[match[1]][1] is None):
        raise ConfigError(f"There is no information structure '{word}'.", where=where, choices=choices)
    make, usual = STRUCTURES[match[1]]
    number = float(match[2]) if match[2] else (usual or 0)
    if match[1] == "one-directional" and not 1 <= number <= agents:
        raise ConfigError(f"There is no agent {number:g}; agents are 1 to {agents}.", where=where)
    return make(agents, number)


def _free(value: Mapping[object, object], agents: int, where: str) -> InformationStructure:
    names = ["observation_delay", "action_delay"]
    if set(value) - set(names) or not value:
        fix = f"give {agents} lists of {agents} numbers for each; null is never"
        raise ConfigError("An information structure has two matrices.", where=where, choices=names, fix=fix)
    matrices = []
    for name, least in zip(names, (0, 1), strict=True):
        given = value.get(name)
        rows = _matrix(agents, least, NEVER) if given is None else _read(given, f"{where}.{name}")
        _check(f"{where}.{name}", rows, least, agents)
        matrices.append(rows)
    return _named(matrices[0], matrices[1])


def _of_both(value: object, agents: int, where: str) -> InformationStructure:
    observations = _read(value, where)
    _check(where, observations, 0, agents)
    return _named(observations, _tuples([[max(delay, 1) for delay in row] for row in observations]))


def _named(observations: Delays, actions: Delays) -> InformationStructure:
    name = f"observations {_written(observations)}, actions {_written(actions)}"
    return InformationStructure(observations, actions, name)


def _written(delays: Delays) -> str:
    return " / ".join(" ".join("never" if one == NEVER else f"{one:g}" for one in row) for row in delays)


def _read(given: object, where: str) -> Delays:
    if (
        not isinstance(given, Sequence)
        or isinstance(given, str)
        or not all(isinstance(row, Sequence) and not isinstance(row, str) for row in given)
    ):
        raise ConfigError("Expected a list for each agent.", where=where, fix="write [[0, 2], [2, 0]], say")
    return _tuples([[NEVER if one is None else _whole(one, where) for one in row] for row in given])


def _whole(value: object, where: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or value < 0 or (value != NEVER and value % 1):
        raise ConfigError(f"A delay is a whole number of steps, not {value!r}.", where=where, fix="null is never")
    return float(value)


def _check(label: str, delays: Delays, least: int, agents: int) -> None:
    if len(delays) != agents or any(len(row) != agents for row in delays):
        raise ConfigError(f"Expected {agents} lists of {agents} numbers.", where=label)
    for index, row in enumerate(delays):
        if row[index] != least:
            raise ConfigError(
                f"Its own is known to an agent after {least}, not {row[index]:g}.", where=f"{label}[{index}][{index}]"
            )
        if any(not (one == NEVER or (one >= least and one % 1 == 0)) for one in row):
            raise ConfigError(f"Delays are whole numbers of at least {least}, or never.", where=f"{label}[{index}]")


def _until_all(delays: Delays, owner: int) -> float:
    return max(row[owner] for row in delays)


def _matrix(agents: int, own: float, others: float) -> Delays:
    return _tuples([[own if i == j else others for j in range(agents)] for i in range(agents)])


def _tuples(rows: Iterable[Iterable[float]]) -> Delays:
    return tuple(tuple(float(one) for one in row) for row in rows)
