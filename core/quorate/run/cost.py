"""The memory that a run has needed so far."""

import os
import resource
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil

_PROCESSES = Path("/proc")


def peak_memory() -> int:
    """The largest resident size so far of this process, plus those of its worker processes, in bytes.

    Pages that processes share are counted in each.
    """
    own = _high_water("self") or _of_this_process()
    return own + sum(_of_child(child) for child in _descendants())


def _descendants() -> list[int]:
    """What this process started, and what that did. Linux lists them; psutil goes through all processes there are."""
    if (_PROCESSES / "self" / "task" / str(os.getpid()) / "children").exists():
        return list(_below("self"))
    return [child.pid for child in psutil.Process().children(recursive=True)]


def _below(process: str) -> Iterator[int]:
    for children in (_PROCESSES / process / "task").glob("*/children"):
        found: list[str] = []
        with suppress(OSError):  # this thread has ended; others may go on
            found = children.read_text(encoding="ascii").split()
        for child in found:
            yield int(child)
            yield from _below(child)


def _of_this_process() -> int:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def _of_child(child: int) -> int:
    try:
        size: int = psutil.Process(child).memory_info().rss
    except psutil.Error:  # it has ended
        return 0
    return max(size, _high_water(str(child)))


def _high_water(process: str) -> int:
    """As the system remembers it; 0 where it does not say.

    What `getrusage` says is never below the size of the process that started this one.
    """
    try:
        text = (_PROCESSES / process / "status").read_text(encoding="ascii", errors="replace")
    except OSError:
        return 0
    found = [line.split() for line in text.splitlines() if line.startswith("VmHWM:")]
    return int(found[0][1]) * 1024 if found else 0
