"""Attractors of individual flows: where y <- f(tau, y) settles, gathered into distinct points (2410.13953, Thm. 2)."""

from dataclasses import dataclass

import torch
from torch import Tensor

from quorate.interfaces import Denoiser
from quorate_state_inference.schemes.jacobian import exact_eigenvalue

SETTLED = 1e-5
"""A flow has settled when a step is shorter than this."""
SAME = 0.1
"""Flows that end this close to each other ended at the same attractor; binary states are at least 1 apart."""
ROWS_AT_ONCE = 8192


@dataclass(frozen=True)
class Attractors:
    """The A attractors that G histories' flows reached from N starts each.

    Attributes:
        points: [A, s].
        owner: int64 [A], the history it belongs to.
        label: int64 [G, N], the attractor that each start led to.
        settled: bool [A], whether the flow came to rest there.
    """

    points: Tensor
    owner: Tensor
    label: Tensor
    settled: Tensor

    def mass(self, starts: int) -> Tensor:
        """Share of the first `starts` starts of its history that each attractor drew, [A]."""
        label = self.label[:, :starts].flatten()
        counts = torch.zeros(len(self.points), device=label.device)
        return counts.scatter_add_(0, label, torch.ones_like(label, dtype=counts.dtype)) / starts


@torch.no_grad()
def find_attractors(denoiser: Denoiser, histories: Tensor, starts: Tensor, iterations: int) -> Attractors:
    """Follow the flows of G histories [G, h] from their starts [G, N, s]."""
    groups, count = starts.shape[:2]
    features = denoiser.encode(histories)
    owner = torch.arange(groups, device=starts.device).repeat_interleave(count)
    ends, settled = settle(denoiser, features, owner, starts.flatten(0, 1), iterations)
    leader = cluster(ends.unflatten(0, (groups, count)), SAME)
    flat = leader + count * torch.arange(groups, device=starts.device)[:, None]
    chosen, label = torch.unique(flat, return_inverse=True)
    return Attractors(ends[chosen], owner[chosen], label, settled[chosen])


@torch.no_grad()
def eigenvalues(denoiser: Denoiser, histories: Tensor, attractors: Attractors) -> Tensor:
    """|lambda|max of df/dy at each attractor, [A]: less than 1 where it is stable."""
    features = denoiser.encode(histories)
    parts = torch.arange(len(attractors.points), device=histories.device).split(ROWS_AT_ONCE // 4)
    owner, points = attractors.owner, attractors.points
    return torch.cat([exact_eigenvalue(denoiser, features[owner[part]], points[part]) for part in parts])


@torch.no_grad()
def settle(
    denoiser: Denoiser, features: Tensor, owner: Tensor, starts: Tensor, iterations: int
) -> tuple[Tensor, Tensor]:
    """Iterate the denoiser until it stands still (2410.13953, Definition 2).

    Args:
        denoiser: a blind one.
        features: [G, c] of histories.
        owner: int64 [N], the history of each start.
        starts: [N, s].
        iterations: at most so many.

    Returns:
        The ends [N, s], and whether each has settled, bool [N].
    """
    ends = starts.clone()
    settled = torch.zeros(len(starts), dtype=torch.bool, device=starts.device)
    for part in torch.arange(len(starts), device=starts.device).split(ROWS_AT_ONCE):
        index = part
        for _ in range(iterations):
            moved = denoiser.denoise(features[owner[index]], ends[index])
            going = (moved - ends[index]).norm(dim=-1) > SETTLED
            ends[index] = moved
            settled[index] = ~going
            index = index[going]
            if len(index) == 0:
                break
    return ends, settled


def cluster(points: Tensor, tolerance: float) -> Tensor:
    """Gather points around leaders: each pass makes the first free point of every group the leader of its neighbours.

    Args:
        points: [G, N, s].
        tolerance: the largest distance to a leader.

    Returns:
        int64 [G, N]: the position of each point's leader in its group.
    """
    groups = torch.arange(len(points), device=points.device)
    leader = torch.full(points.shape[:2], -1, device=points.device)
    while bool((free := leader < 0).any()):
        groups = groups[free[groups].any(-1)]
        first = free[groups].int().argmax(-1)
        near = (points[groups] - points[groups, first][:, None]).norm(dim=-1) <= tolerance
        leader[groups] = torch.where(near & free[groups], first[:, None], leader[groups])
        leader[groups, first] = first  # also where a point is not a number
    return leader
