"""A Python process of one's own that answers line by line: a crash or a hang there leaves the caller standing."""

import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from types import TracebackType
from typing import IO, Any

_LAST = 2.0
"""Seconds to wait for what a process that has ended has printed last."""

_MARK = "quorate-answer "
"""Begins the lines that matter; whatever else runs there may print what it likes."""


class ChildError(Exception):
    """The process died or hung; the text says which."""


class Child:
    """Runs a module with ``python -m``, which reads one JSON value and answers with `answer`.

    Args:
        module: what to run.
        message: plain data for its standard input (see `question`).
    """

    def __init__(self, module: str, message: Any) -> None:
        command = [sys.executable, "-P", "-m", module]
        same_path = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
        pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        # A group of its own, so that what it has started ends with it.
        self._process = subprocess.Popen(
            command, text=True, encoding="utf-8", errors="replace", env=same_path, start_new_session=True, **pipes
        )
        self._lines, self._errors = _follow(self._process.stdout), _follow(self._process.stderr)
        assert self._process.stdin is not None
        with suppress(BrokenPipeError):  # it died before it read; what it wrote tells why
            self._process.stdin.write(json.dumps(message))
            self._process.stdin.close()

    def __enter__(self) -> "Child":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._kill()

    def answer(self, timeout: float) -> Any:
        """The next answer.

        Raises:
            ChildError: the process died, or none came within `timeout` seconds.
        """
        end = time.monotonic() + timeout
        while True:
            ended = self._process.poll() is not None
            try:
                line = self._lines.get(timeout=min(_LAST, max(0.0, end - time.monotonic())))
            except queue.Empty:
                if ended:  # and what it has started keeps the stream open
                    raise ChildError("the process died") from None
                if time.monotonic() < end:
                    continue
                raise ChildError(f"it did not finish within {timeout:g} s") from None
            if line is None:
                self._lines.put(None)  # for whoever asks next
                raise ChildError("the process died")
            if line.startswith(_MARK):
                return json.loads(line.removeprefix(_MARK))

    def end(self, error: ChildError, lines: int = 1) -> str:
        """End the process, and say why, with its exit code and the last lines of its standard error."""
        code, last = self._kill(), []
        with suppress(queue.Empty):
            while (line := self._errors.get(timeout=_LAST)) is not None:
                last += [line.strip()] if line.strip() else []
        return f"{error} (exit code {code}{', ' + ' | '.join(last[-lines:]) if last else ''})"

    def _kill(self) -> int:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
        return self._process.wait()


def question() -> Any:
    """In the process: what it was started with."""
    return json.load(sys.stdin)


def answer(value: Any) -> None:
    """In the process: answer with plain data."""
    sys.stdout.write(f"\n{_MARK}{json.dumps(value)}\n")
    sys.stdout.flush()


def _follow(stream: IO[str] | None) -> "queue.Queue[str | None]":
    lines: queue.Queue[str | None] = queue.Queue()

    def read() -> None:
        assert stream is not None
        for line in stream:
            lines.put(line)
        lines.put(None)

    threading.Thread(target=read, daemon=True).start()
    return lines
