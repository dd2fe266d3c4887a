"""The training steps after which is evaluated: known by arithmetic, however many there are."""

from bisect import bisect_left
from collections.abc import Sequence
from typing import Any, overload


class EvaluationSteps(Sequence[int]):
    """Training steps in order, the last of them the end; it costs the same for three and for a thousand million.

    Args:
        total: the training steps of the budget.
        every: one after every so many steps; 0: only at the end.
        points: instead, so many evenly spaced ones, as far as there are different ones; 0: off.
        at_start: also before the first step.
    """

    def __init__(self, total: int, *, every: int = 0, points: int = 0, at_start: bool = False) -> None:
        self._total, self._every = total, every or max(total, 1)
        self._points = min(points, total)
        self._first = 0 if at_start and total else 1
        self._count = max(1, self._points or -(-total // self._every))

    def __len__(self) -> int:
        return self._count + 1 - self._first

    @overload
    def __getitem__(self, index: int) -> int: ...
    @overload
    def __getitem__(self, index: slice) -> list[int]: ...
    def __getitem__(self, index: int | slice) -> int | list[int]:
        if isinstance(index, slice):
            return [self[place] for place in range(len(self))[index]]
        return self._step(range(len(self))[index] + self._first)

    def __contains__(self, step: Any) -> bool:
        place = bisect_left(self, step) if isinstance(step, int) else len(self)
        return place < len(self) and self[place] == step

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, Sequence)
            and len(self) == len(other)
            and all(a == b for a, b in zip(self, other, strict=True))
        )

    __hash__ = None  # type: ignore[assignment]

    def _step(self, number: int) -> int:
        """The step of a point, counted from 1; 0 is the start."""
        if self._points:
            return self._total * number // self._points
        return min(number * self._every, self._total)
