"""What runs on the machines of the cluster."""

import json
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping
from typing import IO, Any

import ray
from ray.exceptions import RayError

from quorate.interfaces.launcher import TASK_MODULE, death

_PAUSE = 0.5
_TAIL = 4000


class Mailbox:
    """An actor: tasks put events into it, the launcher takes them out and says when to stop."""

    def __init__(self) -> None:
        self._events: list[tuple[str, dict[str, Any]]] = []
        self._stopping = False

    def put(self, name: str, event: dict[str, Any]) -> None:
        """Keep an event; of progress, the latest."""
        if event["event"] == "progress":
            self._events = [kept for kept in self._events if kept[0] != name or kept[1]["event"] != "progress"]
        self._events.append((name, event))

    def take(self) -> list[tuple[str, dict[str, Any]]]:
        """Everything since the last time."""
        events, self._events = self._events, []
        return events

    def stop(self) -> None:
        """No task shall begin, and those that run shall stop."""
        self._stopping = True

    def stopping(self) -> bool:
        """Whether they shall."""
        return self._stopping


def run(name: str, task: Mapping[str, Any], mailbox: Any) -> dict[str, Any] | None:
    """Do a task in a process of its own; None where the comparison was stopped before it began.

    The process gets SIGTERM, and writes a checkpoint, where the comparison is stopped, or where this one dies.
    """
    if ray.get(mailbox.stopping.remote()):
        return None
    mailbox.put.remote(name, {"event": "started"})
    command = [sys.executable, "-P", "-m", TASK_MODULE]
    with tempfile.TemporaryFile() as output:
        with subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=output, text=True
        ) as process:
            assert process.stdin is not None
            assert process.stdout is not None
            process.stdin.write(json.dumps(dict(task)))
            process.stdin.close()
            threading.Thread(target=_stop_with, args=(mailbox, process), daemon=True).start()
            ending = _follow(name, process.stdout, mailbox)
            code = process.wait()
        return {**(ending or death(code)), "tail": _tail(output)}


def _follow(name: str, events: IO[str], mailbox: Any) -> dict[str, Any] | None:
    """Pass on events until the process closes its output; returns the last, if it got so far."""
    ending = None
    for line in events:
        event = json.loads(line)
        if event["event"] == "ended":
            ending = event
        else:
            mailbox.put.remote(name, event)
    return ending


def _stop_with(mailbox: Any, process: "subprocess.Popen[str]") -> None:
    while process.poll() is None:
        if _stopping(mailbox):
            process.send_signal(signal.SIGTERM)
            return
        time.sleep(_PAUSE)


def _stopping(mailbox: Any) -> bool:
    """Whether the comparison is stopped; where its mailbox is gone, it is."""
    try:
        stopping: bool = ray.get(mailbox.stopping.remote())
    except RayError:
        return True
    return stopping


def _tail(output: Any) -> str:
    size = output.seek(0, 2)
    output.seek(max(0, size - _TAIL))
    text: str = output.read().decode(errors="replace")
    return text
