"""A worker in another interpreter, as the process that started it sees it: started, asked, watched, ended."""

import contextlib
import os
import signal
import socket
import subprocess
import threading
import warnings
import weakref
from typing import Any

import quorate
from quorate.environments.isolated.channel import PROTOCOL, Channel, ChannelError
from quorate.environments.isolated.faults import raise_fault
from quorate.errors import RunError
from quorate.interpreters import user_settings

GRACE = 5.0
"""Seconds that a worker has to close its environment before its process group is killed."""

_TAIL = 8192
"""Bytes of a worker's output that are kept."""

_LINES = 12
"""Lines of it that an error shows."""

_OWN = ("PYTHONPATH", "PYTHONHOME", "PYTHONSTARTUP", "VIRTUAL_ENV", "__PYVENV_LAUNCHER__")
"""Variables that say where this interpreter finds its packages; the other one has its own."""


class Output:
    """The last bytes that a process printed, read by a thread, so that it never waits for a full pipe."""

    def __init__(self, pipe: Any) -> None:
        self._pipe, self._tail = pipe, b""
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self) -> None:
        with self._pipe:
            while part := os.read(self._pipe.fileno(), 65536):
                self._tail = (self._tail + part)[-_TAIL:]

    def lines(self) -> list[str]:
        """The last lines; all that was printed is in, if the process has ended."""
        self._thread.join(1.0)
        text = self._tail.decode("utf-8", "replace")
        clean = "".join(c if c.isprintable() or c == "\n" else "\N{REPLACEMENT CHARACTER}" for c in text)
        return [line for line in clean.splitlines() if line.strip()][-_LINES:]


class Worker:
    """A process of another interpreter; it ends with `close`, with this object and with this process.

    Args:
        name: of the interpreter.
        python: its executable.

    Attributes:
        name: see above.
        python: see above.
        versions: of Python and Quorate there.
        start_timeout: seconds for commands that build something.

    Raises:
        ConfigError: the user's settings have a mistake.
        RunError: it does not start, or has another version of Quorate.
    """

    def __init__(self, name: str, python: str) -> None:
        settings = user_settings()
        self.name, self.python = name, python
        self.timeout, self.start_timeout = settings.interpreter_timeout, settings.interpreter_start_timeout
        ours, theirs = socket.socketpair()
        try:
            self._process = _start(python, theirs.fileno())
        except OSError as error:
            ours.close()
            fix = "Give the path of a Python executable, or of the folder of a virtual environment."
            problem = f"The interpreter {name!r} can not be started: {error.strerror or error}."
            raise RunError(problem, where=python, fix=fix) from error
        finally:
            theirs.close()
        self._channel = Channel(ours)
        self._output = Output(self._process.stdout)
        self._finalizer = weakref.finalize(self, _end, self._process, self._channel, os.getpid())
        self.versions = self._greet()

    def ask(
        self, command: str, payload: bytes | bytearray = b"", *, timeout: float | None = None, **values: Any
    ) -> tuple[Any, bytearray]:
        """Send a command, and return the answer with its bytes.

        Raises:
            QuorateError: the command failed there; the worker goes on.
            RunError: the worker died, hangs or talks nonsense, and was ended.
        """
        try:
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # where it died, receiving says why
                self._limit(timeout or self.timeout)
                if values or payload:
                    self._channel.send({"do": command, **values}, payload)
                else:
                    self._channel.send_known(command, {"do": command})
            answer, extra = self._channel.receive()
        except BaseException as error:  # whatever it is, an answer may still come, and be taken for a later one's
            raise self._lost(error, command, timeout or self.timeout) from error
        for text in answer.get("warnings", ()):
            warnings.warn(f"{text} (interpreter {self.name!r})", stacklevel=3)
        if "error" in answer:
            raise_fault(answer["error"], self.name, self.python)
        return answer, extra

    def close(self) -> None:
        """End the process and all that it started; calling it twice does no harm."""
        self._finalizer()

    @property
    def running(self) -> bool:
        """Whether it has not been ended."""
        return self._finalizer.alive

    def _limit(self, seconds: float) -> None:
        if self._channel.stream.gettimeout() != seconds:  # setting it asks the system
            self._channel.stream.settimeout(seconds)

    def _greet(self) -> dict[str, str]:
        try:
            self._limit(self.start_timeout)
            hello, _ = self._channel.receive()
            protocol, versions = hello.get("protocol"), dict(hello.get("versions", {}))
        except BaseException as error:
            raise self._lost(error, "", self.start_timeout) from error
        if (protocol, versions.get("quorate")) != (PROTOCOL, quorate.__version__):
            self.close()
            there, here = versions.get("quorate"), quorate.__version__
            raise RunError(
                f"The interpreter {self.name!r} has quorate {there}; this one has {here}, and they must be the same.",
                where=self.python,
                fix=f"Run: {self.python} -m pip install quorate=={here}",
            )
        return versions

    def _lost(self, error: BaseException, command: str, timeout: float) -> BaseException:
        """The error to raise; an interrupt stays one."""
        if isinstance(error, EOFError | OSError) and not isinstance(error, TimeoutError):
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(GRACE)  # the channel is closed a moment before the process has ended
        code = self._process.poll()
        self._process.kill()
        self.close()
        if not isinstance(error, ChannelError | EOFError | OSError):
            return error
        doing = f"during {command!r}" if command else "before it was ready"
        if isinstance(error, TimeoutError):
            key = "interpreter_timeout" if command and timeout == self.timeout else "interpreter_start_timeout"
            problem = f"did not answer within {timeout:g} s {doing}; it was ended"
            fix = f"Find out why it hangs, or allow more with '{key}: SECONDS' in {user_settings().file}."
        elif isinstance(error, EOFError | OSError):
            problem, fix = f"{_ending(code)} {doing}", self._advice(command)
        else:
            problem = f"sent what is no message {doing}; it was ended"
            fix = f"Check that it is a Python interpreter with quorate {quorate.__version__}: {self.python}"
        lines = [f"    {line}" for line in self._output.lines()]
        said = "\n  it printed last:\n" + "\n".join(lines) if lines else " It printed nothing."
        return RunError(f"The interpreter {self.name!r} {problem}.{said}", where=self.python, fix=fix)

    def _advice(self, command: str) -> str:
        if command:
            return "Repair what it printed; the environment's own code ran there."
        if not _is_python(self.python):
            return "This is no Python interpreter that works: give the path of one, or of a virtual environment."
        return (
            f"It must be Python 3.11 or newer with quorate {quorate.__version__} and the plugin installed: "
            f"{self.python} -m pip install quorate=={quorate.__version__}"
        )


def _start(python: str, descriptor: int) -> "subprocess.Popen[bytes]":
    environment = {name: value for name, value in os.environ.items() if name not in _OWN}
    return subprocess.Popen(
        [python, "-P", "-m", "quorate.environments.isolated.worker", str(descriptor)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        pass_fds=[descriptor],
        start_new_session=True,  # a group of its own, which is ended as a whole; Ctrl-C is for this process alone
        env=environment,
    )


def _is_python(path: str) -> bool:
    """Whether a program that did not become a worker at least computes as Python does."""
    with contextlib.suppress(OSError, subprocess.SubprocessError):
        words = [path, "-I", "-c", "print(6 * 7)"]
        done = subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True, timeout=GRACE, check=False)
        return done.stdout.strip() == b"42"
    return False


def _end(process: "subprocess.Popen[bytes]", channel: Channel, owner: int) -> None:
    """Ask a worker to close, and kill its group, so that nothing that it has started stays."""
    if os.getpid() != owner:  # a fork of the process that has started it
        return
    if process.poll() is None:
        with contextlib.suppress(OSError):
            channel.stream.settimeout(GRACE)
            channel.send({"do": "close"})
    channel.stream.close()
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(GRACE)
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _ending(code: int | None) -> str:
    if code is None:
        return "closed its channel"
    if code >= 0:
        return f"ended with exit code {code}"
    with contextlib.suppress(ValueError):
        return f"was ended by the signal {signal.Signals(-code).name}"
    return f"was ended by the signal {-code}"
