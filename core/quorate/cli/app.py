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
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import click

from quorate import paths
from quorate.door.session import App as App
from quorate.door.session import Stopped
from quorate.errors import ConfigError
from quorate.output import say


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
        try:
            return function(app, *args, **keywords)
        except Stopped as stopped:
            say(str(stopped), err=True)
            raise SystemExit(128 + stopped.signal) from None

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
