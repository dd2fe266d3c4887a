"""``quorate list``: what there is. Nothing is imported to print it."""

from collections.abc import Iterator, Sequence

import click

from quorate.cli.app import App, quorate_command
from quorate.cli.completion import kind_names
from quorate.output import heading, json_option, print_json, table
from quorate.registry.kinds import find_kind
from quorate.registry.listing import fitting, listed
from quorate.registry.registry import Registry
from quorate.registry.rows import Row


@quorate_command(
    "list",
    examples=[
        "quorate list",
        "quorate list environment",
        "quorate list algorithm --fits sensor-network/5x5-v1",
        "quorate list inference --json",
    ],
)
@click.argument("kind", required=False, shell_complete=kind_names)
@click.option("--fits", metavar="ENVIRONMENT", help="Leave out what requires something that it is not known to have.")
@json_option()
def command(app: App, kind: str | None, fits: str | None, as_json: bool) -> None:
    """List the components that can be used, of one KIND or of all."""
    registry = app.registry
    kinds = registry.kinds if kind is None else [find_kind(registry.kinds, kind).name]
    facts = None if fits is None else registry.find("environment", fits, installed=False).tags
    if as_json:
        print_json(listed(registry, kind, fits))
        return
    for name in kinds:
        if rows := fitting(registry, name, facts):
            heading(registry.kinds[name].plural.capitalize())
            table([line for row in rows for line in _lines(registry, row, rows)])
            click.echo()
    if problems := registry.problems():
        count = "1 problem" if len(problems) == 1 else f"{len(problems)} problems"
        click.echo(f"{count} with plugins: see `quorate plugins`.", err=True)


def _lines(registry: Registry, row: Row, rows: Sequence[Row]) -> Iterator[tuple[str, str]]:
    """A row; the first of the presets of what is no component itself comes below that, and presets are indented."""
    above = registry.above_presets(row.preset_of, row.kind)
    if above and row is next(one for one in rows if one.preset_of == row.preset_of):
        yield above.name, above.summary
    yield "  " * bool(row.preset_of) + row.name, _summary(registry, row)


def _summary(registry: Registry, row: Row) -> str:
    return f"{row.summary} [not installed: {registry.install_command(row)}]" if registry.missing(row) else row.summary
