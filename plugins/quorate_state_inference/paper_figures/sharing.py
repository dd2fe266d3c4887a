"""Which fixed points all agents share, and are they the states that the joint history allows (Theorems 3 and 4)?"""

from dataclasses import dataclass

import torch
from torch import Tensor

from quorate_state_inference.paper_figures.attractors import SAME, cluster, find_attractors
from quorate_state_inference.paper_figures.subject import Subject, consistent

TOLERANCE = 0.15
"""Fixed points of different agents this close are shared: each deviates from the state in its own way."""
MATCH = 0.3
"""A shared fixed point stands for a state that it is this close to."""
NOISES = 100
CANDIDATES = 200


@dataclass(frozen=True)
class Shared:
    """The fixed points that all agents share at one joint history.

    Attributes:
        truth: index of the state behind the history.
        consistent: indices of the states that the joint history allows.
        matched: indices of the states that shared fixed points stand for, in order, each once.
        strangers: shared fixed points that stand for no state that the joint history allows.
        points: [F, s].
    """

    truth: int
    consistent: list[int]
    matched: list[int]
    strangers: int
    points: Tensor

    @property
    def is_consistent(self) -> bool:
        """They are all the states that the joint history allows, and nothing else (Theorem 4)."""
        return self.matched == self.consistent and not self.strangers


@dataclass(frozen=True)
class Sharing:
    """Shared fixed points of several joint histories."""

    joint: list[Shared]

    @property
    def is_truth(self) -> float | None:
        """Of the joint histories that determine the state, the share whose only shared fixed point it is."""
        sure = [shared for shared in self.joint if len(shared.consistent) == 1]
        right = [shared.is_consistent and shared.matched == [shared.truth] for shared in sure]
        return sum(right) / len(right) if sure else None

    @property
    def is_consistent(self) -> float:
        """Share of the joint histories whose shared fixed points are all the states they allow, and nothing else."""
        return sum(shared.is_consistent for shared in self.joint) / len(self.joint)


@torch.no_grad()
def shared_fixed_points(subject: Subject) -> Sharing:
    """Intersect the agents' fixed points, for each (sampled) joint history.

    Every agent's flow is followed from noises and from the states that most agents hold possible (Definition 4), for
    noises alone miss attractors where there are hundreds.

    Raises:
        QuorateError: where there is no exact posterior.
    """
    posterior, rows = subject.oracle, subject.sample_joint()
    randomness = subject.randomness("sharing")
    joint = []
    for histories, state in zip(subject.identified(rows.windows), rows.states, strict=True):
        popularity = consistent(posterior, histories[:, None]).sum(0)
        likely = popularity.topk(min(CANDIDATES, len(popularity))).indices
        points = _intersect(subject, histories, posterior.states[likely], randomness)
        allowed = consistent(posterior, histories[None])[0]
        joint.append(_judge(points, posterior.states, allowed, state))
    return Sharing(joint)


def _intersect(subject: Subject, histories: Tensor, candidates: Tensor, randomness: torch.Generator) -> Tensor:
    """Fixed points of the agents [n, h] that are within `TOLERANCE` of one of every agent: [F, s]."""
    shape = len(histories), NOISES, candidates.shape[1]
    noise = torch.randn(shape, generator=randomness, device=randomness.device)
    starts = torch.cat([noise, candidates.expand(len(histories), -1, -1)], dim=1)
    attractors = find_attractors(subject.denoiser, histories, starts, subject.effort.iterations)
    owner, points = attractors.owner[attractors.settled], attractors.points[attractors.settled]
    fewest = points[owner == owner.bincount(minlength=len(histories)).argmin()]
    distance = torch.cdist(fewest, points, compute_mode="donot_use_mm_for_euclid_dist")
    closest = torch.full((len(fewest), len(histories)), torch.inf, device=distance.device)
    closest.scatter_reduce_(1, owner.expand_as(distance), distance, "amin")
    shared = fewest[(closest <= TOLERANCE).all(-1)]
    return shared[cluster(shared[None], SAME)[0].unique()] if len(shared) else shared


def _judge(points: Tensor, states: Tensor, allowed: Tensor, truth: Tensor) -> Shared:
    index = int((states - truth).abs().sum(-1).argmin())
    possible = allowed.nonzero()[:, 0]
    if not len(points):
        return Shared(index, possible.tolist(), [], 0, points)
    best = torch.cdist(points, states[possible], compute_mode="donot_use_mm_for_euclid_dist").min(-1)
    near = best.values < MATCH
    matched = possible[best.indices[near]].unique().tolist()
    return Shared(index, possible.tolist(), matched, int((~near).sum()), points)
