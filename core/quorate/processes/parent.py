"""What processes do that belong to another: they end with it."""

import ctypes
import os
import signal
import sys

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
