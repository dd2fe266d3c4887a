"""Checks that components really import, in a process of their own: a crash or a hang there is one broken component.

``python -m quorate.registry.check`` reads ``{"manifests": [...], "plugins": true, "rows": [[kind, name], ...]}`` from
its standard input and prints one line of JSON for each row.
"""

import json
import os
import queue
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import IO, Any

from quorate.errors import QuorateError
from quorate.registry.describe import describe_settings, unknown_defaults
from quorate.registry.kinds import KINDS
from quorate.registry.manifest import Row
from quorate.registry.registry import Registry, load_registry
from quorate.registry.targets import declared_settings
from quorate.settings import load_target

_MARK = "quorate-check "
"""Begins the lines that matter; a target may print whatever it likes at import."""


_START_TIMEOUT = 120.0
"""Seconds for the process to start and read the manifests, before the time of the first row begins."""


@dataclass(frozen=True)
class Answer:
    """What became of one component: `error` is None where it is sound."""

    kind: str
    name: str
    error: str | None


def check_rows(
    rows: Sequence[Row], manifests: Sequence[str] = (), *, plugins: bool = True, timeout: float = 120.0
) -> Iterator[Answer]:
    """Check rows one after another in a child process, and go on in a new one after a crash or a hang.

    Args:
        rows: what to check.
        manifests: given by hand, as to `load_registry`.
        plugins: as to `load_registry`.
        timeout: seconds for one row.
    """
    waiting = [(row.kind, row.name) for row in rows]
    while waiting:
        for answer in _one_process(waiting, list(manifests), plugins, timeout):
            waiting.remove((answer.kind, answer.name))
            yield answer


def _one_process(rows: list[tuple[str, str]], manifests: list[str], plugins: bool, timeout: float) -> Iterator[Answer]:
    """Answers until the process ends; the row at which it crashed or hung is answered too."""
    command = [sys.executable, "-P", "-m", "quorate.registry.check"]
    same_path = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(command, text=True, encoding="utf-8", errors="replace", env=same_path, **pipes) as child:
        assert child.stdin is not None
        lines, errors = _follow(child.stdout), _follow(child.stderr)
        child.stdin.write(json.dumps({"manifests": manifests, "plugins": plugins, "rows": rows}))
        child.stdin.close()
        with suppress(_NoAnswerError):
            _await(lines, _START_TIMEOUT)
        for kind, name in list(rows):
            try:
                answer = _await(lines, timeout)
            except _NoAnswerError as end:
                child.kill()
                yield Answer(kind, name, _last_words(end, child.wait(), errors))
                return
            yield Answer(kind, name, answer)


def _follow(stream: IO[str] | None) -> "queue.Queue[str | None]":
    lines: queue.Queue[str | None] = queue.Queue()

    def read() -> None:
        assert stream is not None
        for line in stream:
            lines.put(line)
        lines.put(None)

    threading.Thread(target=read, daemon=True).start()
    return lines


class _NoAnswerError(Exception):
    """The process died or hung."""


def _await(lines: "queue.Queue[str | None]", timeout: float) -> str | None:
    """The next answer's error, or None."""
    while True:
        try:
            line = lines.get(timeout=timeout)
        except queue.Empty:
            raise _NoAnswerError(f"it did not finish within {timeout:g} s") from None
        if line is None:
            lines.put(None)  # for whoever asks next
            raise _NoAnswerError("the process died")
        if line.startswith(_MARK):
            error: str | None = json.loads(line.removeprefix(_MARK))
            return error


def _last_words(end: _NoAnswerError, code: int, errors: "queue.Queue[str | None]") -> str:
    last = ""
    while (line := errors.get()) is not None:
        last = line.strip() or last
    return f"{end} (exit code {code}{', ' + last if last else ''})"


def check_row(registry: Registry, row: Row) -> str | None:
    """What is wrong with a component, or None: its target, the interface, its settings, the row's defaults."""
    try:
        target = registry.load(row)
        settings_class = registry.settings_class(row)
        describe_settings(settings_class, row.defaults)
    except QuorateError as error:
        return str(error)
    if unknown := unknown_defaults(settings_class, row.defaults):
        return f"the row's defaults name no settings of {settings_class.__qualname__}: {', '.join(unknown)}"
    declared = declared_settings(target)
    if isinstance(declared, type) and not issubclass(settings_class, declared):
        return f"the row's settings are {settings_class.__qualname__}, but the target takes {declared.__qualname__}"
    interface = KINDS[row.kind].interface
    if interface and isinstance(target, type) and not issubclass(target, _accepted(row.kind, interface)):
        return f"{row.target} is no {interface.rpartition(':')[2]}"
    return None if callable(target) else f"{row.target} can not be called"


def _accepted(kind: str, interface: str) -> tuple[type, ...]:
    """The interface, and for environments PettingZoo's too: the bridge batches those."""
    names = [interface, "pettingzoo:ParallelEnv"] if kind == "environment" else [interface]
    return tuple(load_target(name) for name in names)


def main() -> None:
    """Answer the rows asked for on standard input."""
    asked = json.load(sys.stdin)
    registry = load_registry(asked["manifests"], plugins=asked["plugins"])
    _answer(None)
    for kind, name in asked["rows"]:
        try:
            error = check_row(registry, registry.find(kind, name))
        except Exception as failure:  # a third party's class may raise anything when it is looked at
            error = f"{type(failure).__name__}: {failure}"
        _answer(error)


def _answer(error: str | None) -> None:
    sys.stdout.write(f"\n{_MARK}{json.dumps(error)}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
