"""What holds for every call of this process: manifests, permissions, progress, and the registry that follows."""

import functools
import shlex
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from quorate import paths
from quorate.door import arguments
from quorate.errors import ConfigError
from quorate.imports import check_package
from quorate.interpreters import parse_interpreter

if TYPE_CHECKING:
    from quorate.registry import Registry
    from quorate.run.progress import Display


class App:
    """What one call of the command line, or a process that uses the door, is told besides what it does.

    Attributes:
        manifests: unpackaged manifests, in the order given.
        plugins: whether third-party plugins may be loaded.
        debug: whether tracebacks are shown.
        allow: packages whose modules settings may name.
        interpreters: the paths of other Python interpreters, by name.
        progress: whether it is shown; None: where somebody watches.
    """

    progress: bool | None = None

    def __init__(self, manifests: Sequence[str] = (), *, plugins: bool = True, debug: bool = False) -> None:
        self.manifests = list(manifests)
        self.allow: list[str] = []
        self.interpreters: dict[str, str] = {}
        self.plugins = plugins
        self.debug = debug

    @functools.cached_property
    def registry(self) -> "Registry":
        """The registry, read when a command first asks for it."""
        from quorate.registry import load_registry

        more: dict[str, Any] = {"allow": self.allow, "interpreters": self.interpreters}
        return load_registry(self.manifests, plugins=self.plugins, **more)

    @property
    def again(self) -> str:
        """The options that later commands on a run need too, because no file may grant what they grant."""
        meanings = (shlex.quote(f"{name}={path}") for name, path in self.interpreters.items())
        imports = (f" --allow-import {package}" for package in self.allow)
        manifests = (f" --manifest {shlex.quote(path)}" for path in self.manifests)
        return "".join([*manifests, *imports, *(f" --interpreter {meaning}" for meaning in meanings)])

    def update(
        self,
        manifest: Sequence[str] = (),
        no_plugins: bool = False,
        debug: bool = False,
        allow_import: Sequence[str] = (),
        interpreter: Sequence[str] = (),
    ) -> None:
        """Add the options that were given at one place; a registry that was read without them is read anew.

        Raises:
            ConfigError: a package that is to be allowed has no package's name, or an interpreter no name and path.
        """
        before = self._granted()
        self.allow += [check_package(name) for name in allow_import if name not in self.allow]
        self.manifests += [path for path in manifest if path not in self.manifests]
        self.plugins = self.plugins and not no_plugins
        self.debug = self.debug or debug
        self.interpreters |= dict(parse_interpreter(text) for text in interpreter)
        if before != self._granted():
            self.forget()

    def forget(self) -> None:
        """Read the registry anew when it is asked for again."""
        self.__dict__.pop("registry", None)

    def _granted(self) -> tuple[Any, ...]:
        return (*self.manifests, self.plugins, *self.allow, *self.interpreters.items())


class Stopped(KeyboardInterrupt):
    """A signal ended what can go on later.

    Attributes:
        signal: its number.
    """

    def __init__(self, text: str, signal: int) -> None:
        super().__init__(text)
        self.signal = signal


_app = App()


@contextmanager
def using(app: App) -> Iterator[App]:
    """What the door does inside is told by another `App`."""
    global _app
    before, _app = _app, app
    try:
        yield app
    finally:
        _app = before


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
        ConfigError: a package or an interpreter has no name that could be one; or an argument is another thing.
    """
    progress = arguments.truth("progress", progress)
    given = arguments.mapping("interpreters", interpreters or {}).items()
    _app.update(
        [str(path) for path in arguments.words("manifests", manifests)],
        allow_import=arguments.words("allow_import", allow_import),
        interpreter=[f"{name}={path}" for name, path in given],
    )
    _app.progress = progress


def registry() -> "Registry":
    """What exists for this process."""
    return _app.registry


def forget_registry() -> None:
    """Read it anew when it is asked for again."""
    _app.forget()


def options() -> str:
    """The options that commands need to do what this process can."""
    return _app.again


def is_quiet(progress: bool | None) -> bool:
    """Whether progress is to be left out: as the call says, else as `configure` said, else unless somebody watches."""
    from rich.console import Console

    wanted = _app.progress if (given := arguments.truth("progress", progress)) is None else given
    console = Console(stderr=True)
    return not (console.is_terminal or console.is_jupyter if wanted is None else wanted)


def display(progress: bool | None) -> "Display":
    """Shows progress, if it is wanted."""
    from quorate.run.progress import make_display

    return make_display(is_quiet(progress))


def path_of(given: object, name: str = "path", wanted: str = "a path") -> Path:
    """The path of a file, a folder, or of a run, as a user gives it for `name`; it is called as it is `wanted`.

    Raises:
        ConfigError: it is none, or no file system can hold it.
    """
    given = arguments.path(name, getattr(given, "path", given), wanted)
    try:
        return paths.expanded(given)
    except ValueError as error:
        raise ConfigError(str(error), where=ascii(given)[:80], fix=paths.FIX) from None


@contextmanager
def interruptible() -> Iterator[None]:
    """Whoever calls from Python is interrupted by Ctrl-C, as any other code; global generators are left alone.

    Raises:
        Stopped: for the exit code that a signal means.
    """
    from quorate.global_generators import kept_global_generators

    try:
        with kept_global_generators():
            yield
    except SystemExit as exit_:
        raise Stopped("Stopped.", int(exit_.code or 130) - 128) from exit_
