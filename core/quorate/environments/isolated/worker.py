"""What runs in the other interpreter: ``python -m quorate.environments.isolated.worker DESCRIPTOR``.

It says which version it is, then obeys commands until the channel closes. Torch is imported when an environment is
built, and not to describe one.
"""

import os
import platform
import sys
import warnings
from importlib import metadata
from typing import TYPE_CHECKING, Any

import quorate
from quorate.interpreters.faults import fault
from quorate.processes.channel import PROTOCOL, Channel
from quorate.processes.child import inherited
from quorate.processes.mailbox import Mailbox
from quorate.progress import listen

if TYPE_CHECKING:
    from quorate.environments.isolated.session import Session

_LIBRARIES = ("torch", "numpy", "gymnasium", "pettingzoo")


def main() -> None:
    """Serve the channel."""
    server = Server(inherited())
    try:
        server.serve()
    finally:
        server.close()
    sys.stdout.flush()
    os._exit(0)  # taking torch down again takes its time, and whoever asked is waiting


def versions() -> dict[str, str]:
    """Of Python, Quorate and the libraries that matter, without importing them."""
    found = {"python": platform.python_version(), "quorate": quorate.__version__}
    for name in _LIBRARIES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found


class Server:
    """Answers commands, one after another: each by what it returns, or by ``{"error": ...}``.

    Args:
        channel: to the process that started this one.
    """

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self._session: Session | None = None
        self._warned: list[str] = []
        warnings.showwarning = self._note_warning
        listen(lambda text: channel.send({"progress": text}))

    def serve(self) -> None:
        """Greet, and answer until the other end closes."""
        self._channel.send({"protocol": PROTOCOL, "versions": versions()})
        while (message := self._next()) is not None:
            command = message[0]["do"]
            try:
                answer, payload = self._obey(command, *message)
            except BaseException as error:  # no signal raises here: it is the environment's own, whatever it is
                answer, payload = {"error": fault(error, self._doing(command))}, b""
            if self._warned:
                answer = {**answer, "warnings": self._warned}
                self._warned = []
            if payload or "present" not in answer or len(answer) > 1:
                self._channel.send(answer, payload)
            else:
                self._channel.send_known(",".join(answer["present"]), answer)

    def close(self) -> None:
        """Close the environment."""
        if self._session is not None:
            self._session.close()

    def _next(self) -> tuple[Any, bytearray] | None:
        try:
            return self._channel.receive()
        except (EOFError, OSError):
            return None

    def _obey(self, command: str, message: dict[str, Any], payload: bytearray) -> tuple[dict[str, Any], bytes]:
        if self._session is not None:
            return self._session.obey(command, message, payload)
        if command == "describe":
            from quorate.environments.isolated.describe import describe

            return describe(message), b""
        if command == "spin":
            self._channel.spin = message["seconds"]
            self._channel.mailbox = Mailbox.attached(where) if (where := message["mailbox"]) else None
            return {}, b""
        from quorate.environments.isolated.session import build

        self._session = build(message)
        return self._session.built(), b""

    def _doing(self, command: str) -> str:
        return f"environment {self._session.name}" if self._session else command

    def _note_warning(self, message: Warning | str, *place: Any, **more: Any) -> None:
        if len(self._warned) < 20:
            self._warned.append(str(message))


if __name__ == "__main__":
    main()
