"""What can go wrong in another interpreter."""

import os
import signal
import subprocess
import sys
import time
import warnings


def break_axle() -> None:
    raise ZeroDivisionError("the axle broke")


def leave() -> None:
    print("the licence is not valid", file=sys.stderr)
    os._exit(17)


def crash() -> None:
    os.kill(os.getpid(), signal.SIGSEGV)


def hang() -> None:
    print("waiting for the server", flush=True)
    time.sleep(3600)


def babble() -> None:
    for descriptor in (1, 2):
        os.write(descriptor, b'{"present": []}\n\x00\xff' * 50_000)


def corrupt() -> None:
    print("I write where I should not", flush=True)
    os.write(int(sys.argv[1]), b"\x00garbage\x00" * 100)
    time.sleep(3600)


def warn() -> None:
    warnings.warn("the ice is thin", stacklevel=1)


def orphan() -> None:
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(3600)"])
    print("child", child.pid, flush=True)
    os._exit(3)


def fork() -> None:
    child = os.fork()
    if not child:
        time.sleep(3600)
    print("child", child, flush=True)
    os._exit(3)
