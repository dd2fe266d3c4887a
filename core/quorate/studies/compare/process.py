"""What processes do that belong to another: they end with it, and how they ended is told."""

import ctypes
import os
import signal
import sys

from quorate.child import ending

_PR_SET_PDEATHSIG = 1


def end_with_parent(parent: int | None = None) -> None:
    """Get SIGTERM when the parent dies, however it dies; a run then writes a checkpoint and stops.

    On systems without such a signal nothing is done; there the parent's pipes are what ends its children.

    Args:
        parent: its process id, where it is known; it may have died already.
    """
    if sys.platform.startswith("linux"):
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    if parent is not None and os.getppid() != parent:
        raise SystemExit(128 + signal.SIGTERM)


def death(code: int) -> dict[str, str]:
    """The ending of a task whose process ended without telling one, by its exit code; below 0, the signal.

    SIGTERM, before the run was there to note it, stops a task as it does later.
    """
    if code == -signal.SIGTERM:
        return {"how": "stopped"}
    words = f"The process of the run {ending(code)}"
    if code >= 0:
        return {"how": "failed", "error": f"{words} before the run had."}
    memory = " The system does so where memory runs out: see the settings of the launcher." * (code == -signal.SIGKILL)
    return {"how": "failed", "error": f"{words}.{memory}"}
