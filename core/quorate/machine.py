"""How much memory this machine has, and what of it is free: of the system, or of the group that this process is in."""

from pathlib import Path

import psutil

GIB = 2**30

_CGROUP = Path("/sys/fs/cgroup")


def size_text(size: float) -> str:
    """``512 MiB``, ``1.5 GiB``."""
    for unit in ("B", "KiB", "MiB"):
        if size < 1000:
            return f"{size:.3g} {unit}"
        size /= 1024
    return f"{size:.3g} GiB"


def available() -> float:
    """Bytes that can be used, by the system and by the limit of this process's group."""
    free = float(psutil.virtual_memory().available)
    limit, used = _group("memory.max"), _group("memory.current")
    return free if limit is None or used is None else min(free, limit - used)


def total() -> float:
    """Bytes of memory, or the limit of this process's group."""
    everything = float(psutil.virtual_memory().total)
    return min(everything, _group("memory.max") or everything)


def _group(name: str) -> float | None:
    try:
        return float((_CGROUP / name).read_text())
    except (OSError, ValueError):  # no such group, or "max"
        return None
