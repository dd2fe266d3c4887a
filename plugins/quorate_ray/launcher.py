"""The launcher `ray`: tasks on the machines of a Ray cluster."""

import signal
import socket
import threading
from collections.abc import Sequence
from typing import Any

import ray
from ray.exceptions import RayError
from typing_extensions import override

from quorate.errors import RunError
from quorate.interfaces.launcher import Ending, Launcher, Task, Watcher
from quorate_ray.remote import Mailbox, run
from quorate_ray.settings import RaySettings

_PAUSE = 0.2
_GIB = 2**30


class RayLauncher(Launcher):
    """Submits every task at once; the cluster decides how many run.

    A task is a process of its own on its machine, so that a crash costs only it. Nothing is left in Ray: results are in
    the folder that the machines share.
    """

    def __init__(self, settings: RaySettings) -> None:
        self._settings = settings

    @override
    def launch(self, tasks: Sequence[Task], watcher: Watcher) -> None:
        own = _connect(self._settings.address)
        try:
            self._launch(tasks, watcher)
        finally:
            if own:
                ray.shutdown()

    def _launch(self, tasks: Sequence[Task], watcher: Watcher) -> None:
        mailbox: Any = ray.remote(num_cpus=0)(Mailbox).remote()
        waiting = {self._submit(task, mailbox): task.name for task in tasks}
        began: set[str] = set()
        stopped = False
        try:
            while waiting:
                ready, _ = ray.wait(list(waiting), num_returns=1, timeout=_PAUSE)
                _deliver(mailbox, watcher, began)
                for reference in ready:
                    name = waiting.pop(reference)
                    _finish(reference, name, watcher, began)
                if watcher.stopping and not stopped:
                    stopped = True
                    ray.get(mailbox.stop.remote())
        finally:
            for reference in waiting:
                ray.cancel(reference, force=True)
            ray.kill(mailbox)

    def _submit(self, task: Task, mailbox: Any) -> Any:
        settings = self._settings
        wants: dict[str, Any] = {"num_cpus": settings.cpus or task.threads, "max_retries": 0, "max_calls": 1}
        if task.gpu:
            wants["num_gpus"] = settings.gpus
        if settings.memory is not None:
            wants["memory"] = int(settings.memory * _GIB)
        return ray.remote(**wants)(run).remote(task.name, task.data, mailbox)


def _connect(address: str) -> bool:
    """Connect to the cluster, unless this process is connected; returns whether it was not."""
    if ray.is_initialized():
        return False
    handler = signal.getsignal(signal.SIGTERM)
    try:
        if address != "auto":
            _reach(address)  # where nothing answers, Ray itself tries for minutes
        ray.init(address=address, log_to_driver=False, configure_logging=False)
    except (OSError, RayError, ValueError, RuntimeError) as error:
        fix = "Start one with `ray start --head`, or name it: launcher.address=HOST:PORT."
        lines = str(error).splitlines() or [type(error).__name__]
        raise RunError(f"There is no Ray cluster: {lines[0]}", where=f"launcher.address: {address}", fix=fix) from error
    finally:
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGTERM, handler)  # Ray puts one of its own there, which ends the process
    return True


def _reach(address: str) -> None:
    host, _, port = address.rpartition(":")
    if not host or not port.isdecimal():
        raise ValueError(f"{address!r} is not of the form HOST:PORT")
    socket.create_connection((host, int(port)), timeout=10).close()


def _deliver(mailbox: Any, watcher: Watcher, began: set[str]) -> None:
    """Pass on what tasks have told since the last time."""
    for name, event in ray.get(mailbox.take.remote()):
        if event["event"] == "started":
            began.add(name)
            watcher.started(name)
        elif event["event"] == "progress":
            watcher.progress(name, event["what"], event["done"], event["total"])
        elif event["event"] == "note":
            watcher.note(f"{name}: {event['text']}")


def _finish(reference: Any, name: str, watcher: Watcher, began: set[str]) -> None:
    try:
        outcome = ray.get(reference)
    except RayError as error:
        lines = str(error).strip().splitlines() or [type(error).__name__]
        text = f"Ray has lost the task: {lines[0]}"
        outcome = {"how": "failed", "error": text, "tail": str(error)[-4000:]}
    if outcome is None:
        return  # it had not begun when the comparison was stopped
    if name not in began:
        watcher.started(name)
    watcher.ended(name, Ending.of(outcome))
