"""Writes `.dpomdp` files."""

import re
from collections.abc import Iterable, Iterator
from itertools import product
from pathlib import Path

import numpy as np

from quorate.errors import QuorateError
from quorate_information_sharing.posg import TabularPOSG

WORD = re.compile(r"[A-Za-z][\w-]*")
RESERVED = {"uniform", "identity"}


def write_dpomdp(game: TabularPOSG, path: Path) -> None:
    """Write a team's game; reading it gives the same numbers. Names that the format can not have become numbers.

    Raises:
        QuorateError: agents are paid differently, there is an observation at the start, or it can not be written.
    """
    if not game.team or game.observes_at_start:
        problem = "A .dpomdp file holds games of one reward for all, without an observation at the start."
        raise QuorateError(problem, where=game.name)
    try:
        path.write_text("\n".join(_lines(game)) + "\n", encoding="utf-8")
    except OSError as error:
        raise QuorateError(f"The file can not be written: {error.strerror}.", where=str(path)) from None


def _lines(game: TabularPOSG) -> Iterator[str]:
    yield f"agents: {game.agents}"
    yield "discount: 1"
    yield "values: reward"
    yield f"states: {_names(game.states)}"
    yield "start:"
    yield " ".join(repr(float(one)) for one in game.start)
    for label, names in (("actions", game.actions), ("observations", game.observations)):
        yield f"{label}:"
        yield from map(_names, names)
    acts, seen = _numbers(game.actions), _numbers(game.observations)
    for action, before, after in np.argwhere(game.transition):
        yield f"T: {acts[action]} : {before} : {after} : {float(game.transition[action, before, after])!r}"
    for action, after, what in np.argwhere(game.observation):
        yield f"O: {acts[action]} : {after} : {seen[what]} : {float(game.observation[action, after, what])!r}"
    for state, action in np.argwhere(game.reward[0]):
        yield f"R: {acts[action]} : {state} : * : * : {float(game.reward[0, state, action])!r}"


def _names(names: tuple[str, ...]) -> str:
    plain = all(WORD.fullmatch(name) and name not in RESERVED for name in names)
    return " ".join(names) if plain else str(len(names))


def _numbers(names: tuple[tuple[str, ...], ...]) -> list[str]:
    """Of joint actions or observations: each agent's number."""
    each: Iterable[tuple[int, ...]] = product(*(range(len(own)) for own in names))
    return [" ".join(map(str, one)) for one in each]
