"""Watches for NaN and infinity without waiting for the device."""

import torch
from torch import Tensor


class Guard:
    """Remembers which of the watched tensors ever held a NaN or an infinity.

    Its metrics, ``nonfinite/<name>``, go among those of a training step; the run loop stops at the first that is not 0.
    """

    def __init__(self) -> None:
        self._sums: dict[str, Tensor] = {}

    @torch.no_grad()
    def watch(self, name: str, tensor: Tensor) -> None:
        """Look at a floating-point tensor; the order of first watching is the order of blame."""
        poison = tensor.detach().mul(0).sum()  # 0, unless an element is not finite
        self._sums[name] = self._sums[name] + poison if name in self._sums else poison

    def metrics(self) -> dict[str, Tensor]:
        """``nonfinite/<name>``: 1 where a tensor of that name was ever not finite, else 0."""
        return {f"nonfinite/{name}": poison.isnan().float() for name, poison in self._sums.items()}
