"""What a policy class must offer to softmax policy gradient."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from quorate_decision_games.grid import Grid, Nodes

LogWeight = Callable[[Tensor], Tensor]
"""c Q of each agent's actions, [S, n, M] -> [S, n, M]: the log of what the old density is multiplied by."""


class DecisionPolicies(ABC):
    """The policies of n agents at the decision, in S independent runs at once."""

    accuracy = "by quadrature"
    """How expectations under the policies are found."""

    @abstractmethod
    def sample(self, count: int, generator: torch.Generator) -> Tensor:
        """Draw actions, float64 [S, n, count]."""

    @abstractmethod
    def nodes(self) -> Nodes:
        """The policies as weighted actions [S, n, M], to compute expectations."""

    @abstractmethod
    def density(self, grid: Grid) -> Tensor:
        """Densities on a grid, [S, n, G], to draw them."""

    @abstractmethod
    def project(self, log_weight: LogWeight, generator: torch.Generator) -> None:
        """Move to the member of the class nearest to the old density times exp(log_weight), normalised."""

    @abstractmethod
    def state_dict(self) -> dict[str, Any]:
        """What later calls depend on; the tensors are copies."""

    @abstractmethod
    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Continue from what `state_dict` returned."""
