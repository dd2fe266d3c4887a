"""The actions of all agents as one vector."""

import torch
from torch import Tensor

from quorate.interfaces import PolicySpec


class JointActions:
    """Puts the real action features of n agents side by side, and takes them apart again.

    Args:
        spec: whose continuous actions.
        device: of the actions.

    Attributes:
        size: A, features of a joint action.
        real: bool [n, a], the features that are no padding.
    """

    def __init__(self, spec: PolicySpec, device: torch.device | str) -> None:
        self.size = sum(spec.action_sizes)
        self.real = spec.action_features(device)
        self._index = self.real.flatten().nonzero()[:, 0]
        self._padded = self.size < self.real.numel()

    def living(self, alive: Tensor) -> Tensor:
        """Which features of a joint action are of agents that are alive: bool [..., n] -> [..., A]."""
        return self.join(alive[..., None].expand(*alive.shape, self.real.shape[-1]))

    def join(self, actions: Tensor, alive: Tensor | None = None) -> Tensor:
        """[..., n, a] -> [..., A]; 0 for agents that are not alive, bool [..., n], as what they do means nothing."""
        flat = (actions if alive is None else actions * alive[..., None]).flatten(-2)
        return flat[..., self._index] if self._padded else flat

    def split(self, joint: Tensor) -> Tensor:
        """[..., A] -> [..., n, a], zero where padded."""
        flat = joint
        if self._padded:
            flat = joint.new_zeros(*joint.shape[:-1], self.real.numel()).index_copy(-1, self._index, joint)
        return flat.reshape(*joint.shape[:-1], *self.real.shape)

    def uniform(self, batch: int, generator: torch.Generator) -> Tensor:
        """Actions drawn uniformly from [-1, 1]: [B, n, a], zero where padded."""
        device = self.real.device
        return (torch.rand(batch, *self.real.shape, generator=generator, device=device) * 2 - 1) * self.real
