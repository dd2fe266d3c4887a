"""The surrogate linear regression whose residual bounds deviations (2410.13953, Definition 5 and Theorem 6)."""

from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor

from quorate_state_inference.paper_figures.response import Responses

QUANTILES = (0.1, 0.25, 0.5, 0.75, 0.95)
"""Of the distances of other samples' Jacobians from a centre's; each centre has its own eps, so that those far from
all others have neighbours too."""


@dataclass(frozen=True)
class Bound:
    """One eps: neighbourhoods M_eps of C centres.

    Attributes:
        quantile: of the distances from a centre to all other samples.
        epsilon: the distance ||dJ_y||_F, mean over centres.
        members: mean size of a neighbourhood, its centre included.
        interpolated: share of the neighbourhoods with no more members than tau has features; their R is near 0
            because the regression can interpolate, not because the map is linear.
        residual: R, the residual of the optimal centred linear regression of states on histories: squared error,
            summed over features, mean over members; mean over centres.
        residual_quartiles: the first and the third over centres.
        root: the mean of sqrt(R). R is a square and D is a norm; the paper compares the two directly.
        deviation: mean D of members; mean over centres.
        covered: P(D <= R) over members; mean over centres.
        covered_root: P(D <= sqrt(R)).
    """

    quantile: float
    epsilon: float
    members: float
    interpolated: float
    residual: float
    residual_quartiles: tuple[float, float]
    root: float
    deviation: float
    covered: float
    covered_root: float


@dataclass(frozen=True)
class Surrogate:
    """The bound at several eps, smallest first, and the deviations [M] of all samples."""

    bounds: list[Bound]
    deviation: Tensor

    @property
    def is_monotone(self) -> bool:
        """R never falls by more than a tenth as eps grows: being a mean over members, it may fall a little."""
        values = [bound.residual for bound in self.bounds]
        return all(0.9 * first <= second + 1e-6 for first, second in pairwise(values))

    def summary(self) -> dict[str, float | bool]:
        """The key numbers."""
        middle = self.bounds[len(self.bounds) // 2]
        numbers = {"epsilon": middle.epsilon, "residual": middle.residual, "root": middle.root}
        shares = {"covered": middle.covered, "covered_root": middle.covered_root, "interpolated": middle.interpolated}
        return {"quantile": middle.quantile, **numbers, "deviation": middle.deviation, **shares} | {
            "monotone": self.is_monotone
        }


@torch.no_grad()
def surrogate_bound(responses: Responses, centres: int, quantiles: tuple[float, ...] = QUANTILES) -> Surrogate:
    """R and D in neighbourhoods of the first `centres` samples, for eps at quantiles of their distances."""
    flat = responses.jacobian.flatten(1)
    distance = torch.cdist(flat[:centres], flat, compute_mode="donot_use_mm_for_euclid_dist")
    levels = torch.quantile(distance, torch.tensor(quantiles, device=distance.device), dim=1)
    bounds = [
        _bound(responses, distance <= level[:, None], quantile, float(level.mean()))
        for quantile, level in zip(quantiles, levels, strict=True)
    ]
    return Surrogate(bounds, responses.deviation)


def residuals(inputs: Tensor, states: Tensor, members: Tensor) -> Tensor:
    """The mean squared residual of the best affine map from inputs to states in each neighbourhood.

    R = Tr(S_s) - Tr(S_st S_t^-1 S_ts) (Theorem 6), by least squares of minimal norm in float64, for covariances of
    histories are singular: an agent's mask does not vary.

    Args:
        inputs: [M, t].
        states: [M, s].
        members: bool [C, M].

    Returns:
        [C].
    """
    weight = members.double().cpu()[..., None]
    size = weight.sum(1, keepdim=True)
    design, target = (_centre(value.double().cpu(), weight, size) for value in (inputs, states))
    solution = torch.linalg.lstsq(design, target, driver="gelsd").solution
    error: Tensor = ((design @ solution - target) ** 2).sum((1, 2))
    return (error / size[:, 0, 0]).float().to(inputs.device)


def _centre(values: Tensor, weight: Tensor, size: Tensor) -> Tensor:
    """[M, d] less the mean of each neighbourhood, zero for those outside of it: [C, M, d]."""
    mean = (values * weight).sum(1, keepdim=True) / size
    return (values - mean) * weight


def _bound(responses: Responses, members: Tensor, quantile: float, epsilon: float) -> Bound:
    residual = residuals(responses.inputs, responses.states, members)
    size = members.sum(-1)

    def average(values: Tensor) -> float:
        return float(((values * members).sum(-1) / size).mean())

    deviation = responses.deviation.expand(members.shape)
    first, third = torch.quantile(residual, torch.tensor([0.25, 0.75], device=residual.device)).tolist()
    return Bound(
        quantile=quantile,
        epsilon=epsilon,
        members=float(size.float().mean()),
        interpolated=float((size <= responses.inputs.shape[-1]).float().mean()),
        residual=float(residual.mean()),
        residual_quartiles=(first, third),
        root=float(residual.sqrt().mean()),
        deviation=average(deviation),
        covered=average((deviation <= residual[:, None]).float()),
        covered_root=average((deviation <= residual.sqrt()[:, None]).float()),
    )
