"""What a `.dpomdp` file says before its tables."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from quorate.nearest import nearest
from quorate_information_sharing.dpomdp.lines import Entry, Place, number
from quorate_information_sharing.posg import Array

Names = tuple[str, ...]

MOST = 10_000_000
"""Numbers in a table."""


@dataclass(frozen=True)
class Preamble:
    """Who acts where, and what there is to see; `sign` is -1 where values are costs."""

    states: Names
    actions: tuple[Names, ...]
    observations: tuple[Names, ...]
    start: Array
    sign: float


def read_preamble(entries: list[Entry], whole: Place) -> Preamble:
    """Understand the entries before the tables.

    Raises:
        QuorateError: something is missing, said twice, wrong or too large; it names the line.
    """
    found: dict[str, Entry] = {}
    for entry in entries:
        key = entry.key.split()[0]
        if key in found:
            raise entry.place.error(f"'{key}' was given before.", fix=f"see line {found[key].place.number}")
        found[key] = entry
    for key in ("agents", "values", "states", "start", "actions", "observations"):
        if key not in found:
            raise whole.error(f"The file does not say '{key}:'.", fix=f"add a line '{key}: ...' before the tables")
    agents = len(_named(found["agents"].words(), found["agents"].place))
    states = _named(found["states"].words(), found["states"].place)
    actions, observations = _of_each(found["actions"], agents), _of_each(found["observations"], agents)
    joint, seen = math.prod(map(len, actions)), math.prod(map(len, observations))
    for label, entry, size in (
        ("T", found["states"], joint * len(states) ** 2),
        ("O", found["observations"], joint * len(states) * seen),
    ):
        if size > MOST:
            raise entry.place.error(f"The table {label} would have {size:,} numbers; {MOST:,} fit.")
    start = _start(found["start"], states)
    return Preamble(states, actions, observations, start, _sign(found["values"]))


def index(word: str, names: Sequence[str], place: Place) -> slice:
    """Which of some names, or their numbers, or `*` for all.

    Raises:
        QuorateError: none of them.
    """
    if word == "*":
        return slice(None)
    if word in names:
        at = names.index(word)
    elif word.isdecimal() and len(word) < 10 and int(word) < len(names):
        at = int(word)
    else:
        raise place.error(f"'{word[:40]}' is none of those.", nearest(word, names), "give a name, its number, or *")
    return slice(at, at + 1)


def _sign(entry: Entry) -> float:
    words = entry.words()
    if words not in (["reward"], ["cost"]):
        raise entry.place.error("Expected what values are.", ("reward", "cost"))
    return 1.0 if words == ["reward"] else -1.0


def _of_each(entry: Entry, agents: int) -> tuple[Names, ...]:
    lines = [(entry.place, text) for text in entry.parts if text] + entry.rest
    if len(lines) != agents:
        raise entry.place.error(f"Expected {agents} lines of names, one for each agent, not {len(lines)}.")
    return tuple(_named(text.split(), place) for place, text in lines)


def _named(words: list[str], place: Place) -> Names:
    """Names as they stand, or as many as a number says."""
    if len(words) == 1 and words[0].isdecimal():
        count = int(words[0]) if len(words[0]) < 10 else MOST
        if not 0 < count < MOST:
            raise place.error(f"Expected a number from 1 to {MOST - 1:,}.")
        return tuple(map(str, range(count)))
    if not words or len(set(words)) != len(words):
        raise place.error("Expected names that differ, or how many there are.")
    return tuple(words)


def _start(entry: Entry, states: Names) -> Array:
    words, start = entry.words(), np.zeros(len(states))
    if entry.key != "start":
        for word in words:
            start[index(word, states, entry.place)] = 1
        start = start if entry.key == "start include" else 1 - start
        if not start.any():
            raise entry.place.error("No state is left to start in.")
        start /= start.sum()
        return start
    if words == ["uniform"]:
        return np.full(len(states), 1 / len(states))
    if len(words) == 1 and len(states) > 1:
        start[index(words[0], states, entry.place)] = 1
        return start
    if len(words) != len(states):
        raise entry.place.error(f"Expected {len(states)} probabilities, a state, or uniform; not {len(words)} words.")
    return np.array([number(word, entry.place) for word in words])
