"""Stage games of two agents who are paid differently: correlated equilibria that pay the most in sum."""

from functools import partial

import numpy as np
from scipy import sparse

from quorate.errors import QuorateError
from quorate_information_sharing.planning.beliefs import Floats, Ints
from quorate_information_sharing.planning.prescriptions import CELLS, Prescriptions, enumerated
from quorate_information_sharing.planning.programs import least

LEAST = 1e-12
"""Smaller chances of a pair of rules are rounding."""


def correlated(payoffs: Floats, coarse: bool) -> Prescriptions:
    """A distribution over pairs of rules from which no agent gains by deviating.

    Coarse: not by a rule that it fixes before it is told its own. Else: not by another action, given what it knows
    alone and the action that it is told (the agents' normal form).

    Args:
        payoffs: [2, G, K1, K2, A1, A2].
        coarse: see above.

    Raises:
        QuorateError: the pairs of rules are too many.
    """
    kinds, actions = payoffs.shape[2:4], payoffs.shape[4:6]
    rules = [enumerated(k, a) for k, a in zip(kinds, actions, strict=True)]
    pairs = len(rules[0]) * len(rules[1])
    if pairs * sum(k * a * a for k, a in zip(kinds, actions, strict=True)) > CELLS:
        problem = f"A stage has {pairs:.1e} pairs of decision rules, which is too many for a linear program."
        raise QuorateError(problem, where="solution", fix="Give a shorter delay, or a smaller game.")
    solved = [_solved(payoffs[:, game], rules, coarse) for game in range(payoffs.shape[1])]
    width = max(len(weight) for weight, _, _ in solved)
    weight = np.stack([np.pad(one, (0, width - len(one))) for one, _, _ in solved])
    first, second = (
        np.stack([np.pad(parts[seat], ((0, width - len(parts[seat])), (0, 0))) for parts in solved]) for seat in (1, 2)
    )
    return Prescriptions(weight, np.eye(actions[0])[first], np.eye(actions[1])[second])


coarse_correlated = partial(correlated, coarse=True)
fully_correlated = partial(correlated, coarse=False)


def _solved(payoff: Floats, rules: list[Ints], coarse: bool) -> tuple[Floats, Ints, Ints]:
    """Of one game: the weights of pairs of rules, and the rules, [M], [M, K1], [M, K2]."""
    scaled = payoff / (np.abs(payoff).max() or 1)
    swapped = scaled[1].transpose(1, 0, 3, 2)
    parts = [_deviations(scaled[0], rules[0], rules[1]), _deviations(swapped, rules[1], rules[0])]
    parts[1] = parts[1].transpose(1, 0, 2, 3)
    own = [_own(parts[0], rules[0][:, None]), _own(parts[1], rules[1][None, :])]
    rows, extra = (_coarse if coarse else _by_action)(parts, own, rules)
    pairs = own[0].size
    cost = np.concatenate([-(own[0] + own[1]).ravel(), np.zeros(extra)])
    ones = sparse.csr_array(np.concatenate([np.ones(pairs), np.zeros(extra)])[None])
    x, _ = least(cost, sparse.csr_array(rows), ones, extra)
    chosen = np.flatnonzero(x[:pairs] > LEAST)
    weight = x[chosen]
    return weight / weight.sum(), rules[0][chosen // len(rules[1])], rules[1][chosen % len(rules[1])]


def _deviations(payoff: Floats, own: Ints, other: Ints) -> Floats:
    """[R1, R2, K1, A1] what an agent has by an action for a kind, where the other one follows its rule."""
    gains = sum(payoff[:, kind][:, :, other[:, kind]] for kind in range(payoff.shape[1]))  # [K1, A1, R2]
    found = np.asarray(gains).transpose(2, 0, 1)
    return np.broadcast_to(found, (len(own), *found.shape))


def _own(deviations: Floats, rule: Ints) -> Floats:
    """[R1, R2] what an agent has by its own rule, [R1 or 1, R2 or 1, K]."""
    chosen = np.broadcast_to(rule, deviations.shape[:3])[..., None]
    return np.asarray(np.take_along_axis(deviations, chosen, 3)[..., 0].sum(2))


def _coarse(parts: list[Floats], own: list[Floats], rules: list[Ints]) -> tuple[Floats, int]:
    """What must not be above zero: by kind the best deviation, t, and their sum less what is had."""
    kinds = [part.shape[2] for part in parts]
    extra, rows, place = sum(kinds), [], 0
    for part, had in zip(parts, own, strict=True):
        count, actions = part.shape[2:]
        best = np.zeros((count * actions, extra))
        best[np.arange(count * actions), place + np.arange(count).repeat(actions)] = -1
        rows.append(np.concatenate([part.reshape(had.size, -1).T, best], 1))
        total = np.zeros((1, extra))
        total[0, place : place + count] = 1
        rows.append(np.concatenate([-had.reshape(1, -1), total], 1))
        place += count
    return np.concatenate(rows), extra


def _by_action(parts: list[Floats], own: list[Floats], rules: list[Ints]) -> tuple[Floats, int]:
    """What must not be above zero: for each kind and action that is told, another action instead."""
    rows = []
    for agent, part in enumerate(parts):
        rule = rules[0][:, None] if agent == 0 else rules[1][None, :]
        told = np.eye(part.shape[3])[np.broadcast_to(rule, part.shape[:3])]  # [R1, R2, K, A told]
        had = (part * told).sum(3, keepdims=True)
        rows.append(np.einsum("rskt,rska->ktars", told, part - had).reshape(-1, own[0].size))
    return np.concatenate(rows), 0
