"""The memory that a run has needed so far."""

import resource
import sys
from pathlib import Path

import psutil

_STATUS = "/proc/{}/status"


def peak_memory() -> int:
    """The largest resident size so far of this process, plus those of its worker processes, in bytes.

    Pages that processes share are counted in each.
    """
    children = psutil.Process().children(recursive=True)
    own = _high_water("self") or _of_this_process()
    return own + sum(_of_child(child) for child in children)


def _of_this_process() -> int:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def _of_child(child: psutil.Process) -> int:
    try:
        size: int = child.memory_info().rss
    except psutil.Error:  # it has ended
        return 0
    return max(size, _high_water(str(child.pid)))


def _high_water(process: str) -> int:
    """As the system remembers it; 0 where it does not say.

    What `getrusage` says is never below the size of the process that started this one.
    """
    try:
        text = Path(_STATUS.format(process)).read_text(encoding="ascii", errors="replace")
    except OSError:
        return 0
    found = [line.split() for line in text.splitlines() if line.startswith("VmHWM:")]
    return int(found[0][1]) * 1024 if found else 0
