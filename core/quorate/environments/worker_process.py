"""What runs in a worker process. Imports no torch: a worker starts fast and stays small."""

import os
import pickle
import sys
import traceback
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from quorate.child import inherited
from quorate.environments.buffers import Buffers
from quorate.environments.copies import LocalCopies
from quorate.environments.declaration import Declaration
from quorate.environments.memory import attach
from quorate.errors import QuorateError
from quorate.foreign import Foreign, told


def main() -> None:
    """Serve the parent, and end."""
    channel = inherited()
    serve(Connection(channel.stream.fileno()))
    sys.stdout.flush()
    os._exit(0)  # the connection and the channel are one descriptor, which must not be closed twice


def serve(connection: Connection) -> None:
    """Make the environments of some rows, say what they look like, then obey until the parent closes or dies.

    Every message is answered by ("done", result) or, once and finally, by ("error", error, traceback).
    """
    payload, rows, name, state = connection.recv()
    copies: LocalCopies | None = None
    try:
        with Foreign():
            # The parent has made this pickle from its own factory.
            copies = LocalCopies(pickle.loads(payload).fn, rows, name, state)  # noqa: S301
            connection.send(("done", copies.layout))
            while (message := _next(connection)) is not None:
                connection.send(("done", _obey(copies, rows, *message)))
    except Exception as error:
        _report(connection, error)
    finally:
        if copies is not None:
            _close(copies)


def _next(connection: Connection) -> tuple[str, Any] | None:
    try:
        message: tuple[str, Any] = connection.recv()
    except (EOFError, OSError):
        return None
    return None if message[0] == "close" else message


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


def _report(connection: Connection, error: Exception) -> None:
    if not isinstance(error, QuorateError):
        error = QuorateError(f"a worker process failed with {told(error)}")
    try:
        connection.send(("error", error, traceback.format_exc()))
    except OSError:
        return  # The parent is gone, and with it whoever could be told.


if __name__ == "__main__":
    main()
