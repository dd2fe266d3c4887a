"""A Python process of one's own, with a channel to it: whatever happens there leaves the caller standing."""

import os
import select
import signal
import socket
import subprocess
import sys
import threading
import time
import weakref
from collections.abc import Mapping
from contextlib import suppress
from types import TracebackType
from typing import IO, Any

from quorate.processes.channel import Channel, ChannelError
from quorate.processes.program import variables_elsewhere

GRACE = 5.0
"""Seconds that a process has to end by itself, once it is asked to or left alone, before its group is killed."""

_TAIL = 8192
"""Bytes of a process's output that are kept."""


class Output:
    """The last bytes that a process printed, read by a thread, so that it never waits for a full pipe."""

    def __init__(self, pipe: IO[bytes] | None) -> None:
        self._pipe, self._tail = pipe, b""
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self) -> None:
        if self._pipe is None:
            return
        with self._pipe:
            while part := os.read(self._pipe.fileno(), 65536):
                self._tail = (self._tail + part)[-_TAIL:]

    def lines(self, most: int) -> list[str]:
        """The last lines; all that was printed is in, if the process has ended."""
        self._thread.join(1.0)
        text = self._tail.decode("utf-8", "replace")
        clean = "".join(c if c.isprintable() or c == "\n" else "\N{REPLACEMENT CHARACTER}" for c in text)
        return [line for line in clean.splitlines() if line.strip()][-most:]


class ChildError(Exception):
    """The process died or hung; the text says which."""


class ForeignTracebackError(Exception):
    """The traceback in another process, as the cause of the error that came from there."""

    def __str__(self) -> str:
        return f"\n{self.args[0]}"


class ChildProcess:
    """Runs a module, in a process group of its own: what it starts ends with it, and Ctrl-C is for the caller alone.

    It ends with `close`, with this object and with the caller. The module gets its end by `Channel` from `inherited`.

    Args:
        module: what to run, as with ``python -m``.
        python: the interpreter; by default this one, which then looks for modules where this process does.
        captured: keep the last of what it prints, instead of letting it print where this process does.
        variables: of its environment, besides those of this process; only for another interpreter.

    Attributes:
        channel: to it.
        output: the last that it printed.

    Raises:
        OSError: it can not be started.
    """

    def __init__(
        self,
        module: str,
        python: str | None = None,
        *,
        captured: bool = True,
        variables: Mapping[str, str] | None = None,
    ) -> None:
        ours, theirs = socket.socketpair()
        try:
            self._process = subprocess.Popen(
                [*(_here(module) if python is None else (python, "-P", "-m", module)), str(theirs.fileno())],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE if captured else None,
                stderr=subprocess.STDOUT if captured else None,
                pass_fds=[theirs.fileno()],
                start_new_session=True,
                env=None if python is None else {**variables_elsewhere(), **(variables or {})},
            )
        except OSError:
            ours.close()
            raise
        finally:
            theirs.close()
        self.channel, self.output = Channel(ours), Output(self._process.stdout)
        self._finalizer = weakref.finalize(self, _end, self._process, self.channel, os.getpid())

    def __enter__(self) -> "ChildProcess":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.kill()

    @property
    def pid(self) -> int:
        """Of the process, and of its group."""
        return self._process.pid

    @property
    def running(self) -> bool:
        """Whether it has not been ended from here."""
        return self._finalizer.alive

    def ask(self, message: Any, payload: bytes | bytearray = b"") -> None:
        """Send plain data, and bytes with them; where it has died, receiving says so."""
        with suppress(BrokenPipeError, ConnectionResetError):
            self.channel.send(message, payload)

    def receive(self, seconds: float) -> tuple[Any, bytearray]:
        """The next message, with its bytes.

        Raises:
            EOFError: it is gone.
            OSError: likewise.
            TimeoutError: none came in time.
            ChannelError: what came is no message.
        """
        self.limit(seconds)
        return self.channel.receive()

    def limit(self, seconds: float) -> None:
        """Let sending and receiving take so long at most."""
        if self.channel.stream.gettimeout() != seconds:  # setting it asks the system
            self.channel.stream.settimeout(seconds)

    def answer(self, seconds: float) -> Any:
        """The next that it tells by `answer`.

        Raises:
            ChildError: it died, or nothing came in time.
        """
        try:
            return self.receive(seconds)[0]["answer"]
        except TimeoutError:
            raise ChildError(f"it did not finish within {seconds:g} s") from None
        except (EOFError, OSError, ChannelError):
            self.code()  # the channel is closed a moment before it has ended
            raise ChildError("the process died") from None

    def end(self, error: ChildError, lines: int = 1) -> str:
        """End it, and say why, with its exit code and the last lines that it printed."""
        code = self.kill()
        return f"{error} ({' | '.join([f'exit code {code}', *self.output.lines(lines)])})".replace(" | ", ", ", 1)

    def code(self, seconds: float = GRACE) -> int | None:
        """How it ended, below 0 by a signal; None where it has not, which is waited for."""
        with suppress(subprocess.TimeoutExpired):
            return self._process.wait(seconds)
        return None

    def close(self) -> None:
        """Ask it to end, and end its group; calling it twice does no harm."""
        self._finalizer()

    def kill(self) -> int:
        """End its group at once; returns its exit code."""
        _kill(self._process)
        code = self._process.wait()
        self.close()
        return code


def ending(code: int | None) -> str:
    """How a process ended, in words."""
    if code is None:
        return "closed its channel"
    if code >= 0:
        return f"ended with exit code {code}"
    with suppress(ValueError):
        return f"was ended by the signal {signal.Signals(-code).name}"
    return f"was ended by the signal {-code}"


def inherited(*, watch: bool = True) -> Channel:
    """In the process: the other end of `ChildProcess.channel`.

    Args:
        watch: once that end is gone, whatever goes on here is ended.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the process that started this one
    stream = socket.socket(fileno=int(sys.argv[-1]))
    os.set_inheritable(stream.fileno(), False)
    os.register_at_fork(after_in_child=stream.close)  # else what is forked here would hide that this process has died
    if watch:
        threading.Thread(target=_watch, args=(stream.fileno(),), daemon=True).start()
    return Channel(stream)


def answer(channel: Channel, value: Any) -> None:
    """In the process: tell plain data."""
    channel.send({"answer": value})


def _here(module: str) -> tuple[str, ...]:
    """A command that looks for modules where this process does; a variable would reach what it starts, too."""
    path = [entry for entry in sys.path if entry]
    code = f"import runpy, sys; sys.path[:] = {path!r}; runpy.run_module({module!r}, None, '__main__', True)"
    return sys.executable, "-P", "-c", code


def _watch(descriptor: int) -> None:
    """End this process's group when the other end is gone, also where what runs here hangs."""
    poll = select.poll()
    poll.register(descriptor, 0)  # hanging up is told without being asked for
    poll.poll()
    time.sleep(GRACE)
    os.killpg(os.getpgrp(), signal.SIGKILL)


def _end(process: "subprocess.Popen[bytes]", channel: Channel, owner: int) -> None:
    """Let a process end, which its channel's end tells it to, and kill its group, so that nothing stays."""
    if os.getpid() != owner:  # a fork of the process that has started it
        return
    with suppress(OSError):
        channel.stream.shutdown(socket.SHUT_RDWR)
    channel.stream.close()
    with suppress(subprocess.TimeoutExpired):
        process.wait(GRACE)
    _kill(process)
    process.wait()


def _kill(process: "subprocess.Popen[bytes]") -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
