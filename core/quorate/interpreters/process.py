"""A worker in another interpreter, as the process that started it sees it: started, asked, watched, ended."""

import warnings
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import quorate
from quorate.errors import RunError
from quorate.interpreters import START_TIMEOUT, user_settings
from quorate.interpreters.faults import raise_fault
from quorate.processes.channel import PROTOCOL, ChannelError
from quorate.processes.child import GRACE, ChildProcess, ending
from quorate.processes.mailbox import Mailbox
from quorate.progress import tell

if TYPE_CHECKING:
    from quorate.registry.rows import Row

_LINES = 12
"""Lines of a worker's output that an error shows."""


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
        self.timeout, self._given = settings.interpreter_timeout, settings.interpreter_start_timeout
        self.start_timeout = self._given or START_TIMEOUT
        variables = settings.variables.get(name, {})
        try:
            self._process = ChildProcess("quorate.environments.isolated.worker", python, variables=variables)
        except OSError as error:
            fix = "Give the path of a Python executable, or of the folder of a virtual environment."
            problem = f"The interpreter {name!r} can not be started: {error.strerror or error}."
            raise RunError(problem, where=python, fix=fix) from error
        self.versions = self._greet()

    def ask(
        self,
        command: str,
        payload: bytes | bytearray = b"",
        *,
        timeout: float | None = None,
        meanwhile: Callable[[], None] | None = None,
        **values: Any,
    ) -> tuple[Any, bytearray]:
        """Send a command, and return the answer with its bytes; `meanwhile` is called before the answer is waited for.

        Raises:
            QuorateError: the command failed there; the worker goes on.
            RunError: the worker died, hangs or talks nonsense, and was ended.
        """
        channel = self._process.channel
        try:
            self._process.limit(timeout or self.timeout)
            try:
                if values or payload:
                    channel.send({"do": command, **values}, payload)
                else:
                    channel.send_known(command, {"do": command})
            except (BrokenPipeError, ConnectionResetError):  # where it died, receiving says why
                pass
            if meanwhile is not None:
                meanwhile()
            while True:
                answer, extra = channel.receive()
                if "progress" not in answer:
                    break
                tell(f"{answer['progress']} (interpreter {self.name!r})")  # a sign of life: the time begins anew
        except BaseException as error:  # whatever it is, an answer may still come, and be taken for a later one's
            raise self._lost(error, command, timeout or self.timeout) from error
        for text in answer.get("warnings", ()):
            warnings.warn(f"{text} (interpreter {self.name!r})", stacklevel=3)
        if "error" in answer:
            raise_fault(answer["error"], self.name, self.python)
        return answer, extra

    def spin(self, seconds: float) -> None:
        """Let both sides wait for messages without sleeping (`Channel.spin`), and short ones pass through memory.

        Raises:
            QuorateError: there is no room for that.
        """
        with Mailbox.shared() as shared:
            self.ask("spin", seconds=seconds, mailbox=shared and shared[1])
        channel = self._process.channel
        channel.spin, channel.mailbox = seconds, shared and shared[0]

    def timeout_of(self, row: "Row") -> float:
        """Seconds for building a component: what the user says, else what its plugin does."""
        return self._given or row.start_timeout or START_TIMEOUT

    def close(self) -> None:
        """End the process and all that it started; calling it twice does no harm."""
        self._process.close()

    @property
    def running(self) -> bool:
        """Whether it has not been ended."""
        return self._process.running

    def _greet(self) -> dict[str, str]:
        try:
            hello, _ = self._process.receive(self.start_timeout)
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
        gone = isinstance(error, EOFError | OSError) and not isinstance(error, TimeoutError)
        code = self._process.code(GRACE if gone else 0)  # the channel is closed a moment before the process has ended
        self._process.kill()
        if not isinstance(error, ChannelError | EOFError | OSError):
            return error
        doing = f"during {command!r}" if command else "before it was ready"
        if isinstance(error, TimeoutError):
            key = "interpreter_timeout" if command and timeout == self.timeout else "interpreter_start_timeout"
            problem = f"did not answer within {timeout:g} s {doing}; it was ended"
            fix = f"Find out why it hangs, or allow more with '{key}: SECONDS' in {user_settings().file}."
        elif isinstance(error, EOFError | OSError):
            problem, fix = f"{ending(code)} {doing}", self._advice(command)
        else:
            problem = f"sent what is no message {doing}; it was ended"
            fix = f"Check that it is a Python interpreter with quorate {quorate.__version__}: {self.python}"
        lines = [f"    {line}" for line in self._process.output.lines(_LINES)]
        said = "\n  it printed last:\n" + "\n".join(lines) if lines else " It printed nothing."
        return RunError(f"The interpreter {self.name!r} {problem}.{said}", where=self.python, fix=fix)

    def _advice(self, command: str) -> str:
        if command:
            return "Repair what it printed; the environment's own code ran there."
        from quorate.interpreters.creating import version_of

        if version_of(self.python) is None:
            return "This is no Python interpreter that works: give the path of one, or of a virtual environment."
        return (
            f"It must be Python 3.11 or newer with quorate {quorate.__version__} and the plugin installed: "
            f"{self.python} -m pip install quorate=={quorate.__version__}"
        )
