"""The launcher `local`: tasks on the cores of this machine, as many as its memory allows."""

import json
import os
import select
import signal
import subprocess
import sys
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import Any

import psutil

from quorate.errors import RunError
from quorate.interfaces.launcher import Ending, Launcher, Task, Watcher
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

    def launch(self, tasks: Sequence[Task], watcher: Watcher) -> None:
        """See `Launcher.launch`."""
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
    """The other end of `quorate.studies.compare.server`."""

    def __init__(self) -> None:
        # Ctrl-C reaches the whole process group; what it means is decided here alone, and tasks are told by SIGTERM.
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", "quorate.studies.compare.server"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                bufsize=0,
            )
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
        self._rest = b""

    def order(self, **order: Any) -> None:
        """Send a line; a server that has died says so when its events are read."""
        assert self._process.stdin is not None
        with suppress(BrokenPipeError):
            self._process.stdin.write((json.dumps(order) + "\n").encode())

    def events(self, seconds: float) -> Iterator[dict[str, Any]]:
        """What happened, waiting at most so long for it.

        Raises:
            RunError: the server has died.
        """
        assert self._process.stdout is not None
        if not select.select([self._process.stdout], [], [], seconds)[0]:
            return
        data = os.read(self._process.stdout.fileno(), 1 << 16)
        if not data:
            code = self._process.wait()
            problem = f"The process that starts the runs has ended (exit code {code})."
            raise RunError(problem, fix="See what it wrote above; then run the same command again to go on.")
        *lines, self._rest = (self._rest + data).split(b"\n")
        yield from (json.loads(line) for line in lines)

    def close(self) -> None:
        """Let it end; it waits for its tasks."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        while os.read(self._process.stdout.fileno(), 1 << 16):
            pass
        self._process.stdout.close()
        self._process.wait()
