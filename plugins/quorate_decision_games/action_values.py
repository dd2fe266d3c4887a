"""Estimates of the averaged Q function of the decision, for n agents in S runs at once."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from typing_extensions import override

from quorate_decision_games.grid import Grid
from quorate_decision_games.payoff import Payoff


@dataclass(frozen=True)
class Epoch:
    """What B episodes of S runs brought.

    Attributes:
        actions: float64 [S, n, B], of the decision.
        returns: float64 [S, B], the team's discounted return.
        flag_value: float64 [S, n], what raising its flag is worth to an agent, by the rewards met so far.
    """

    actions: Tensor
    returns: Tensor
    flag_value: Tensor


class ActionValues(ABC):
    """Q_i(a) up to a constant of each agent, which does not change the update."""

    @abstractmethod
    def observe(self, epoch: Epoch) -> None:
        """Learn from an epoch."""

    @abstractmethod
    def __call__(self, actions: Tensor) -> Tensor:
        """[S, n, M] -> [S, n, M]."""

    @abstractmethod
    def state_dict(self) -> dict[str, Any]:
        """What later calls depend on; the tensors are copies."""

    @abstractmethod
    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Continue from what `state_dict` returned."""


class OracleValues(ActionValues):
    """r_start(a), plus p_start(a) times the worth of a flag once flags were met (the assumption of Theorem 3.1).

    Args:
        payoff: of the game.
        like: [S, n], for shape, type and device.
    """

    def __init__(self, payoff: Payoff, like: Tensor) -> None:
        self._payoff = payoff
        self._flag_value = torch.zeros_like(like)

    @override
    def observe(self, epoch: Epoch) -> None:
        self._flag_value = epoch.flag_value

    @override
    def __call__(self, actions: Tensor) -> Tensor:
        return self._payoff.start_reward(actions) + self._flag_value[..., None] * self._payoff.success(actions)

    @override
    def state_dict(self) -> dict[str, Any]:
        return {"flag_value": self._flag_value.clone()}

    @override
    def load_state_dict(self, state: dict[str, Any]) -> None:
        self._flag_value = state["flag_value"].to(self._flag_value.device, copy=True)


class KernelValues(ActionValues):
    """Nadaraya-Watson regression of returns on an agent's own actions, over all epochs, with the prior -nu a^2.

    Only sums on the grid are kept; between its points, Q is linear.

    Args:
        payoff: of the game.
        grid: G actions.
        like: [S, n], for shape, type and device.
        bandwidth: of the Gaussian kernel, in units of the action.
        prior_weight: samples that the prior counts for.
    """

    def __init__(self, payoff: Payoff, grid: Grid, like: Tensor, bandwidth: float, prior_weight: float) -> None:
        self._grid, self._bandwidth = grid, bandwidth
        size = *like.shape, len(grid.points)
        self._weight = torch.full(size, prior_weight, dtype=like.dtype, device=like.device)
        self._total = prior_weight * payoff.cost(grid.points).expand(size)

    @override
    def observe(self, epoch: Epoch) -> None:
        distance = (epoch.actions[..., None] - self._grid.points) / self._bandwidth
        kernel = torch.exp(-distance.square() / 2)  # [S, n, B, G]
        self._weight = self._weight + kernel.sum(-2)
        self._total = self._total + torch.einsum("snbg,sb->sng", kernel, epoch.returns)

    @override
    def __call__(self, actions: Tensor) -> Tensor:
        return self._grid.interpolate(self._total / self._weight.clamp(min=1e-12), actions)

    @override
    def state_dict(self) -> dict[str, Any]:
        return {"weight": self._weight.clone(), "total": self._total.clone()}

    @override
    def load_state_dict(self, state: dict[str, Any]) -> None:
        device = self._weight.device
        self._weight, self._total = (state[name].to(device, copy=True) for name in ("weight", "total"))
