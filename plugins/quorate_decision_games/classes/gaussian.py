"""Gaussian policies: the update is projected by the KL divergence."""

from typing import Any

import torch
from torch import Tensor
from typing_extensions import override

from quorate_decision_games.classes.base import DecisionPolicies, LogWeight
from quorate_decision_games.grid import Grid, Nodes, log_normal_density, normal_nodes, standard_normal

DAMPING = 0.5
LEAST_PRECISION = 0.01
"""An update lowers the precision 1 / v at most to this share."""


class GaussianPolicies(DecisionPolicies):
    """Normal distributions, clipped to the grid's interval.

    The projection is the stationary point of KL(N(mu, v) | old exp(w)) that a damped iteration from the old policy
    leads to (2605.07101, Eq. 3 to 9):

        mu = mu_old + v_old dE[w]/dmu,    1 / v = 1 / v_old - 2 dE[w]/dv,

    with dE[w]/dmu = E[(a - mu) w] / v and dE[w]/dv = E[((a - mu)^2 - v) w] / (2 v^2).

    Args:
        runs: S.
        agents: n.
        grid: of actions; its ends are used.
        variance: of the initial policy, N(0, variance).
        iterations: of the damped iteration.

    Attributes:
        mean: [S, n].
        variance: [S, n].
    """

    def __init__(self, runs: int, agents: int, grid: Grid, variance: float, iterations: int) -> None:
        self._low, self._high, self._iterations = grid.low, grid.high, iterations
        self.mean = torch.zeros(runs, agents, dtype=torch.float64, device=grid.points.device)
        self.variance = torch.full_like(self.mean, variance)
        self._z, self._weights = standard_normal(grid.points.device)

    @override
    def sample(self, count: int, generator: torch.Generator) -> Tensor:
        device = self.mean.device
        noise = torch.randn(*self.mean.shape, count, generator=generator, dtype=torch.float64, device=device)
        actions = torch.addcmul(self.mean[..., None], noise, self.variance.sqrt()[..., None])
        return actions.clamp(self._low, self._high)

    @override
    def nodes(self) -> Nodes:
        return normal_nodes(self.mean, self.variance, self._low, self._high)

    @override
    def density(self, grid: Grid) -> Tensor:
        deviation = self.variance.sqrt()[..., None]
        return log_normal_density((grid.points - self.mean[..., None]) / deviation, 1.0).exp() / deviation

    @override
    def project(self, log_weight: LogWeight, generator: torch.Generator) -> None:
        mean, precision = self.mean, 1 / self.variance
        for _ in range(self._iterations):
            slope, curve = self._derivatives(mean, 1 / precision, log_weight)
            wanted = (1 / self.variance - 2 * curve).clamp(min=LEAST_PRECISION / self.variance)
            mean = torch.lerp(mean, self.mean + self.variance * slope, DAMPING)
            precision = torch.lerp(precision, wanted, DAMPING)
        self.mean, self.variance = mean, 1 / precision

    @override
    def state_dict(self) -> dict[str, Any]:
        return {"mean": self.mean.clone(), "variance": self.variance.clone()}

    @override
    def load_state_dict(self, state: dict[str, Any]) -> None:
        device = self._z.device
        self.mean, self.variance = (state[name].to(device, copy=True) for name in ("mean", "variance"))

    def _derivatives(self, mean: Tensor, variance: Tensor, log_weight: LogWeight) -> tuple[Tensor, Tensor]:
        """dE[w]/dmu and dE[w]/dv, [S, n]."""
        deviation = variance.sqrt()
        values = log_weight(mean[..., None] + deviation[..., None] * self._z)
        weighted = self._weights * (values - (self._weights * values).sum(-1, keepdim=True))
        slope = (weighted * self._z).sum(-1) / deviation
        return slope, (weighted * (self._z.square() - 1)).sum(-1) / (2 * variance)
