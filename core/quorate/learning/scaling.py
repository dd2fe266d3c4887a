"""From normalised actions to an environment's own."""

from dataclasses import dataclass

import torch
from gymnasium.spaces import Box
from torch import Tensor

from quorate.environments.bounds import float32_bounds
from quorate.interfaces import EnvironmentSpec
from quorate.learning.settings import Bounds

_LARGEST = torch.finfo(torch.float32).max


@dataclass(frozen=True)
class ActionScaling:
    """Maps actions in [-1, 1] to the boxes of n agents, and clips them.

    Features that lack a bound pass unchanged, as far as they are inside the box. Where it has but one, and none of
    [-1, 1] is inside, [-1, 1] becomes the range from that bound to three times it.

    Attributes:
        centre: [n, a], 0 where features pass unchanged and with `Bounds.CLIP`.
        radius: [n, a], 1 where features pass unchanged and with `Bounds.CLIP`.
        low: [n, a], the least float32 in the box, 0 where padded; finite.
        high: [n, a], the greatest, likewise.
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
        low, high = torch.zeros(2, len(boxes), max(box.low.size for box in boxes))
        for agent, box in enumerate(boxes):
            width = box.low.size
            low[agent, :width], high[agent, :width] = map(torch.from_numpy, float32_bounds(box))
        centre, radius = _passing(low, high) if bounds is Bounds.CLIP else _rescaling(low, high)
        limits = low.clamp(min=-_LARGEST), high.clamp(max=_LARGEST)
        return cls(*(part.to(device) for part in (centre, radius, *limits)))

    def to_environment(self, actions: Tensor) -> Tensor:
        """[..., n, a] -> [..., n, a], within the bounds."""
        return torch.addcmul(self.centre, actions, self.radius).clamp(self.low, self.high)

    def from_environment(self, actions: Tensor) -> Tensor:
        """The inverse, [..., n, a] -> [..., n, a]; zero where an interval is but a point."""
        wide = self.radius > 0
        return torch.where(wide, (actions - self.centre) / torch.where(wide, self.radius, 1.0), 0.0)


def _passing(low: Tensor, high: Tensor) -> tuple[Tensor, Tensor]:
    return torch.zeros_like(low), torch.ones_like(high)


def _rescaling(low: Tensor, high: Tensor) -> tuple[Tensor, Tensor]:
    """Centre and radius. Bounds are halved before they are added: their sum may be beyond float32."""
    bounded = low.isfinite() & high.isfinite()
    nearest = torch.zeros_like(low).clamp(low, high)
    far = nearest.abs() >= 1
    centre = torch.where(far, (2 * nearest).clamp(-_LARGEST, _LARGEST), 0.0)
    radius = torch.where(far, nearest.abs(), 1.0)
    return torch.where(bounded, low / 2 + high / 2, centre), torch.where(bounded, high / 2 - low / 2, radius)
