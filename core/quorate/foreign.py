"""Calling code that is not ours: whatever it raises is its own fault, and standard output is not its to print on.

A plugin may raise `KeyboardInterrupt`, `SystemExit` or any other `BaseException`, which would end the command. Only a
signal may do that: one that comes meanwhile goes through, even where the plugin swallows what it raises.
"""

import os
import signal
import sys
import threading
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import FrameType, TracebackType
from typing import Any

from quorate.errors import QuorateError

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGALRM)


class ForeignExitError(Exception):
    """What a plugin raised that is no `Exception`; that is its cause."""


class Foreign:
    """A context in which foreign code is called.

    An `Exception` passes as it is. Any other exception becomes a `ForeignExitError`, unless a signal's handler raised
    it. Handlers that the code inside installs are removed again.
    """

    def __enter__(self) -> "Foreign":
        self._interrupt: BaseException | None = None
        self._handlers: dict[int, Any] = {}
        if threading.current_thread() is threading.main_thread():
            for number in _SIGNALS:
                handler = signal.getsignal(number)
                if handler is not None:  # else it was not installed from Python, and can not be restored
                    self._handlers[number] = handler
                    if callable(handler):
                        signal.signal(number, self._handle)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for number, handler in self._handlers.items():
            signal.signal(number, handler)
        if self._interrupt is not None and error is not self._interrupt:
            raise self._interrupt
        if error is not None and self._interrupt is None and not isinstance(error, Exception):
            raise ForeignExitError(told(error)) from error

    def _handle(self, number: int, frame: FrameType | None) -> None:
        try:
            self._handlers[number](number, frame)
        except BaseException as error:
            self._interrupt = error
            raise


def cause(error: BaseException) -> BaseException:
    """What foreign code raised, where `Foreign` has replaced it."""
    return error.__cause__ if isinstance(error, ForeignExitError) and error.__cause__ is not None else error


def text_of(error: BaseException) -> str:
    """What an exception says; its text is foreign code too."""
    try:
        with Foreign():
            return str(error).strip()
    except Exception:
        return "(its text can not be read)"


def told(error: BaseException) -> str:
    """An exception in one line: its class and the last line of what it says; or the message to the user that it is."""
    error = cause(error)
    text = text_of(error)
    if isinstance(error, QuorateError):
        return text
    return f"{type(error).__name__}: {text.splitlines()[-1]}" if text else type(error).__name__


def raised_at(error: BaseException) -> str:
    """The file and line that raised it, or that can not be compiled; nothing where it was never raised."""
    error = cause(error)
    if isinstance(error, SyntaxError) and type(error).__module__ == "builtins" and error.filename:
        return f"{error.filename}, line {error.lineno}"
    frames = traceback.extract_tb(error.__traceback__)
    written = [frame for frame in frames if not frame.filename.startswith("<") and frame.filename != __file__]
    return f"{written[-1].filename}, line {written[-1].lineno}" if written else ""


_output: list[tuple[Any, int | None]] = []
"""Standard output before each `printing_aside` that is open: the stream, and a copy of its descriptor."""


@contextmanager
def printing_aside() -> Iterator[None]:
    """Whatever is printed meanwhile goes to standard error, also by libraries in C and by other processes."""
    stream, copy = sys.stdout, _copy(1)
    _flush(stream)
    _output.append((stream, copy))
    sys.stdout = sys.stderr
    with suppress(OSError):
        os.dup2(2, 1)
    try:
        yield
    finally:
        _output.pop()
        _restore(stream, copy)


@contextmanager
def printing() -> Iterator[None]:
    """Inside `printing_aside`, what is printed meanwhile goes to standard output after all."""
    if not _output:
        yield
        return
    stream, copy = _output[0]
    aside = sys.stdout, _copy(1)
    _flush(stream)  # what was written past `sys.stdout` stays aside
    sys.stdout = stream
    if copy is not None:
        os.dup2(copy, 1)
    try:
        yield
        if stream is not None:
            stream.flush()
    finally:
        _restore(*aside)


def _copy(descriptor: int) -> int | None:
    try:
        return os.dup(descriptor)
    except OSError:  # it is closed
        return None


def _restore(stream: Any, copy: int | None) -> None:
    _flush(stream)
    sys.stdout = stream
    if copy is None:
        with suppress(OSError):
            os.close(1)
    else:
        os.dup2(copy, 1)
        os.close(copy)


def _flush(stream: Any) -> None:
    with suppress(OSError, ValueError, AttributeError):  # closed, or None
        stream.flush()
