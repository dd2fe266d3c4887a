"""What runs in a worker process. Imports no torch: a worker starts fast and stays small."""

import os
import pickle
import sys
import traceback
from pathlib import Path
from typing import Any

from quorate.environments.buffers import Buffers
from quorate.environments.copies import LocalCopies
from quorate.environments.declaration import Declaration
from quorate.errors import QuorateError
from quorate.foreign import Foreign, told
from quorate.processes.channel import Channel
from quorate.processes.child import inherited
from quorate.processes.memory import attach


def main() -> None:
    """Serve the parent, and end."""
    serve(inherited())
    sys.stdout.flush()
    os._exit(0)  # taking apart what was imported takes its time, and whoever asked is waiting


def serve(channel: Channel) -> None:
    """Make the environments of some rows, say what they look like, then obey until the parent closes or dies.

    Every message is answered by the pickled result or, once and finally, by the error and ``{"error": traceback}``.
    """
    asked, payload = channel.receive()
    rows = range(*asked["rows"])
    copies: LocalCopies | None = None
    try:
        with Foreign():
            # The parent has made this pickle from its own factory.
            copies = LocalCopies(pickle.loads(payload).fn, rows, asked["name"], asked["state"])  # noqa: S301
            _answer(channel, copies.layout)
            while (message := _next(channel)) is not None:
                _answer(channel, _obey(copies, rows, *message))
    except Exception as error:
        _report(channel, error)
    finally:
        if copies is not None:
            _close(copies)


def _next(channel: Channel) -> tuple[str, Any] | None:
    try:
        message, payload = channel.receive()
    except (EOFError, OSError):
        return None
    return message["do"], pickle.loads(payload) if payload else None  # noqa: S301


def _answer(channel: Channel, result: Any, **more: str) -> None:
    channel.send(more, b"" if result is None else pickle.dumps(result))


def _obey(copies: LocalCopies, rows: range, command: str, argument: Any) -> Any:
    if command == "step":
        return copies.step()
    if command == "reset":
        return copies.reset(argument)
    if command == "state":
        return copies.state()
    if command == "render":
        return copies.render(argument)
    if command == "restore":
        return copies.restore(argument)
    return _attach(copies, rows, *argument)


def _attach(copies: LocalCopies, rows: range, path: Path, batch: int, declaration: Declaration) -> None:
    buffers = Buffers.allocate(copies.layout, batch, len(declaration.outcomes), attach(path))
    copies.attach(buffers.rows(rows), declaration)


def _close(copies: LocalCopies) -> None:
    try:
        copies.close()
    except QuorateError as error:  # nobody waits for an answer any more
        print(error, file=sys.stderr)


def _report(channel: Channel, error: Exception) -> None:
    if not isinstance(error, QuorateError):
        error = QuorateError(f"a worker process failed with {told(error)}")
    try:
        _answer(channel, error, error=traceback.format_exc())
    except OSError:
        return  # The parent is gone, and with it whoever could be told.


if __name__ == "__main__":
    main()
