"""Programs that run to their end by themselves."""

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path

_OWN = ("PYTHONPATH", "PYTHONHOME", "PYTHONSTARTUP", "VIRTUAL_ENV", "__PYVENV_LAUNCHER__")


def variables_elsewhere() -> dict[str, str]:
    """Of the environment, for another interpreter, which finds its packages by itself."""
    return {name: value for name, value in os.environ.items() if name not in _OWN}


def run_program(
    words: Sequence[str], *, seconds: float | None = None, folder: Path | None = None, shown: bool = False
) -> "subprocess.CompletedProcess[str]":
    """Run a program that reads nothing, and wait for its end.

    Args:
        words: it, and what it is told.
        seconds: that it may take; None: as many as it likes.
        folder: that it runs in.
        shown: what it prints goes to standard error, and is not kept.

    Raises:
        OSError: it can not be started.
        TimeoutError: it was ended, for it took too long.
    """
    output, error = (2, None) if shown else (subprocess.PIPE, subprocess.PIPE)
    try:
        return subprocess.run(
            words, stdin=subprocess.DEVNULL, stdout=output, stderr=error, text=True, errors="replace", timeout=seconds,
            cwd=folder, env=variables_elsewhere(), check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise TimeoutError(f"{words[0]} did not end within {seconds:g} s") from None
