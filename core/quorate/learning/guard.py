"""Watches for NaN and infinity without waiting for the device."""

import torch
from torch import Tensor

_AT_ONCE = 512
"""So many tensors are kept at most before they are looked at."""


class Guard:
    """Remembers which of the watched tensors was the first to hold a NaN or an infinity.

    Its metrics, ``nonfinite/<name>``, go among those of a training step; the run loop stops at the first that is not 0.
    What goes bad later is not blamed: a NaN soon reaches every other tensor. Tensors are kept and looked at together
    when metrics are wanted: once in a training step, however many steps of environments it has.
    """

    def __init__(self) -> None:
        self._names: list[str] = []
        self._watched: list[tuple[int, Tensor]] = []
        self._blamed = torch.tensor(-1)

    def watch(self, name: str, tensor: Tensor) -> None:
        """Look at a floating-point tensor, later: nobody may change it in place.

        What causes others to go bad must be watched before them.
        """
        if name not in self._names:
            self._names.append(name)
        self._watched.append((self._names.index(name), tensor.detach() if tensor.requires_grad else tensor))
        if len(self._watched) >= _AT_ONCE:
            self._look()

    def metrics(self) -> dict[str, Tensor]:
        """``nonfinite/<name>``: 1 for the tensor that was the first not to be finite, else 0."""
        self._look()
        numbers = torch.arange(len(self._names), device=self._blamed.device)
        found = (numbers == self._blamed).float().unbind()
        return {f"nonfinite/{name}": blamed for name, blamed in zip(self._names, found, strict=True)}

    @torch.no_grad()
    def _look(self) -> None:
        """Blame the first of those that were kept, unless one was blamed before."""
        if not self._watched:
            return
        watched, self._watched = self._watched, []
        alike: dict[tuple[torch.Size, torch.dtype], list[int]] = {}
        for place, (_, tensor) in enumerate(watched):
            alike.setdefault((tensor.shape, tensor.dtype), []).append(place)
        bad = torch.cat([_any_not_finite([watched[place][1] for place in places]) for places in alike.values()])
        places = torch.tensor([place for places in alike.values() for place in places], device=bad.device)
        blamable = torch.tensor([*(number for number, _ in watched), -1], device=bad.device)  # -1: nobody
        first = blamable.take(places.where(bad, len(watched)).min())
        before = self._blamed.to(bad.device)
        self._blamed = torch.where(before < 0, first, before)


def _any_not_finite(tensors: list[Tensor]) -> Tensor:
    """Bool, for each of some tensors of one shape and type; one after the other would take six times as long."""
    together = torch.stack(tensors).unsqueeze(-1).flatten(1)
    return together.mul_(0.0).sum(1).isnan()  # what is finite becomes 0
