"""Actions as features: what inputs and histories hold of the actions taken."""

import torch
from torch import Tensor

from quorate.interfaces import EnvironmentSpec, PolicySpec
from quorate.learning.scaling import ActionScaling


class ActionFeatures:
    """Each agent's action as a numbers (`PolicySpec.action_size`): one-hot, or in [-1, 1] where it has bounds.

    Args:
        spec: of the environment.
        device: of the actions.

    Raises:
        QuorateError: where the action spaces are neither all discrete nor all boxes.
    """

    def __init__(self, spec: EnvironmentSpec, device: torch.device | str) -> None:
        self.size = PolicySpec.of(spec, 0).action_size
        self._choices = torch.arange(self.size, device=device)
        self._scaling = ActionScaling.of(spec, device)

    def __call__(self, actions: Tensor) -> Tensor:
        """Actions for `Environment.step`, [B, n] or [B, n, a], as float32 [B, n, a]; zero where padded."""
        if self._scaling is None:
            return (actions[..., None] == self._choices).float()
        return self._scaling.from_environment(actions)
