"""``quorate new``: packages to start from."""

import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import click

from quorate.cli.app import App, example_text, shared_options
from quorate.errors import QuorateError
from quorate.output import heading, say, table
from quorate.scaffold.blueprints import KINDS, STYLES, find_blueprint
from quorate.scaffold.names import Names, make_names

if TYPE_CHECKING:
    from quorate.scaffold.package import Written

_EXAMPLES = [
    "quorate new plugin acme",
    "quorate new plugin acme --component warehouse --style native",
    "quorate new plugin acme --kind algorithm --directory ~/plugins",
]


@click.group("new", no_args_is_help=True, epilog=example_text(_EXAMPLES[:1]))
def command() -> None:
    """Start something new."""


@command.command("plugin", epilog=example_text(_EXAMPLES))
@click.argument("name")
@click.option(
    "--kind", type=click.Choice(KINDS), default="environment", show_default=True, help="What the package has one of."
)
@click.option("--component", metavar="NAME", help="What the component is called, such as warehouse.")
@click.option(
    "--style",
    type=click.Choice(STYLES),
    help="Of an environment: a PettingZoo ParallelEnv (default), or batched by itself in torch.",
)
@click.option(
    "--directory",
    type=click.Path(path_type=Path),
    default=Path(),
    help="Where the package's folder is made; default: here.",
)
@click.option("--force", is_flag=True, help="Write into a folder that is there; replaced files are kept as *.bak.")
@shared_options
def plugin(
    app: App, name: str, kind: str, component: str | None, style: str | None, directory: Path, force: bool
) -> None:
    """Write the package of a plugin: a small component that works, its settings, manifest, tests, examples, README.

    NAME is yours or your project's: acme makes the folder and distribution acme-quorate with the package acme_quorate,
    and its component is registered below acme/. What is written passes its own tests; change it into what you want.
    """
    from quorate.scaffold.package import render_package, write_package

    blueprint = find_blueprint(kind, style)
    versioned = kind == "environment"
    given = component or blueprint.component
    names = make_names(name, given, blueprint.suffix, versioned=versioned, reserved=blueprint.reserved)
    _check_free(app, names)
    folder = directory / names.distribution
    _print(folder, names, kind, write_package(folder, render_package(blueprint, names), force=force), blueprint.compare)


def _check_free(app: App, names: Names) -> None:
    """Names that would get into each other's way."""
    registry = app.registry
    plugins = {plugin.name: plugin.distribution for plugin in registry.plugins}
    spaces = {row.name.split("/")[0]: row.distribution for row in registry.rows() if "/" in row.name}
    for taken in (spaces, plugins):
        if names.key in taken and (owner := taken[names.key]) != names.distribution:
            problem = f"The names below {names.key}/ belong to {owner}."
            raise QuorateError(problem, fix=f"Choose another name, such as my-{names.key}.")


def _print(folder: Path, names: Names, kind: str, written: "list[Written]", compare: bool) -> None:
    heading(f"Wrote {folder}")
    table(
        [
            (str(file.path.relative_to(folder)), f"(was there: see {file.kept.name})" if file.kept else "")
            for file in written
        ]
    )
    say()
    heading("Next")
    commands = [
        f"cd {shlex.quote(str(folder))}",
        "pip install -e .",
        f"quorate list {kind}",
        f"quorate check {names.component}",
        "quorate run examples/run.yaml",
    ]
    for line in [*commands, *(["quorate compare examples/compare.yaml"] if compare else [])]:
        say(f"  {line}")
