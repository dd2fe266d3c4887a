"""Are an agent's attractors the states that are consistent with its history (2410.13953, Theorems 1 and 2)?"""

from dataclasses import dataclass

import torch
from torch import Tensor

from quorate_state_inference.metrics import total_variation
from quorate_state_inference.paper_figures.attractors import Attractors, eigenvalues, find_attractors
from quorate_state_inference.paper_figures.sharing import Sharing, shared_fixed_points
from quorate_state_inference.paper_figures.subject import Subject, consistent

RADIUS = 0.3
"""An attractor stands for a state that it is this close to."""
ELEMENTS_AT_ONCE = 2**23
"""Most distances held at once, to bound memory."""


@dataclass(frozen=True)
class FixedPoints:
    """The attractors of H histories held against the K states.

    The nearest state of an attractor is the nearest one that is consistent with its history. It is good if it is
    stable and within `RADIUS` of that state.

    Attributes:
        histories: [H, h].
        labels: whose each history is and what was observed.
        states: [K, s].
        attractors: found from `noises` noises and from up to `Effort.states` consistent states of each history.
        eigenvalue: [A], |lambda|max of df/dy there.
        noises: of each history.
        nearest: int64 [A].
        deviation: [A], the distance to it.
        mass: [A], the share of noises that ended there.
        exact: [H, K], the exact posterior.
        found: [H, K], the share of noises that ended within `RADIUS` of the state.
        checked: bool [H, K], consistent states that flows were started from.
        represented: bool [H, K], states with a good attractor.
        sharing: fixed points that all agents share.
    """

    histories: Tensor
    labels: list[str]
    states: Tensor
    attractors: Attractors
    eigenvalue: Tensor
    noises: int
    nearest: Tensor
    deviation: Tensor
    mass: Tensor
    exact: Tensor
    found: Tensor
    checked: Tensor
    represented: Tensor
    sharing: Sharing

    @property
    def good(self) -> Tensor:
        """bool [A]."""
        return (self.deviation < RADIUS) & (self.eigenvalue < 1)

    @property
    def missing(self) -> int:
        """Consistent states without an attractor, of those checked."""
        return int((self.checked & ~self.represented).sum())

    @property
    def spurious_of_history(self) -> Tensor:
        """Share of the noises that ended at no consistent state, [H]."""
        return (1 - self.found.sum(-1)).clamp(min=0)

    @property
    def spurious(self) -> float:
        """The mean of that over histories."""
        return float(self.spurious_of_history.mean())

    @property
    def max_deviation(self) -> float | None:
        """Of good attractors."""
        return float(self.deviation[self.good].max()) if bool(self.good.any()) else None

    @property
    def max_eigenvalue(self) -> float | None:
        """|lambda|max of good attractors."""
        return float(self.eigenvalue[self.good].max()) if bool(self.good.any()) else None

    @property
    def variation(self) -> Tensor:
        """Total variation between the noises' ends and the exact posterior; ends elsewhere count in full. [H]."""
        elsewhere = self.spurious_of_history[:, None]
        zeros = torch.zeros_like(elsewhere)
        return total_variation(torch.cat([self.found, elsewhere], -1), torch.cat([self.exact, zeros], -1)).clamp(max=1)

    @property
    def mean_total_variation(self) -> float:
        """Its mean over histories."""
        return float(self.variation.mean())

    @property
    def max_total_variation(self) -> float:
        """Its largest."""
        return float(self.variation.max())

    @property
    def unsettled(self) -> float:
        """Share of the noises whose flow had not come to rest."""
        return float((self.mass * ~self.attractors.settled).sum()) / len(self.histories)

    @property
    def shared_is_truth(self) -> float | None:
        """See `Sharing.is_truth`."""
        return self.sharing.is_truth

    @property
    def shared_is_consistent(self) -> float:
        """See `Sharing.is_consistent`."""
        return self.sharing.is_consistent

    def summary(self) -> dict[str, float | int | None]:
        """The key numbers."""
        names = "missing spurious max_deviation max_eigenvalue mean_total_variation max_total_variation unsettled"
        values = {name: getattr(self, name) for name in [*names.split(), "shared_is_truth", "shared_is_consistent"]}
        checked, count = int(self.checked.sum()), len(self.histories)
        return {"histories": count, "attractors": len(self.deviation), "checked_states": checked, **values}


@torch.no_grad()
def fixed_points(subject: Subject) -> FixedPoints:
    """Find every attractor of the (sampled) histories and hold it against the consistent states.

    Raises:
        QuorateError: where there is no exact posterior.
    """
    posterior, randomness = subject.oracle, subject.randomness("fixed-points")
    histories = subject.sample_histories()
    exact = posterior.log_probability(histories[:, None]).exp()
    mask = consistent(posterior, histories[:, None])
    noise = torch.randn(
        len(histories), subject.noises, posterior.states.shape[1], generator=randomness, device=randomness.device
    )
    chosen = choose_states(mask, subject.effort.states, randomness)
    starts = torch.cat([noise, posterior.states[chosen]], dim=1)
    attractors = find_attractors(subject.denoiser, histories, starts, subject.effort.iterations)
    nearest, deviation = nearest_consistent(attractors, posterior.states, mask)
    eigenvalue = eigenvalues(subject.denoiser, histories, attractors)
    mass = attractors.mass(subject.noises)
    good = (deviation < RADIUS) & (eigenvalue < 1)
    return FixedPoints(
        histories,
        [subject.describe(history) for history in histories],
        posterior.states,
        attractors,
        eigenvalue,
        subject.noises,
        nearest,
        deviation,
        mass,
        exact,
        _tally(mask, attractors.owner, nearest, mass * (deviation < RADIUS)),
        torch.zeros_like(mask).scatter_(1, chosen, True) & mask,
        _tally(mask, attractors.owner, nearest, good.float()) > 0,
        shared_fixed_points(subject),
    )


def choose_states(mask: Tensor, count: int, randomness: torch.Generator) -> Tensor:
    """Up to `count` random consistent states of each history, repeated where it has fewer: [H, K] -> int64 [H, C]."""
    count = min(count, int(mask.sum(-1).max()))
    keys = torch.rand(mask.shape, generator=randomness, device=mask.device) + mask
    chosen = keys.topk(count, dim=-1).indices
    return torch.where(mask.gather(1, chosen), chosen, chosen[:, :1])


def nearest_consistent(attractors: Attractors, states: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
    """The nearest of the states [K, s] that the owner's history allows (mask bool [H, K]) and its distance: [A]."""
    indices, distances = [], []
    rows = max(1, ELEMENTS_AT_ONCE // len(states))
    for points, owner in zip(attractors.points.split(rows), attractors.owner.split(rows), strict=True):
        square = torch.cdist(points, states, compute_mode="donot_use_mm_for_euclid_dist")
        best = square.masked_fill_(~mask[owner], torch.inf).min(-1)
        indices.append(best.indices)
        distances.append(best.values)
    return torch.cat(indices), torch.cat(distances)


def _tally(like: Tensor, owner: Tensor, state: Tensor, weight: Tensor) -> Tensor:
    """Sum weights [A] by history and state: float32 of the shape of `like`, [H, K]."""
    total = torch.zeros(like.shape, device=like.device)
    return total.index_put_((owner, state), weight, accumulate=True)
