"""All policies: the update is exact, up to a grid."""

from typing import Any

import torch
from torch import Tensor
from typing_extensions import override

from quorate_decision_games.classes.base import DecisionPolicies, LogWeight
from quorate_decision_games.grid import Grid, Nodes, log_normal_density


class AllPolicies(DecisionPolicies):
    """Densities on a grid, constant within its cells (2605.07101, Algorithm 1 without projection).

    Args:
        runs: S.
        agents: n.
        grid: of actions.
        variance: of the initial policy, N(0, variance).
    """

    def __init__(self, runs: int, agents: int, grid: Grid, variance: float) -> None:
        self._grid = grid
        start = log_normal_density(grid.points, variance).expand(runs, agents, -1)
        self._log_weights = torch.log_softmax(start, -1)

    @override
    def sample(self, count: int, generator: torch.Generator) -> Tensor:
        """Inverse distribution function, then uniform within the cell."""
        lead, device = self._log_weights.shape[:-1], self._log_weights.device
        uniform = torch.rand(2, *lead, count, generator=generator, dtype=torch.float64, device=device)
        cumulative = self._log_weights.exp().cumsum(-1)
        cell = torch.searchsorted(cumulative, uniform[0] * cumulative[..., -1:])
        centre = self._grid.points[cell.clamp(max=len(self._grid.points) - 1)]
        return (centre + (uniform[1] - 0.5) * self._grid.spacing).clamp(self._grid.low, self._grid.high)

    @override
    def nodes(self) -> Nodes:
        weights = self._log_weights.exp()
        return Nodes(self._grid.points.expand_as(weights), weights)

    @override
    def density(self, grid: Grid) -> Tensor:
        points = grid.points.expand(*self._log_weights.shape[:-1], -1)
        return self._grid.interpolate(self._log_weights.exp() / self._grid.spacing, points)

    @override
    def project(self, log_weight: LogWeight, generator: torch.Generator) -> None:
        """Nothing is lost."""
        weight = log_weight(self._grid.points.expand_as(self._log_weights))
        self._log_weights = torch.log_softmax(self._log_weights + weight, -1)

    @override
    def state_dict(self) -> dict[str, Any]:
        return {"log_weights": self._log_weights.clone()}

    @override
    def load_state_dict(self, state: dict[str, Any]) -> None:
        self._log_weights = state["log_weights"].to(self._grid.points.device, copy=True)
