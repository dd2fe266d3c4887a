"""Python for tests that start it often: a process that has imported torch once forks for each call.

To import torch, and what its first optimiser imports, takes four seconds of the processor, and most of what tests start
does little else. `start` writes three commands: `quorate`, `pytest`, and `python`, which forks for both and for what
`quorate.processes.child` starts (where the variable WARM is set, for ``-c`` and scripts too), and becomes the real
interpreter for everything else. What they run is given the same words, folder, variables, streams and inherited
descriptors, and ends in the same way, by exit code or signal. But the process that is started only stands for the one
that works, which has a group of its own, and dies a moment later than the other where that is killed. Tests of such
moments and groups, and of what is imported, start the real interpreter.

``python warm.py`` is the process that forks. It is started by the first call, and has the socket that calls come from
as its standard input.
"""

import array
import atexit
import contextlib
import fcntl
import gc
import importlib
import json
import os
import runpy
import select
import signal
import socket
import subprocess
import sys
import threading
import traceback
import types
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

CLIENT = """\
#!{python} -IS
import array, json, os, signal, socket, sys
words = {words!r} + sys.argv[1:]
option, what = (words[words[:1] == ["-P"] :] + ["", ""])[:2]
begins = {{"-m": ("quorate", "pytest"), "-c": "import runpy, sys; sys.path[:]"}}.get(option)
asked = "WARM" in os.environ and (option == "-c" or option.endswith(".py"))
if not asked and not (begins and what.startswith(begins)):
    os.execv({python!r}, [{python!r}, *words])
numbers = []
for name in os.listdir("/proc/self/fd"):
    try:
        if os.get_inheritable(int(name)):
            numbers.append(int(name))
    except OSError:
        pass
leads = "session" if os.getsid(0) == os.getpid() else "group" if os.getpgid(0) == os.getpid() else ""
there = socket.socket(socket.AF_UNIX)
there.connect({address!r})
said = json.dumps([words, numbers, leads, os.getcwd(), dict(os.environ)]).encode()
streams = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", numbers))]
there.sendmsg([len(said).to_bytes(8, "big")], streams)
there.sendall(said)
for number in numbers:
    os.close(number) if number != 2 else None
answers = there.makefile()
process = int(answers.readline())
for number in (signal.SIGINT, signal.SIGTERM):
    signal.signal(number, lambda number, _: os.kill(process, number))
code = int(answers.readline())
if code < 0:
    signal.signal(-code, signal.SIG_DFL) if code != -signal.SIGKILL else None
    os.kill(os.getpid(), -code)
os._exit(code)
"""
HEAVY = (
    "torch.utils.data",
    "quorate.cli.config",
    "quorate.cli.main",
    "quorate.cli.run",
    "quorate.door.run",
    "quorate.run.execute",
    "quorate.studies.compare.execute",
    "quorate.studies.compare.task",
    "quorate.studies.report.document",
    "quorate.learning.off_policy",
    "quorate.environments.isolated.session",
    "quorate_mpe.environment",
    "quorate_pettingzoo.environment",
    "quorate_policy_gradient.algorithm",
    "quorate_sensor_network.environment",
    "quorate_state_inference.algorithm",
    "pettingzoo.utils.env",
)
"""What many calls import."""

QUICKLY_COMPILED = "--xla_backend_optimization_level=0 --xla_cpu_use_fusion_emitters=false"
"""XLA_FLAGS with which jax compiles in a third of the time, what then runs slower."""

FAR = 500
"""Descriptors from this number on are in nobody's way."""


@contextlib.contextmanager
def start(folder: Path, python: str | Path = sys.executable) -> Iterator[Path]:
    """Commands `python` and `quorate` that start at once.

    Args:
        folder: of the commands; it is made.
        python: the interpreter that is meant, whose installations they see.
    """
    folder.mkdir()
    address = str(folder / "socket")
    with socket.socket(socket.AF_UNIX) as calls:
        calls.bind(address)
        calls.listen()
        for name, words in (("python", []), ("quorate", ["-m", "quorate"]), ("pytest", ["-m", "pytest"])):
            client = folder / name
            client.write_text(CLIENT.format(python=str(python), address=address, words=words), encoding="utf-8")
            client.chmod(0o755)
        closing, closed = socket.socketpair()
        given = python, folder / "python", calls, closed
        waiting = threading.Thread(target=_serve_once_called, args=given, daemon=True)
        waiting.start()
        try:
            yield folder
        finally:
            closing.close()
            waiting.join()


def _serve_once_called(python: str | Path, client: Path, calls: socket.socket, closed: socket.socket) -> None:
    with closed:
        if closed in select.select([calls, closed], [], [])[0]:
            return
        variables = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
        command = [python, "-P", __file__, str(closed.fileno()), client]
        with calls:  # where that process fails, calls are refused instead of waiting for ever
            subprocess.run(command, stdin=calls, env=variables, pass_fds=[closed.fileno()], check=True)


class Server:
    """Forks for calls, and tells how they ended; what has been imported has set some variables."""

    def __init__(self, calls: socket.socket, closed: int, variables: dict[str, str]) -> None:
        self._calls, self._closed, self._path, self._variables = calls, closed, list(sys.path), variables
        self._poll = select.poll()
        self._running: dict[int, Call] = {}
        for descriptor in (calls.fileno(), closed):
            self._poll.register(descriptor, select.POLLIN)

    def serve(self) -> None:
        """Until whoever asks is gone."""
        while True:
            for descriptor, _ in self._poll.poll():
                if descriptor == self._closed:
                    return
                if descriptor == self._calls.fileno():
                    self._fork(self._calls.accept()[0])
                elif descriptor in self._running:
                    self._go_on(descriptor, self._running[descriptor])

    def _fork(self, stream: socket.socket) -> None:
        if not (process := os.fork()):
            self._calls.close()
            os.close(self._closed)
            for call in self._running.values():
                call.stream.close()
            _answer(stream, self._path, self._variables)
        call = Call(process, os.pidfd_open(process), stream)
        for descriptor, events in ((call.ended, select.POLLIN), (stream.fileno(), 0)):  # hanging up is told unasked
            self._running[descriptor] = call
            self._poll.register(descriptor, events)

    def _go_on(self, descriptor: int, call: "Call") -> None:
        self._forget(descriptor)
        if descriptor != call.ended:
            call.kill()
            return
        with contextlib.suppress(OSError):
            call.stream.sendall(f"{os.waitstatus_to_exitcode(os.waitpid(call.process, 0)[1])}\n".encode())
        self._forget(call.stream.fileno())
        call.stream.close()
        os.close(call.ended)

    def _forget(self, descriptor: int) -> None:
        if self._running.pop(descriptor, None):
            self._poll.unregister(descriptor)


@dataclass(frozen=True)
class Call:
    """A process that works, a descriptor that can be read once it has ended, and one that can once its command has."""

    process: int
    ended: int
    stream: socket.socket

    def kill(self) -> None:
        """Its command was killed: so is the process, with its group if it has one."""
        end = os.killpg if os.getpgid(self.process) == self.process else os.kill
        end(self.process, signal.SIGKILL)


def _answer(call: socket.socket, path: list[str], imported: dict[str, str]) -> NoReturn:
    """Become what is called, and end as it does."""
    here = fcntl.fcntl(call.fileno(), fcntl.F_DUPFD_CLOEXEC, FAR)
    received = array.array("i")
    head, ancillary, _, _ = call.recvmsg(8, socket.CMSG_LEN(FAR))
    for _, _, data in ancillary:
        received.frombytes(data)
    words, numbers, leads, folder, variables = json.loads(call.makefile().read(int.from_bytes(head, "big")))
    call.close()
    call = socket.socket(fileno=here)
    far = [fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, FAR) for descriptor in received]
    for descriptor in received:
        os.close(descriptor)
    for descriptor, number in zip(far, numbers, strict=True):
        os.dup2(descriptor, number)
        os.close(descriptor)
    {"session": os.setsid, "group": os.setpgrp, "": lambda: None}[leads]()
    call.sendall(f"{os.getpid()}\n".encode())
    os.chdir(folder)
    os.environ.clear()
    os.environ.update({**imported, **variables})
    sys.executable = sys.argv[2]
    sys.path[:] = [*filter(None, variables.get("PYTHONPATH", "").split(os.pathsep)), *path]
    importlib.invalidate_caches()
    _end(_code_of(words))


def _code_of(words: list[str]) -> int:
    """Do what a command line asks for, and return its exit code."""
    try:
        _run(words)
    except SystemExit as exit_:
        if exit_.code is None or isinstance(exit_.code, int):
            return exit_.code or 0
        print(exit_.code, file=sys.stderr)
        return 1
    except BaseException as error:
        traceback.print_exc()
        if isinstance(error, KeyboardInterrupt):
            signal.signal(signal.SIGINT, signal.SIG_DFL)
            os.kill(os.getpid(), signal.SIGINT)
        return 1
    return 0


def _run(words: list[str]) -> None:
    safe = words[0] == "-P"
    what, *sys.argv[1:] = words[safe:] if words[safe].endswith(".py") else words[safe + 1 :]
    if not safe:
        sys.path.insert(0, {"-c": "", "-m": str(Path.cwd())}.get(words[0], str(Path(what).parent.absolute())))
    if words[safe] == "-m":
        runpy.run_module(what, run_name="__main__", alter_sys=True)
        return
    sys.argv[0] = words[safe]
    code = what if words[safe] == "-c" else Path(what).read_text(encoding="utf-8")
    sys.modules["__main__"] = main = types.ModuleType("__main__")
    exec(compile(code, "<string>" if words[safe] == "-c" else what, "exec"), vars(main))


def _end(code: int) -> NoReturn:
    threading._shutdown()
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):
            stream.flush()
    os._exit(code)


def main() -> None:
    """Import, then serve calls."""
    given = set(os.environ)
    for name in HEAVY:
        with contextlib.suppress(ImportError):  # in an interpreter of less
            importlib.import_module(name)
    import torch

    from quorate.registry import load_registry

    load_registry()  # manifests that have been read are not read again
    torch.set_num_threads(1)
    torch.optim.SGD([torch.zeros(1, requires_grad=True)])
    gc.freeze()
    os.fsync = lambda descriptor: None  # what tests write need not outlast the machine
    variables = {name: value for name, value in os.environ.items() if name not in given}
    Server(socket.socket(fileno=os.dup(0)), int(sys.argv[1]), variables).serve()
    os._exit(0)


if __name__ == "__main__":
    main()
