"""Starts tasks on this machine, each in a process of its own that is forked when torch is already imported.

A task that crashes costs only itself, and no task has to wait for imports. The server itself computes nothing and
touches no accelerator. It obeys messages: ``{"run": NAME, "task": {...}}``, ``{"stop": true}`` (SIGTERM to all tasks:
they write checkpoints) and ``{"kill": true}``. The end of the channel, which the death of the command that started it
is too, means stop, and to end after the last task. It tells the events of the tasks, with the name of the task.
"""

import atexit
import gc
import os
import selectors
import signal
import socket
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import IO, Any, NoReturn

from quorate.interfaces.launcher import death
from quorate.processes.channel import Channel
from quorate.processes.child import inherited
from quorate.processes.parent import end_with_parent
from quorate.studies.compare.task import perform

_TAIL = 4000
"""Bytes of what a task wrote that are told when it fails."""


@dataclass
class _Child:
    """A process that does a task, with a file of all that it printed, and its last event, once that came."""

    name: str
    channel: Channel
    output: IO[bytes]
    ending: dict[str, Any] | None = None

    def tail(self) -> str:
        """The last that it printed."""
        size = self.output.seek(0, os.SEEK_END)
        self.output.seek(max(0, size - _TAIL))
        return self.output.read().decode(errors="replace")


class Server:
    """Forks children, forwards their events, reaps them."""

    def __init__(self) -> None:
        self._channel = inherited(watch=False)
        self._children: dict[int, _Child] = {}
        self._open = True
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._channel.stream, selectors.EVENT_READ, self._channel)
        self._wake, self._woken = os.pipe()
        for end in (self._wake, self._woken):
            os.set_blocking(end, False)
        self._selector.register(self._wake, selectors.EVENT_READ)
        signal.signal(signal.SIGCHLD, lambda number, frame: None)
        signal.set_wakeup_fd(self._woken, warn_on_full_buffer=False)

    def serve(self) -> tuple[dict[str, Any], Channel] | None:
        """Serve until the input ends and every task has ended.

        Returns:
            None then; in a child, which returns here too, its task, and the channel for its events.
        """
        while self._open or self._children:
            for key, _ in self._selector.select():
                if key.data is self._channel:
                    for order in self._orders():
                        if (mine := self._obey(order)) is not None:
                            return mine
                elif key.fd == self._wake:
                    with suppress(BlockingIOError):
                        os.read(self._wake, 4096)
                else:
                    self._forward(self._children[key.data])
            self._reap()
        return None

    def _emit(self, event: dict[str, Any]) -> None:
        with suppress(OSError):  # nobody listens any more
            self._channel.send(event)

    def _orders(self) -> Iterator[dict[str, Any]]:
        try:
            yield from self._channel.messages()
        except (EOFError, OSError):
            self._open = False
            self._selector.unregister(self._channel.stream)
            yield {"stop": True}

    def _obey(self, order: dict[str, Any]) -> tuple[dict[str, Any], Channel] | None:
        if "run" in order:
            return self._fork(order["run"], order["task"])
        for pid in self._children:
            os.kill(pid, signal.SIGKILL if "kill" in order else signal.SIGTERM)
        return None

    def _fork(self, name: str, task: dict[str, Any]) -> tuple[dict[str, Any], Channel] | None:
        ours, theirs = socket.socketpair()
        output = tempfile.TemporaryFile()  # noqa: SIM115 - closed when the child is reaped
        server = os.getpid()
        pid = os.fork()
        if pid == 0:
            self._leave()
            ours.close()
            with open(os.devnull, "rb") as nothing:  # noqa: PTH123
                os.dup2(nothing.fileno(), 0)
            os.dup2(output.fileno(), 1)
            os.dup2(output.fileno(), 2)
            output.close()
            end_with_parent(server)
            return task, Channel(theirs)
        theirs.close()
        self._children[pid] = _Child(name, Channel(ours), output)
        self._selector.register(ours, selectors.EVENT_READ, pid)
        self._emit({"task": name, "event": "started", "pid": pid})
        return None

    def _leave(self) -> None:
        """Be a child: nothing of the server is left but its memory."""
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        self._selector.close()
        for descriptor in (self._wake, self._woken):
            os.close(descriptor)
        for child in self._children.values():
            child.channel.stream.close()
            child.output.close()

    def _forward(self, child: _Child) -> None:
        try:
            for event in child.channel.messages():
                if event["event"] == "ended":
                    child.ending = event
                else:
                    self._emit({"task": child.name, **event})
        except (EOFError, OSError):
            with suppress(KeyError):
                self._selector.unregister(child.channel.stream)

    def _reap(self) -> None:
        for pid in list(self._children):
            done, status = os.waitpid(pid, os.WNOHANG)
            if done == 0:
                continue
            child = self._children.pop(pid)
            child.channel.stream.setblocking(False)  # what it has forked may still hold the other end
            while child.channel.stream in self._selector.get_map():
                self._forward(child)
            ending = child.ending or death(os.waitstatus_to_exitcode(status))
            self._emit({"task": child.name, **ending, "event": "ended", "tail": child.tail()})
            child.channel.stream.close()
            child.output.close()


def _import_all() -> None:
    """What every task would import, which is torch above all; its first optimiser imports as much again."""
    import torch

    import quorate.run.execute  # noqa: F401

    torch.optim.SGD([torch.zeros(1, requires_grad=True)])
    gc.freeze()  # what is imported stays: children neither look through it nor copy its pages


def main() -> None:
    """Serve; in a child, do its task, and what is registered for the end of a program."""
    _import_all()
    mine = Server().serve()
    if mine is None:
        return
    task, events = mine
    perform(task, events.send)
    _end()


def _end() -> NoReturn:
    """End without taking apart what was imported, which costs more than all that a small run does."""
    threading._shutdown()  # type: ignore[attr-defined]
    atexit._run_exitfuncs()
    with suppress(OSError, ValueError):
        sys.stdout.flush()
        sys.stderr.flush()
    os._exit(0)


if __name__ == "__main__":
    main()
