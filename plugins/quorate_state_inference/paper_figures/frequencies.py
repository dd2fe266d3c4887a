"""Do the attractors' basins hold the posterior probabilities (2410.13953, Fig. 1 and Theorem 4)?"""

from dataclasses import dataclass

import torch
from torch import Tensor

from quorate_state_inference.metrics import total_variation
from quorate_state_inference.paper_figures.consistency import FixedPoints
from quorate_state_inference.paper_figures.subject import Subject


@dataclass(frozen=True)
class Frequencies:
    """How often flows from noise end at each state, against the exact posterior, for H histories and K states.

    Attributes:
        labels: of the histories.
        exact: [H, K].
        found: [H, K].
        elsewhere: [H], the share that ends at no consistent state.
        variation: [H], total variation; ends elsewhere count in full.
        floor: the mean total variation of as many exact samples.
        floor_max: its largest over histories.
        exact_marginal: [H, s], the posterior mean of the state.
        found_marginal: [H, s], the mean of the flows' ends.
        noises: flows of each history.
    """

    labels: list[str]
    exact: Tensor
    found: Tensor
    elsewhere: Tensor
    variation: Tensor
    floor: float
    floor_max: float
    exact_marginal: Tensor
    found_marginal: Tensor
    noises: int

    def summary(self) -> dict[str, float]:
        """The key numbers."""
        return {
            "total_variation_mean": float(self.variation.mean()),
            "total_variation_max": float(self.variation.max()),
            "floor_mean": self.floor,
            "floor_max": self.floor_max,
            "elsewhere": float(self.elsewhere.mean()),
            "marginal_error": float((self.exact_marginal - self.found_marginal).abs().mean()),
        }


@torch.no_grad()
def posterior_frequencies(subject: Subject, points: FixedPoints) -> Frequencies:
    """Read the frequencies off the fixed points that were found."""
    floor = _sampling_floor(points.exact, points.noises, subject.randomness("floor"))
    means = torch.zeros(len(points.histories), points.states.shape[1], device=points.states.device)
    means.index_add_(0, points.attractors.owner, points.attractors.points * points.mass[:, None])
    return Frequencies(
        labels=points.labels,
        exact=points.exact,
        found=points.found,
        elsewhere=points.spurious_of_history,
        variation=points.variation,
        floor=float(floor.mean()),
        floor_max=float(floor.max()),
        exact_marginal=points.exact @ points.states,
        found_marginal=means,
        noises=points.noises,
    )


def _sampling_floor(exact: Tensor, draws: int, randomness: torch.Generator) -> Tensor:
    """Total variation between distributions [H, K] and `draws` exact samples of each: [H]."""
    samples = torch.multinomial(exact, draws, replacement=True, generator=randomness)
    counts = torch.zeros_like(exact).scatter_add_(1, samples, torch.ones_like(samples, dtype=exact.dtype))
    return total_variation(counts / draws, exact)
