"""The launcher `local`: tasks on the cores of this machine, as many as its memory allows."""

import os
import select
import socket
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import Any

import psutil
from typing_extensions import override

from quorate.errors import RunError
from quorate.interfaces.launcher import Ending, Launcher, Task, Watcher
from quorate.processes.child import ChildProcess, ending
from quorate.studies.compare.memory import Memory
from quorate.studies.compare.settings import LocalSettings

_PAUSE = 0.2
"""Seconds between two looks at memory and at whether to stop, where nothing else happens."""


class LocalLauncher(Launcher):
    """Runs tasks in processes of this machine (see `quorate.studies.compare.server`)."""

    def __init__(self, settings: LocalSettings) -> None:
        self._processes = settings.processes
        self._memory = Memory(settings.memory)
        self._running: dict[str, int] = {}  # 0 until its process is known
        self._refusal = ""

    @override
    def launch(self, tasks: Sequence[Task], watcher: Watcher) -> None:
        if not tasks or watcher.stopping:
            return
        waiting, stopped = deque(tasks), False
        most = self._processes or max(1, cores() // max(task.threads for task in tasks))
        server = _Server()
        try:
            while self._running or (waiting and not watcher.stopping):
                while waiting and not watcher.stopping and len(self._running) < most and self._admits(watcher):
                    task = waiting.popleft()
                    self._running[task.name] = 0
                    server.order(run=task.name, task=task.data)
                for event in server.events(_PAUSE):
                    self._handle(event, watcher)
                if watcher.stopping and not stopped:
                    stopped = True
                    server.order(stop=True)
        except BaseException:
            server.order(kill=True)
            raise
        finally:
            self._running.clear()
            server.close()

    def _admits(self, watcher: Watcher) -> bool:
        refusal = self._memory.refusal(list(self._running.values()))
        if refusal and not self._refusal:
            watcher.note(refusal)
        self._refusal = refusal or ""
        return not refusal

    def _handle(self, event: dict[str, Any], watcher: Watcher) -> None:
        name = event["task"]
        if event["event"] == "started":
            self._running[name] = event["pid"]
            watcher.started(name)
        elif event["event"] == "progress":
            watcher.progress(name, event["what"], event["done"], event["total"])
        elif event["event"] == "note":
            watcher.note(f"{name}: {event['text']}")
        else:
            self._running.pop(name, None)
            self._memory.learn(event.get("peak"))
            watcher.ended(name, Ending.of(event))


def cores() -> int:
    """Physical cores that this process may use."""
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(psutil.cpu_count(logical=False) or usable, usable)


class _Server:
    """The other end of `quorate.studies.compare.server`; Ctrl-C is for this one, and tasks are told by SIGTERM."""

    def __init__(self) -> None:
        self._process = ChildProcess("quorate.studies.compare.server", captured=False)

    def order(self, **order: Any) -> None:
        """Send; a server that has died says so when its events are read."""
        self._process.ask(order)

    def events(self, seconds: float) -> Iterator[dict[str, Any]]:
        """What happened, waiting at most so long for it.

        Raises:
            RunError: the server has died.
        """
        channel = self._process.channel
        if not select.select([channel.stream], [], [], seconds)[0]:
            return
        try:
            yield from channel.messages()
        except EOFError:
            problem = f"The process that starts the runs {ending(self._process.code())}."
            fix = "See what it wrote above; then run the same command again to go on."
            raise RunError(problem, fix=fix) from None

    def close(self) -> None:
        """Let it end; it waits for its tasks."""
        channel = self._process.channel
        with suppress(OSError, EOFError):
            channel.stream.shutdown(socket.SHUT_WR)
            while True:
                channel.receive()
        self._process.close()
