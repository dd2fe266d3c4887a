"""The command `quorate` for tests that type it often: a process that has imported torch once forks for each call.

To import torch takes two seconds of the processor, and most calls in the pages of the docs do little else. What is
run, `quorate.__main__.main`, and what it is given (words, folder, variables, standard streams) are the same as of the
installed command, which the tests of the command line start for itself.

``python warm.py SOCKET`` is the process that forks; `CLIENT` is the command.
"""

import array
import contextlib
import importlib
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

CLIENT = """\
#!{python} -IS
import array, json, os, signal, socket, sys
there = socket.socket(socket.AF_UNIX)
there.connect({address!r})
said = json.dumps([sys.argv[1:], os.getcwd(), dict(os.environ)]).encode()
there.sendmsg([len(said).to_bytes(8, "big")], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [0, 1, 2]))])
there.sendall(said)
answers = there.makefile()
process = int(answers.readline())
for number in (signal.SIGINT, signal.SIGTERM):
    signal.signal(number, lambda number, _: os.kill(process, number))
sys.exit(int(answers.read() or 70))
"""


@contextlib.contextmanager
def command(folder: Path, python: str | Path = sys.executable, **variables: str) -> Iterator[Path]:
    """The command, which starts at once, in a folder of its own.

    Args:
        folder: is made.
        python: whose installations the command sees.
        variables: of the process that forks.
    """
    folder.mkdir()
    address, client = folder / "socket", folder / "quorate"
    client.write_text(CLIENT.format(python=python, address=str(address)), encoding="utf-8")
    client.chmod(0o755)
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    environment = {**os.environ, **variables}
    with subprocess.Popen([python, __file__, address], env=environment, **pipes) as server:
        assert server.stdout.readline() == "ready\n"
        yield client
        server.terminate()


def serve(address: str) -> None:
    """Import, listen, and fork for each call until the standard input ends, as it does with the tests."""
    import torch
    import torch.utils.data

    torch.set_num_threads(1)
    for name in (
        "quorate.run",
        "quorate.studies.compare.execute",
        "quorate.studies.report.document",
        "quorate.learning.off_policy",
    ):
        importlib.import_module(name)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    server = socket.socket(socket.AF_UNIX)
    server.bind(address)
    server.listen()
    print("ready", flush=True)
    if os.fork() == 0:
        sys.stdin.read()
        os.kill(os.getppid(), signal.SIGTERM)
        os._exit(0)
    while True:
        call, _ = server.accept()
        if os.fork() == 0:
            server.close()
            _answer(call)
        call.close()


def _answer(call: socket.socket) -> None:
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    streams = array.array("i")
    head, parts, _, _ = call.recvmsg(8, socket.CMSG_LEN(3 * streams.itemsize))
    streams.frombytes(parts[0][2])
    words, folder, variables = json.loads(call.makefile().read(int.from_bytes(head, "big")))
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
    call.sendall(f"{os.getpid()}\n".encode())
    threading.Thread(target=_end_with, args=[call], daemon=True).start()
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(variables)
    sys.argv = ["quorate", *words]
    sys.path[:0] = [path for path in variables.get("PYTHONPATH", "").split(os.pathsep) if path]
    code = 1
    try:
        from quorate.__main__ import main

        code = main()
    except SystemExit as exit_:
        code = exit_.code if isinstance(exit_.code, int) else 0 if exit_.code is None else 1
    finally:
        with contextlib.suppress(OSError, ValueError):
            sys.stdout.flush()
            sys.stderr.flush()
        call.sendall(str(code).encode())
        os._exit(0)


def _end_with(call: socket.socket) -> None:
    """The command was killed: so is what it stands for."""
    call.recv(1)
    os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    serve(sys.argv[1])
