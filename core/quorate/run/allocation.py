"""How the memory of a training process is taken from the system."""

import ctypes
import os
import sys
from contextlib import suppress

_TRIM, _MAP = -1, -3
"""M_TRIM_THRESHOLD and M_MMAP_THRESHOLD of glibc's mallopt."""
_KEPT, _MAPPED = 256 * 2**20, 32 * 2**20
"""Bytes: so much that is free stays with the process; larger tensors are mapped, and given back, one by one."""


def keep_freed_memory() -> None:
    """Let glibc keep what is freed, since the next update takes it again.

    As it is by itself, it gives memory back and is given it anew in each update of networks whose tensors have some
    megabytes, and each page costs a fault: 2 to 5 % of the processor's time of small learners. Who sets MALLOC_
    variables of the environment decides for themselves; other systems are left alone.
    """
    if sys.platform != "linux" or any(name.startswith("MALLOC_") for name in os.environ):
        return
    with suppress(OSError, AttributeError):  # another C library
        mallopt = ctypes.CDLL(None).mallopt
        mallopt(_MAP, _MAPPED)
        mallopt(_TRIM, _KEPT)
