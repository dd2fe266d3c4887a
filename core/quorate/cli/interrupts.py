"""Ctrl-C where Python can not raise it, such as in what libraries do while the garbage collector runs."""

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Timer
from typing import Any


@contextmanager
def delivered_again() -> Iterator[None]:
    """A `KeyboardInterrupt` that was raised there is not printed and lost, but comes once more, a moment later."""
    previous = sys.unraisablehook

    def look(given: Any) -> None:
        if given.exc_type is not None and issubclass(given.exc_type, KeyboardInterrupt):
            Timer(0.05, os.kill, (os.getpid(), signal.SIGINT)).start()  # now, it would be swallowed too
        else:
            previous(given)

    sys.unraisablehook = look
    try:
        yield
    finally:
        sys.unraisablehook = previous
