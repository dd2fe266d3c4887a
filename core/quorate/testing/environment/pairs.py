"""Pairs of what is observed and what is the case, and whether the one determines the other."""

from dataclasses import dataclass

import torch
from torch import Tensor

_EXACT = 1e-4
"""States whose features, scaled to [0, 1], differ by less are equal."""
_EXPLAINED = 0.999
"""The share of the variance of a feature from which on it counts as predicted."""
_CROWD = 2000
"""The most pairs on either side that neighbours are looked for in."""


@dataclass(frozen=True)
class Pairs:
    """What was seen at N moments.

    Attributes:
        observed: float32 [N, d].
        state: float32 [N, s].
        episode: int64 [N], which episode a moment is of, at least roughly.
        test: bool [N], the half that predictors are measured on, of other episodes than the rest.
    """

    observed: Tensor
    state: Tensor
    episode: Tensor
    test: Tensor

    def varying(self) -> "Pairs":
        """With only those features of the state that vary, scaled to [0, 1]."""
        low, high = self.state.amin(0), self.state.amax(0)
        moving = (high - low) > 1e-6
        scaled = (self.state - low)[:, moving] / (high - low)[moving]
        return Pairs(self.observed, scaled, self.episode, self.test)


@dataclass(frozen=True)
class Verdict:
    """Whether observations determine states.

    Attributes:
        determined: they do, as far as can be told.
        open: equal observations were seen with unequal states.
        told: the evidence, in words.
    """

    determined: bool
    open: bool
    told: str


def judge(pairs: Pairs) -> Verdict:
    """Look for equal observations with unequal states; where observations hardly repeat, predict the states.

    States are predicted from one half of the episodes and the predictions measured on the other, by linear and
    quadratic least squares and by the nearest neighbour, whichever is best for a feature.
    """
    pairs = pairs.varying()
    if pairs.state.shape[1] == 0:
        return Verdict(False, False, "the state never changes")
    found = _by_groups(pairs)
    return found or _by_prediction(pairs)


def _by_groups(pairs: Pairs) -> Verdict | None:
    """A verdict where observations repeat often enough in different episodes, or a contradiction was seen."""
    _, group = torch.unique(pairs.observed, dim=0, return_inverse=True)
    count = int(group.max()) + 1
    spread = _highest(group, pairs.state, count) + _highest(group, -pairs.state, count)
    if bool((spread > _EXACT).any()):
        return Verdict(False, True, _contradiction(pairs, group, spread))
    episodes = _highest(group, pairs.episode[:, None].float(), count) + _highest(
        group, -pairs.episode[:, None].float(), count
    )
    repeated = (episodes[:, 0] > 0)[group].float().mean()
    _, sizes = torch.unique(pairs.state, dim=0, return_counts=True)
    chance = float((sizes / sizes.sum()).square().sum())
    if repeated < 0.5 or chance > 0.9:
        return None
    told = f"in {len(group)} moments, {count} different observations each came with one state only"
    return Verdict(True, False, f"{told} ({len(sizes)} states)")


def _highest(group: Tensor, values: Tensor, count: int) -> Tensor:
    """The highest value of each feature in each group, [count, f]."""
    index = group[:, None].expand_as(values)
    empty = torch.full((count, values.shape[1]), -torch.inf)
    return empty.scatter_reduce(0, index, values, "amax")


def _contradiction(pairs: Pairs, group: Tensor, spread: Tensor) -> str:
    chosen, feature = (int(part) for part in (spread > _EXACT).nonzero()[0])
    values = pairs.state[group == chosen, feature]
    return (
        f"one observation, seen {len(values)} times, with values of one state feature that differ by "
        f"{float(values.max() - values.min()):.3g} of its range"
    )


def _by_prediction(pairs: Pairs) -> Verdict:
    inputs, targets = pairs.observed.double(), pairs.state.double()
    seen, test = inputs[~pairs.test], inputs[pairs.test]
    kept = seen.std(0) > 1e-9
    seen, test = ((half - seen.mean(0))[:, kept] / seen.std(0)[kept] for half in (seen, test))
    known, truth = targets[~pairs.test], targets[pairs.test]
    predictions = [_linear(seen, known, test), _nearest(seen[:_CROWD], known[:_CROWD], test)]
    if 0 < seen.shape[1] <= 24:
        predictions.append(_linear(_quadratic(seen), known, _quadratic(test)))
    variance = (truth - truth.mean(0)).square().mean(0).clamp(min=1e-12)
    explained = torch.stack([1 - (truth - guess).square().mean(0) / variance for guess in predictions])
    worst = float(explained.amax(0).min())
    told = f"a predictor explains {worst:.5f} of the variance of every state feature, in {len(truth)} moments"
    return Verdict(worst > _EXPLAINED, False, f"{told} of episodes that it has not seen")


def _linear(seen: Tensor, known: Tensor, test: Tensor) -> Tensor:
    def biased(values: Tensor) -> Tensor:
        return torch.cat([values, torch.ones(len(values), 1, dtype=values.dtype)], -1)

    left = biased(seen)
    normal = left.T @ left / len(left) + 1e-10 * torch.eye(left.shape[1], dtype=left.dtype)
    solution: Tensor = torch.linalg.solve(normal, left.T @ known / len(left))
    return biased(test) @ solution


def _nearest(seen: Tensor, known: Tensor, test: Tensor) -> Tensor:
    return torch.cat([known[torch.cdist(part, seen).argmin(-1)] for part in test.split(500)])


def _quadratic(values: Tensor) -> Tensor:
    row, column = torch.triu_indices(values.shape[1], values.shape[1])
    return torch.cat([values, values[:, row] * values[:, column]], -1)
