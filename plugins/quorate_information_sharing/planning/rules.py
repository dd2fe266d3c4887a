"""Joint decision rules of two agents that share nothing: good ones, not all."""

from dataclasses import dataclass

import numpy as np

from quorate_information_sharing.planning.beliefs import Floats, Ints

ENUMERATED = 3000
"""Rules of one agent that are still enumerated."""
STARTS = 64
ROUNDS = 8


@dataclass(frozen=True)
class Rule:
    """What both do: an action for each kind of history, and what that is worth."""

    first: Ints
    second: Ints
    value: float


def good_rules(payoff: Floats, count: int, generator: np.random.Generator) -> list[Rule]:
    """The best rules found, best first.

    Args:
        payoff: [K1, K2, A1, A2] the chance of two kinds of histories times what two actions are worth.
        count: how many at most.
        generator: draws where the search starts, if rules are too many to enumerate.
    """
    kinds, actions = payoff.shape[0], payoff.shape[2]
    if actions**kinds <= ENUMERATED:
        first = np.arange(actions**kinds)[:, None] // actions ** np.arange(kinds) % actions
    else:
        first = _climbed(payoff, generator)
    gains = _gains(payoff, first)
    second, value = gains.argmax(2), gains.max(2).sum(1)
    best = np.argsort(-value, kind="stable")[:count]
    found = [Rule(first[i], second[i], float(value[i])) for i in best]
    found += [rule for i in best for rule in _deviations(first[i], second[i], float(value[i]), gains[i])]
    found.sort(key=lambda rule: -rule.value)
    return found[:count]


def _gains(payoff: Floats, first: Ints) -> Floats:
    """[R, K2, A2] what the second agent's actions are worth for each rule of the first one."""
    chosen = payoff[np.arange(payoff.shape[0]), :, first, :]
    return np.asarray(chosen.sum(1))


def _climbed(payoff: Floats, generator: np.random.Generator) -> Ints:
    """[R, K1] distinct rules of the first agent, from answers to answers, and those that differ from them by one."""
    kinds, actions = payoff.shape[0], payoff.shape[2]
    first = generator.integers(actions, size=(STARTS, kinds))
    first[:actions] = np.arange(actions)[:, None]
    other = payoff.transpose(1, 0, 3, 2)
    for _ in range(ROUNDS):
        first = np.unique(_gains(other, _gains(payoff, first).argmax(2)).argmax(2), axis=0)
    varied = np.repeat(first, kinds * actions, 0).reshape(len(first), kinds, actions, kinds)
    varied[:, np.arange(kinds), :, np.arange(kinds)] = np.arange(actions)
    return np.unique(varied.reshape(-1, kinds), axis=0)


def _deviations(first: Ints, second: Ints, value: float, gains: Floats) -> list[Rule]:
    """The same rule of the first agent, and the second one's next best action for one kind of history."""
    found = []
    for kind, row in enumerate(gains):
        for action in np.flatnonzero(np.arange(len(row)) != second[kind]):
            changed = second.copy()
            changed[kind] = action
            found.append(Rule(first, changed, value - float(row[second[kind]] - row[action])))
    return found
