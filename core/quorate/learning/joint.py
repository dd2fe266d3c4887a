"""The actions of all agents as one vector."""

import torch
from torch import Tensor

from quorate.interfaces import PolicySpec


class JointActions:
    """Puts the real action features of n agents side by side, and takes them apart again.

    The features of a choice are one-hot.

    Args:
        spec: whose actions.
        device: of the actions.

    Attributes:
        size: A, features of a joint action.
        real: bool [n, a], the features (or choices) that are no padding.
    """

    def __init__(self, spec: PolicySpec, device: torch.device | str) -> None:
        self.size = sum(spec.action_sizes)
        self.real = spec.action_features(device)
        self._discrete, self._choices = spec.discrete, torch.arange(spec.action_size, device=device)
        self._index = self.real.flatten().nonzero()[:, 0]
        self._padded = self.size < self.real.numel()

    def living(self, alive: Tensor) -> Tensor:
        """Which features of a joint action are of agents that are alive: bool [..., n] -> [..., A]."""
        return self.join(alive[..., None].expand(*alive.shape, self.real.shape[-1]))

    def features(self, actions: Tensor) -> Tensor:
        """Choices [..., n] as one-hot features [..., n, a]; continuous actions as they are."""
        return (actions[..., None] == self._choices).float() if self._discrete else actions

    def join(self, actions: Tensor, alive: Tensor | None = None) -> Tensor:
        """Features [..., n, a] -> [..., A]; 0 for agents that are not alive, bool [..., n]."""
        flat = (actions if alive is None else actions * alive[..., None]).flatten(-2)
        return flat[..., self._index] if self._padded else flat

    def split(self, joint: Tensor) -> Tensor:
        """[..., A] -> [..., n, a], zero where padded."""
        flat = joint
        if self._padded:
            flat = joint.new_zeros(*joint.shape[:-1], self.real.numel()).index_copy(-1, self._index, joint)
        return flat.reshape(*joint.shape[:-1], *self.real.shape)

    def uniform(self, batch: int, generator: torch.Generator, action_mask: Tensor | None = None) -> Tensor:
        """Random actions.

        Args:
            batch: B.
            generator: on the device of the actions.
            action_mask: bool [B, n, a] of valid choices, or None.

        Returns:
            float32 [B, n, a], drawn uniformly from [-1, 1], zero where padded; or int64 [B, n], uniform over what is
            valid, which may be anything where nothing is.
        """
        drawn = torch.rand(batch, *self.real.shape, generator=generator, device=self.real.device)
        if not self._discrete:
            return (drawn * 2 - 1) * self.real
        valid = self.real if action_mask is None else self.real & action_mask
        return drawn.masked_fill(~valid, -1.0).argmax(-1)
