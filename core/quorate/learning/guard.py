"""Watches for NaN and infinity without waiting for the device."""

import torch
from torch import Tensor

_AT_ONCE = 512
"""So many tensors are kept at most before they are looked at."""
_TOGETHER = 2**18
"""Elements that are copied side by side at most, so that they stay in a cache."""
_FEW = 4
"""From so many on, it is quicker to look at tensors side by side than at one after the other."""
_NAMES, _NOBODY = 256, torch.iinfo(torch.int64).max
"""Names there can be, and what stands for none of them."""


class Guard:
    """Remembers which of the watched tensors was the first to hold a NaN or an infinity.

    Its metrics, ``nonfinite/<name>``, go among those of a training step; the run loop stops at the first that is not 0.
    What goes bad later is not blamed: a NaN soon reaches every other tensor. Tensors are kept and looked at together
    when metrics are wanted: once in a training step, however many steps of environments it has.
    """

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}
        self._watched: list[tuple[int, Tensor]] = []
        self._order: list[int] = []
        self._keys = self._blamed = torch.tensor(_NOBODY)

    def watch(self, name: str, tensor: Tensor) -> None:
        """Look at a floating-point tensor, later: nobody may change it in place.

        What causes others to go bad must be watched before them.
        """
        number = self._numbers.setdefault(name, len(self._numbers))
        # Keys grow with time, so that the least of those that are bad names the one to blame.
        key = len(self._watched) * _NAMES + number
        self._watched.append((key, tensor.detach() if tensor.requires_grad else tensor))
        if len(self._watched) >= _AT_ONCE:
            self._look()

    def metrics(self) -> dict[str, Tensor]:
        """``nonfinite/<name>``: 1 for the tensor that was the first not to be finite, else 0."""
        self._look()
        numbers = torch.arange(len(self._numbers), device=self._blamed.device)
        found = (numbers == self._blamed % _NAMES).float().unbind()
        return {f"nonfinite/{name}": blamed for name, blamed in zip(self._numbers, found, strict=True)}

    @torch.no_grad()
    def _look(self) -> None:
        """Blame the first of those that were kept, unless one was blamed before."""
        if not self._watched:
            return
        parts = _alike(self._watched)
        self._watched = []
        zeros = torch.hstack([zero for part in parts for zero in _zeros([tensor for _, tensor in part])])
        order = [key for part in parts for key, _ in part]
        if order != self._order:  # it is the same in most training steps
            self._order, self._keys = order, torch.tensor(order, device=zeros.device)
        first, before = self._keys.where(zeros.isnan(), _NOBODY).min(), self._blamed.to(zeros.device)
        self._blamed = torch.where(before == _NOBODY, first, before)


def _alike(watched: list[tuple[int, Tensor]]) -> list[list[tuple[int, Tensor]]]:
    """Parts of which each holds tensors of one shape and type."""
    groups: dict[tuple[torch.Size, torch.dtype], list[tuple[int, Tensor]]] = {}
    for key, tensor in watched:
        groups.setdefault((tensor.shape, tensor.dtype), []).append((key, tensor))
    parts = []
    for (shape, _), group in groups.items():
        count = max(1, _TOGETHER // max(1, shape.numel()))
        parts += [group[start : start + count] for start in range(0, len(group), count)]
    return parts


def _zeros(tensors: list[Tensor]) -> list[Tensor]:
    """0 for each of some tensors of one shape and type, and NaN where not all of it is finite: 0-d and 1-d tensors."""
    if len(tensors) < _FEW:
        return [(tensor - tensor).sum() for tensor in tensors]
    together = torch.stack(tensors).unsqueeze(-1).flatten(1)
    return [together.sub_(together).sum(1)]
