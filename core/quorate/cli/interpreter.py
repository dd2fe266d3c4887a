"""``quorate interpreter``: the Python interpreters that simulators live in."""

from dataclasses import asdict
from pathlib import Path

import click

from quorate.cli.app import App, quorate_command
from quorate.errors import ConfigError
from quorate.interpreters import check_name, find_interpreter, known_interpreters, settings_file
from quorate.output import heading, json_option, print_json, say, table


@quorate_command(
    "create",
    short_help="Make the virtual environment that a plugin describes.",
    examples=[
        "quorate interpreter create isaac --for isaaclab",
        "quorate interpreter create sc2 --for smacv2 --checkout smacv2=../smacv2 --python python3.11",
    ],
)
@click.argument("name")
@click.option(
    "--for", "plugin", required=True, metavar="PLUGIN", help="What is to live there: `quorate interpreter list`."
)
@click.option("--python", metavar="PATH", help="The Python to make it with; else one that is found.")
@click.option("--directory", metavar="PATH", type=click.Path(path_type=Path), help="Where it is made.")
@click.option(
    "--checkout",
    "checkouts",
    multiple=True,
    metavar="NAME=PATH",
    help="Install this folder instead of the requirement of that name. May be repeated.",
)
def create(
    app: App, name: str, plugin: str, python: str | None, directory: Path | None, checkouts: tuple[str, ...]
) -> None:
    """Make a virtual environment for a plugin's components, check it, and enter it in your settings as NAME.

    What pip installs is said by the plugin's manifest: nothing in a configuration or in a run's folder is read. Quorate
    is installed there as it is here. A call that was stopped is gone on with by the same command. Configurations use it
    by `interpreter: NAME` beside the environment's name.
    """
    from quorate.interpreters.creating import create as create_there
    from quorate.interpreters.entering import enter, prepare
    from quorate.interpreters.process import Worker

    row = app.registry.interpreter(plugin)
    folder = (directory or settings_file().parent / "interpreters" / check_name(name)).absolute()
    prepare()  # before minutes of downloads
    own = create_there(row, folder, python, dict(map(_checkout, checkouts)))
    if row.host:
        worker = Worker(name, own)
        worker.close()
        say(", ".join(f"{package} {version}" for package, version in worker.versions.items()))
    file = enter(name, folder)
    say(f"{name} is {folder}, as {file} says now.")
    if row.host:
        say(f"Write `interpreter: {name}` beside the name of an environment that lives there.")


def _checkout(text: str) -> tuple[str, Path]:
    name, equals, path = text.partition("=")
    if not (name and equals and path):
        raise ConfigError(f"{text!r} names no checkout.", where="--checkout", fix="Write it like smacv2=../smacv2.")
    return name, Path(path).expanduser()


@quorate_command("list", short_help="What can be made, and what there is.", examples=["quorate interpreter list"])
@json_option()
def list_all(app: App, as_json: bool) -> None:
    """List the interpreters that plugins describe, and those that your settings name."""
    rows, known = app.registry.interpreters(), known_interpreters(app.interpreters)
    if as_json:
        print_json({"described": [asdict(row) for row in rows], "known": known})
        return
    heading("Described by plugins")
    table([(row.name, f"Python {row.python}", row.size, row.summary) for row in rows] or [("none", "")])
    click.echo()
    heading(f"In {settings_file()}")
    table([(name, _state(name, app)) for name in known] or [("none", "")])


def _state(name: str, app: App) -> str:
    try:
        return find_interpreter(name, app.interpreters)
    except ConfigError as error:
        return error.problem


@click.group("interpreter", commands=[create, list_all])
def command() -> None:
    """Python interpreters of their own, for simulators that need what can not be installed here."""
