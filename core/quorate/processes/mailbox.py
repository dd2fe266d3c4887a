"""Short messages in memory that two processes share, for whoever awaits them without sleeping."""

import platform
from collections.abc import Iterator
from contextlib import contextmanager
from mmap import mmap
from pathlib import Path

from quorate.processes import memory

_HALF, _AWAKE = 512, 256
"""Bytes of each side's half of the page, and the place in it that says whether this side looks into its box."""
_LONGEST = _AWAKE - 1
_ORDERED = ("x86_64", "amd64")
"""Processors that let others see what is written in the order in which it was written."""


class Mailbox:
    """A box each way, with room for one message.

    Whoever awaits messages looks into the box as long as it is awake, and says so before it sleeps; then, and where the
    box is full, there must be another way to reach it.

    Args:
        page: that both have mapped, all zero at first.
        side: 0 or 1, another one there.
    """

    def __init__(self, page: mmap, side: int) -> None:
        halves = memoryview(page)[:_HALF], memoryview(page)[_HALF:]
        self._ours, self._theirs = halves[side], halves[1 - side]
        self._last = b""

    @staticmethod
    @contextmanager
    def shared() -> "Iterator[tuple[Mailbox, str] | None]":
        """One of side 0, and where side 1 finds it before the context ends; None where there can be none."""
        if platform.machine().lower() not in _ORDERED:
            yield None
            return
        path, page = memory.create(2 * _HALF)
        try:
            yield Mailbox(page, 0), str(path)
        finally:
            path.unlink(missing_ok=True)

    @classmethod
    def attached(cls, path: str) -> "Mailbox":
        """Side 1 of what another process has made."""
        return cls(memory.attach(Path(path)), 1)

    def post(self, message: bytes) -> bool:
        """Put a message into the box; whether it could be, and will be looked for."""
        box = self._ours
        if box[0] or not self._theirs[_AWAKE] or len(message) > _LONGEST:
            return False
        if message is not self._last:  # nearly always it lies there already
            box[1 : 1 + len(message)] = message
            self._last = message
        box[0] = len(message)
        return True

    def look(self, times: int) -> bytes:
        """The message that has come, after looking so many times; empty where none has."""
        box = self._theirs
        for _ in range(times):
            if length := box[0]:
                message = bytes(box[1 : 1 + length])
                box[0] = 0
                return message
        return b""

    @property
    def awake(self) -> bool:
        """Whether this side looks into its box before long."""
        return bool(self._ours[_AWAKE])

    @awake.setter
    def awake(self, value: bool) -> None:
        self._ours[_AWAKE] = value

    @property
    def heard(self) -> bool:
        """Whether the other side is awake, and so finds what was posted."""
        return bool(self._theirs[_AWAKE])
