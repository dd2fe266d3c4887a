"""``quorate new``: packages and components to start from."""

import shlex
from collections.abc import Sequence
from pathlib import Path

import click

from quorate.cli.app import App, example_text, shared_options
from quorate.cli.completion import kind_names, kind_option
from quorate.commands import no_option
from quorate.output import heading, say, table

_EXAMPLES = [
    "quorate new plugin acme",
    "quorate new plugin acme --component warehouse --style native",
    "quorate new plugin acme --kind algorithm --directory ~/plugins",
]
_MORE = [
    "quorate new component noise two-levels",
    "quorate new component environment warehouse --style native",
    "quorate new component launcher slurm --directory ~/plugins/acme-quorate",
]
_style = click.option(
    "--style",
    help="Of an environment: pettingzoo, a ParallelEnv (default), native, batched by itself in torch, or tabular, by "
    "rules that are tabulated, so that it can be planned.",
)


@click.group("new", no_args_is_help=True, epilog=example_text([_EXAMPLES[0], _MORE[0]]))
def command() -> None:
    """Start something new: the package of a plugin, or a further component in one."""


@command.command("plugin", epilog=example_text(_EXAMPLES))
@click.argument("name")
@kind_option("What the package has one of.", default="environment", show_default=True)
@click.option("--component", metavar="NAME", help="What the component is called, such as warehouse.")
@_style
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
    from quorate.scaffold.blueprints import find_blueprint
    from quorate.scaffold.names import check_free, make_names
    from quorate.scaffold.package import render, write_package

    blueprint = find_blueprint(app.registry.kinds, kind, style)
    names = make_names(name, component or blueprint.component, blueprint)
    check_free(app.registry, names)
    folder = directory / names.distribution
    written = write_package(folder, render(blueprint, names), force=force)
    notes = [
        (str(file.path.relative_to(folder)), f"(was there: see {file.kept.name})" if file.kept else "")
        for file in written
    ]
    commands = [f"cd {shlex.quote(no_option(folder))}", "pip install -e .", *_commands(kind, names.component)]
    for verb, example in (("run", "run.yaml"), ("compare", "compare.yaml")):
        commands += [f"quorate {verb} examples/{example}"] if blueprint.has(example) else []
    _print(f"Wrote {folder}", notes, commands)


@command.command("component", epilog=example_text(_MORE))
@click.argument("kind", shell_complete=kind_names)
@click.argument("name")
@_style
@click.option(
    "--directory",
    type=click.Path(path_type=Path),
    default=Path(),
    help="The plugin's package, or a folder in it; default: here.",
)
@shared_options
def component(app: App, kind: str, name: str, style: str | None, directory: Path) -> None:
    """Add a component to a plugin's package that is there: its module, settings, test, example and row.

    KIND is one of `quorate list`, NAME what it is called, such as warehouse. The package is the one whose
    pyproject.toml names a manifest; the row goes to the end of that, and nothing that is there is changed or replaced.
    """
    from quorate.scaffold.blueprints import find_blueprint
    from quorate.scaffold.existing import add_component, find_package, to_add
    from quorate.scaffold.names import further_names

    blueprint = find_blueprint(app.registry.kinds, kind, style)
    package = find_package(directory)
    names = further_names(package.distribution, package.package, package.key, name, blueprint)
    written = add_component(package, blueprint, names)
    notes = [(str(path.relative_to(package.folder)), "") for path in written]
    notes[-1] = notes[-1][0], "(one row more)"
    _print(f"Wrote into {package.folder}", notes, to_add(package, blueprint) + _commands(kind, names.component))


def _commands(kind: str, name: str) -> list[str]:
    return [f"quorate list {kind}", f"quorate check {name}"]


def _print(title: str, files: Sequence[tuple[str, str]], commands: Sequence[str]) -> None:
    heading(title)
    table(files)
    say()
    heading("Next")
    for line in commands:
        say(f"  {line}")
