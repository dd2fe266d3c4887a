"""Checks that components really import, in a process of their own: a crash or a hang there is one broken component.

It is asked ``{"manifests": [...], "plugins": true, "rows": [[kind, name], ...]}``, and answers for each row.
"""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass

from quorate.errors import QuorateError
from quorate.foreign import Foreign, told
from quorate.processes.child import ChildError, ChildProcess, answer, inherited
from quorate.registry.describe import describe_settings, unknown_defaults
from quorate.registry.registry import Registry, load_registry
from quorate.registry.rows import Row
from quorate.registry.targets import declared_settings
from quorate.settings import load_target

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
        for found in _one_process(waiting, list(manifests), plugins, timeout):
            waiting.remove((found.kind, found.name))
            yield found


def _one_process(rows: list[tuple[str, str]], manifests: list[str], plugins: bool, timeout: float) -> Iterator[Answer]:
    """Answers until the process ends; the row at which it crashed or hung is answered too."""
    with ChildProcess("quorate.registry.check") as child:
        child.ask({"manifests": manifests, "plugins": plugins, "rows": rows})
        with suppress(ChildError):
            child.answer(_START_TIMEOUT)
        for kind, name in list(rows):
            try:
                error = child.answer(timeout)
            except ChildError as end:
                yield Answer(kind, name, child.end(end))
                return
            yield Answer(kind, name, error)


def check_row(registry: Registry, row: Row) -> str | None:
    """What is wrong with a component, or None: its target, the interface, its settings, the row's defaults."""
    try:
        target = registry.load(row)
        settings_class = registry.settings_class(row)
        describe_settings(settings_class, row.defaults)
    except QuorateError as error:
        return str(error)
    if unknown := unknown_defaults(settings_class, row.defaults):
        names = ", ".join(unknown)
        return f"the row's defaults name no settings of {settings_class.__qualname__}: {names} ({row.where})"
    declared = declared_settings(target)
    if isinstance(declared, type) and not issubclass(settings_class, declared):
        return f"the row's settings are {settings_class.__qualname__}, but the target takes {declared.__qualname__}"
    kind = registry.kinds[row.kind]
    classes = (kind.interface, *kind.accepts) if kind.interface and isinstance(target, type) else ()
    if classes and not any(issubclass(target, load_target(name)) for name in classes):
        return f"{row.target} is no {classes[0].rpartition(':')[2]}"
    return None if callable(target) else f"{row.target} can not be called"


def main() -> None:
    """Answer for the rows that are asked for."""
    channel = inherited()
    asked, _ = channel.receive()
    registry = load_registry(asked["manifests"], plugins=asked["plugins"])
    answer(channel, None)
    for kind, name in asked["rows"]:
        try:
            with Foreign():
                error = check_row(registry, registry.find(kind, name))
        except Exception as failure:
            error = told(failure)
        answer(channel, error)


if __name__ == "__main__":
    main()
