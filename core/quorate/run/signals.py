"""Ctrl-C and SIGTERM: finish the step, write a checkpoint, then stop."""

import signal
import threading
from types import FrameType, TracebackType
from typing import Any

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class StopSignal:
    """Notes the first signal instead of dying of it; the second one, or one while `immediate`, interrupts at once.

    Attributes:
        number: the signal that came, or None.
        immediate: raise `KeyboardInterrupt` at the first signal (while there is nothing to save).
    """

    def __init__(self) -> None:
        self.number: int | None = None
        self.immediate = True
        self._previous: dict[int, Any] = {}

    def __enter__(self) -> "StopSignal":
        if threading.current_thread() is threading.main_thread():
            self._previous = {number: signal.signal(number, self._handle) for number in _SIGNALS}
        return self

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: TracebackType | None) -> None:
        for number, handler in self._previous.items():
            signal.signal(number, handler)
        if kind is KeyboardInterrupt and self.number is not None:
            raise SystemExit(128 + self.number)

    def _handle(self, number: int, frame: FrameType | None) -> None:
        again = self.number is not None
        self.number = number
        if again or self.immediate:
            raise KeyboardInterrupt
