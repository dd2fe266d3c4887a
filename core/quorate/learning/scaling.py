"""From normalised actions to an environment's own."""

from dataclasses import dataclass

import torch
from gymnasium.spaces import Box
from torch import Tensor

from quorate.interfaces import EnvironmentSpec
from quorate.learning.settings import Bounds


@dataclass(frozen=True)
class ActionScaling:
    """Maps actions in [-1, 1] to the boxes of n agents, and clips them; features without bounds pass unchanged.

    Attributes:
        centre: [n, a], 0 without bounds and with `Bounds.CLIP`.
        radius: [n, a], 1 without bounds and with `Bounds.CLIP`.
        low: [n, a], of the box; minus infinity without bounds, 0 where padded.
        high: [n, a], likewise.
    """

    centre: Tensor
    radius: Tensor
    low: Tensor
    high: Tensor

    @classmethod
    def of(
        cls, spec: EnvironmentSpec, device: torch.device | str = "cpu", bounds: Bounds = Bounds.RESCALE
    ) -> "ActionScaling | None":
        """For the agents of an environment; None where actions are discrete."""
        boxes = [space for space in spec.action_spaces if isinstance(space, Box)]
        if len(boxes) < len(spec.action_spaces):
            return None
        size = max(int(torch.tensor(box.shape).prod()) for box in boxes)
        low, high = torch.zeros(len(boxes), size), torch.zeros(len(boxes), size)
        for agent, box in enumerate(boxes):
            width = box.low.size
            low[agent, :width] = torch.as_tensor(box.low.ravel(), dtype=torch.float32)
            high[agent, :width] = torch.as_tensor(box.high.ravel(), dtype=torch.float32)
        bounded = low.isfinite() & high.isfinite()
        raw = ~bounded | (bounds is Bounds.CLIP)
        centre = torch.where(raw, 0.0, (low + high) / 2)
        radius = torch.where(raw, 1.0, (high - low) / 2)
        return cls(*(part.to(device) for part in (centre, radius, low, high)))

    def to_environment(self, actions: Tensor) -> Tensor:
        """[..., n, a] -> [..., n, a], within the bounds."""
        return torch.addcmul(self.centre, actions, self.radius).clamp(self.low, self.high)
