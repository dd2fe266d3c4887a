"""What holds for every call of this process: manifests, permissions, progress, and the registry that follows."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from quorate import paths
from quorate.cli.app import App
from quorate.errors import ConfigError
from quorate.registry import Registry

_app = App()
_progress: list[bool | None] = [None]


def configure(
    *,
    manifests: Sequence[str | Path] = (),
    allow_import: Sequence[str] = (),
    interpreters: Mapping[str, str | Path] | None = None,
    progress: bool | None = None,
) -> None:
    """Say what holds for all later calls in this process; each call adds to those before.

    Args:
        manifests: further manifests, as ``--manifest`` gives them.
        allow_import: packages that settings may name modules of, as ``--allow-import`` gives them: their code is run.
        interpreters: the paths of other Python interpreters by name, as ``--interpreter`` gives them.
        progress: show how far long work is (true), or warnings only (false); None: in terminals and notebooks.

    Raises:
        ConfigError: a package or an interpreter has no name that could be one.
    """
    _progress[0] = progress
    named = [f"{name}={path}" for name, path in (interpreters or {}).items()]
    _app.update([str(path) for path in manifests], allow_import=allow_import, interpreter=named)


def registry() -> Registry:
    """What exists for this process."""
    return _app.registry


def forget_registry() -> None:
    """Read it anew when it is asked for again."""
    _app.__dict__.pop("registry", None)


def manifests() -> list[str]:
    """Those that were given, for records of runs."""
    return _app.manifests


def is_quiet(progress: bool | None) -> bool:
    """Whether progress is to be left out: as the call says, else as `configure` said, else unless somebody watches."""
    from rich.console import Console

    wanted = _progress[0] if progress is None else progress
    console = Console(stderr=True)
    return not (console.is_terminal or console.is_jupyter if wanted is None else wanted)


def path_of(given: object) -> Path:
    """The path of a file, a folder, or of a run, as a user gives it.

    Raises:
        ConfigError: no file system can hold it.
    """
    given = str(getattr(given, "path", given))
    try:
        return paths.expanded(given)
    except ValueError as error:
        raise ConfigError(str(error), where=ascii(given)[:80], fix=paths.FIX) from None


@contextmanager
def interruptible() -> Iterator[None]:
    """Ctrl-C ends a command with an exit code; who calls from Python is interrupted, as by any other code."""
    try:
        yield
    except SystemExit as exit_:
        raise KeyboardInterrupt from exit_
