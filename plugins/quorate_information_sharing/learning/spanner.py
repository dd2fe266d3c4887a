"""Policies that lead everywhere: a barycentric spanner of what may be observed at a step (Awerbuch and Kleinberg 2008).

What any policy makes agents observe at a step, as probabilities, is then a combination of what a few policies do, with
small coefficients; so where random actions begin after one of these, nothing that can be reached is left out. This is
the subroutine by which 2308.08705 explores, after Golowich, Moitra and Rohatgi.
"""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from quorate_information_sharing.learning.model import Model
from quorate_information_sharing.learning.plan import best_plan
from quorate_information_sharing.learning.policy import Policy, WindowPolicy, find
from quorate_information_sharing.learning.windows import Floats, Ints

FACTOR = 2.0
"""A coefficient that is larger is worth another plan."""
SWEEPS = 3
"""Passes over all rows at most."""
SMALL = 1e-3
"""Of the rows of directions in which nothing leads."""

Oracle = Callable[[Floats], tuple[WindowPolicy, Floats]]
"""From weights [D] of observations to the policy that makes their expectation largest, and what it leads to, [D]."""


def spanner(models: list[Model], step: int) -> list[WindowPolicy]:
    """Policies whose chances of joint observations at a step span those of all, by learned models.

    Args:
        models: of rising memory.
        step: from 1: how many joint actions come before.
    """
    longest = models[-1].steps[step]
    seen = np.unique(longest.observation)

    def best(weights: Floats) -> tuple[WindowPolicy, Floats]:
        every = np.full(models[-1].windows.observations, weights.min())
        every[seen] = weights
        plan = best_plan([_aiming(model, step, every) for model in models], float(every.min()) / (step + 1))
        return plan.policy, observed(models[-1], plan.policy, step)[seen]

    return [policy for policy in spanning(best, len(seen)) if policy is not None]


def spanning(best: Oracle, size: int) -> list[WindowPolicy | None]:
    """Policies for all directions that some lead to; None for others.

    Args:
        best: plans for weights.
        size: D.
    """
    rows = SMALL * np.eye(size)
    found: list[WindowPolicy | None] = [None] * size
    for sweep in range(SWEEPS):
        changed = False
        for row in range(size):
            weights = np.asarray(
                np.linalg.inv(rows)[:, row], np.float64
            )  # its product with a new row is how the determinant would grow
            tried = [best(sign * weights) for sign in (1.0, -1.0)]
            policy, chances = max(tried, key=lambda one: abs(float(one[1] @ weights)))
            if abs(float(chances @ weights)) > (FACTOR if sweep or found[row] else 1.0):
                rows[row], found[row], changed = chances, policy, True
        if not changed:
            break
    return found


def observed(model: Model, policy: Policy, step: int) -> Floats:
    """Chances of joint observations at a step, [O], by a model; what leads to windows that it does not know is lost."""
    window, chance = np.zeros(1, np.int64), np.ones(1)
    for now in range(step):
        part, pairs = model.steps[now], _pairs(model, now, window, chance)
        rows = np.flatnonzero(pairs)
        before, seen = part.window[part.owner[rows]], part.observation[rows]
        action = model.knowledge.joint_action(policy.act(now, policy.windows.forgotten(before), seen))
        window, chance = model.windows.after(before, seen, action), pairs[rows]
    last = _pairs(model, step, window, chance)
    return np.bincount(model.steps[step].observation, last, model.windows.observations).astype(np.float64)


def _pairs(model: Model, step: int, window: Ints, chance: Floats) -> Floats:
    """[E] chances of windows and joint observations, from those of windows, [N]."""
    part = model.steps[step]
    found, index = find(part.window, window)
    known = np.bincount(index[found], chance[found], len(part.window))
    return np.asarray(known[part.owner] * part.chance)


def _aiming(model: Model, step: int, weights: Floats) -> Model:
    """The same model up to a step, paid by what is then observed alone."""
    parts = [replace(part, reward=np.zeros_like(part.reward)) for part in model.steps[:step]]
    last = model.steps[step]
    paid = np.broadcast_to(weights[last.observation][:, None], last.reward.shape)
    return replace(model, steps=(*parts, replace(last, reward=paid)))
