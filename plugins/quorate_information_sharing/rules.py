"""A game of tables from rules: functions of names, in place of arrays of numbers."""

import itertools
from collections.abc import Callable, Mapping, Sequence

import numpy as np

from quorate.errors import QuorateError
from quorate_information_sharing.posg import Array, TabularPOSG, independent

Chances = Mapping[str, float]
"""Probabilities by name; what is left out is impossible."""
Actions = tuple[str, ...]
"""One of each agent."""


def game_by_rules(
    name: str,
    *,
    states: Sequence[str],
    actions: Sequence[Sequence[str]],
    observations: Sequence[Sequence[str]],
    start: Chances,
    move: Callable[[str, Actions], Chances],
    see: Callable[[int, Actions, str], Chances],
    pay: Callable[[str, Actions], float | Sequence[float]],
    horizon: int,
) -> TabularPOSG:
    """Tabulate rules: each is called for everything that may be.

    Args:
        name: in messages.
        states: their names.
        actions: of each agent.
        observations: of each agent.
        start: the first state.
        move: from a state and actions to the next state.
        see: what an agent, counted from 0, observes after actions that led to a state; given these, independently of
            the others.
        pay: of a state and actions, to the team, or to each agent.
        horizon: H, joint actions in an episode.

    Raises:
        QuorateError: a rule gives what is no name, or no probabilities that sum to one; it says which one, and where.
    """
    joint = [tuple(one) for one in itertools.product(*actions)]
    transition = [[_row(f"move{state, done}", move(state, done), states) for state in states] for done in joint]
    observation = [[_seen(see, done, state, observations) for state in states] for done in joint]
    paid = np.array([[np.broadcast_to(pay(state, done), len(actions)) for done in joint] for state in states], float)
    return TabularPOSG(
        name,
        tuple(states),
        tuple(map(tuple, actions)),
        tuple(map(tuple, observations)),
        np.array(transition),
        np.array(observation),
        paid.transpose(2, 0, 1),
        _row("start", start, states),
        horizon,
    )


def _seen(
    see: Callable[[int, Actions, str], Chances], done: Actions, state: str, names: Sequence[Sequence[str]]
) -> Array:
    """[O] of joint observations."""
    return independent(
        *(_row(f"see{agent, done, state}", see(agent, done, state), own) for agent, own in enumerate(names))
    )


def _row(where: str, chances: Chances, names: Sequence[str]) -> Array:
    """Probabilities in the order of names."""
    for name in chances:
        if name not in names:
            raise QuorateError(f"There is no {name!r}.", where=where, choices=tuple(names))
    row = np.array([chances.get(name, 0.0) for name in names], float)
    if (row < 0).any() or abs(row.sum() - 1) > 1e-9:
        problem = f"These are no probabilities that sum to one, but to {row.sum():g}."
        raise QuorateError(problem, where=where, fix="Name every outcome with its probability.")
    return row
