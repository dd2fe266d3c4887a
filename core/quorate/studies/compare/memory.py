"""Whether there is memory for one more run."""

from collections.abc import Sequence
from contextlib import suppress

import psutil

from quorate.machine import GIB, available, total

_GUESS = 1.0 * GIB
_RESERVE = 0.05
"""The share of all memory that is left to others."""


class Memory:
    """Admits runs by what earlier ones have needed, or by the GiB that one may need, where they are given."""

    def __init__(self, given: float | None = None) -> None:
        self._given = None if given is None else given * GIB
        self._peak = 0.0

    @property
    def need(self) -> float:
        """Bytes that a run is expected to need at most."""
        return self._given or self._peak or _GUESS

    def learn(self, peak: int | None) -> None:
        """A run has needed so many bytes."""
        self._peak = max(self._peak, peak or 0.0)

    def refusal(self, running: Sequence[int]) -> str | None:
        """Why one more run does not fit, or None where it does; one run alone always does.

        Args:
            running: the processes of those that run, 0 for one that has none yet; they may still grow to what one is
                expected to need.
        """
        if not running:
            return None
        free = available()
        sizes = [resident(process) for process in running]
        self._peak = max(self._peak, *sizes) if self._peak else self._peak
        growth = sum(max(0.0, self.need - size) for size in sizes)
        if free - growth - _RESERVE * total() >= self.need:
            return None
        return (
            f"waiting for memory: one run needs up to {self.need / GIB:.2g} GiB; {free / GIB:.2g} GiB are free, "
            f"of which the {len(running)} that run may need {growth / GIB:.2g}"
        )


def resident(process: int) -> int:
    """Bytes that a process and its children hold; 0 where it has ended, or is 0."""
    if not process:
        return 0
    with suppress(psutil.Error):
        parent = psutil.Process(process)
        return sum(_size(part) for part in [parent, *parent.children(recursive=True)])
    return 0


def _size(process: psutil.Process) -> int:
    with suppress(psutil.Error):
        size: int = process.memory_info().rss
        return size
    return 0
