"""Watches for NaN and infinity without waiting for the device."""

import torch
from torch import Tensor


class Guard:
    """Remembers which of the watched tensors was the first to hold a NaN or an infinity.

    Its metrics, ``nonfinite/<name>``, go among those of a training step; the run loop stops at the first that is not 0.
    What goes bad later is not blamed: a NaN soon reaches every other tensor.
    """

    def __init__(self) -> None:
        self._blamed: dict[str, Tensor] = {}
        self._bad: Tensor | None = None

    @torch.no_grad()
    def watch(self, name: str, tensor: Tensor) -> None:
        """Look at a floating-point tensor; what causes others to go bad must be watched before them."""
        bad = tensor.detach().mul(0).sum().isnan()  # the sum is 0, unless an element is not finite
        first = bad if self._bad is None else bad > self._bad
        self._blamed[name] = self._blamed[name] | first if name in self._blamed else first
        self._bad = bad if self._bad is None else self._bad | bad

    def metrics(self) -> dict[str, Tensor]:
        """``nonfinite/<name>``: 1 for the tensor that was the first not to be finite, else 0."""
        return {f"nonfinite/{name}": first.float() for name, first in self._blamed.items()}
