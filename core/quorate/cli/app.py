"""What every command shares: the options that may stand before or after its name, and the registry.

A command is a module with an attribute ``command``, named in the table of `quorate.cli.main`:

    @quorate_command("run", examples=["quorate run examples/demo.yaml seed=1"])
    @click.argument("file")
    def command(app: App, file: str) -> None:
        '''Train and evaluate what a file describes.'''
        app.registry ...

Errors that the user can mend are raised as `QuorateError`; `quorate.cli.main.main` prints them and exits with code 2.
To exit with another code, ``raise SystemExit(1)`` or call ``click.get_current_context().exit(1)``.
"""

import functools
import shlex
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from quorate import paths
from quorate.errors import ConfigError
from quorate.imports import check_package
from quorate.interpreters import parse_interpreter

if TYPE_CHECKING:
    from quorate.registry import Registry


class App:
    """The state of one call of the command line.

    Attributes:
        manifests: unpackaged manifests, in the order given.
        plugins: whether third-party plugins may be loaded.
        debug: whether tracebacks are shown.
        allow: packages whose modules settings may name.
        interpreters: the paths of other Python interpreters, by name.
    """

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
            self.__dict__.pop("registry", None)

    def _granted(self) -> tuple[Any, ...]:
        return (*self.manifests, self.plugins, *self.allow, *self.interpreters.items())


def shared_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add ``--manifest`` and the other shared options, whose values go into the `App`, not to the function.

    The function gets the `App` as its first argument, and every `Path` with its ``~`` expanded, such as can exist.
    """

    @functools.wraps(function)
    def wrapper(
        *args: Any,
        manifest: tuple[Path, ...],
        allow_import: tuple[str, ...],
        interpreter: tuple[str, ...],
        no_plugins: bool,
        debug: bool,
        **keywords: Any,
    ) -> Any:
        context = click.get_current_context()
        app = context.ensure_object(App)
        keywords = {name: _usable(value, name, context) for name, value in keywords.items()}
        manifests = [str(path) for path in _usable(manifest, "manifest", context)]
        app.update(manifests, no_plugins, debug, allow_import, interpreter)
        return function(app, *args, **keywords)

    for option in reversed(_SHARED):
        wrapper = option(wrapper)
    return wrapper


def _usable(value: Any, name: str, context: click.Context) -> Any:
    """A parameter's value, its paths expanded.

    Raises:
        ConfigError: no file system can hold one of them.
    """
    if isinstance(value, tuple):
        return tuple(_usable(item, name, context) for item in value)
    if not isinstance(value, Path):
        return value
    try:
        return paths.expanded(value)
    except ValueError as error:
        where = next(option.opts[0] for option in context.command.params if option.name == name)
        raise ConfigError(str(error), where=where, fix=paths.FIX) from None


def quorate_command(name: str, *, examples: Sequence[str] = (), **attributes: Any) -> Callable[..., click.Command]:
    """As `click.command`, with the shared options; the function gets the `App` as its first argument.

    Args:
        name: of the command.
        examples: command lines, shown by ``--help``.
        attributes: further arguments of `click.command`.
    """

    def decorate(function: Callable[..., Any]) -> click.Command:
        make: Callable[..., click.Command] = click.command(name, epilog=example_text(examples), **attributes)
        return make(shared_options(function))

    return decorate


def example_text(examples: Sequence[str]) -> str | None:
    """An epilog that click does not reflow."""
    return "\b\nExamples:\n" + "\n".join(f"  {line}" for line in examples) if examples else None


_SHARED = (
    click.option(
        "--manifest",
        multiple=True,
        metavar="FILE",
        type=click.Path(path_type=Path),
        help="Also use the components of this manifest; modules next to it can be targets. May be repeated.",
    ),
    click.option(
        "--allow-import",
        multiple=True,
        metavar="PACKAGE",
        help="Let settings name modules of this package, whose code is then run. May be repeated.",
    ),
    click.option(
        "--interpreter",
        multiple=True,
        metavar="NAME=PATH",
        help="Say which Python, or virtual environment, a name in a configuration means. May be repeated.",
    ),
    click.option("--no-plugins", is_flag=True, help="Use built-in components only; third-party code is not imported."),
    click.option("--debug", is_flag=True, help="Show the traceback of an error."),
)
