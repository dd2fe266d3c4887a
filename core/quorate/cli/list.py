"""``quorate list``: what there is. Nothing is imported to print it."""

from typing import Any

import click

from quorate.cli.app import App, quorate_command
from quorate.cli.output import heading, print_json, table
from quorate.errors import RegistryError
from quorate.nearest import nearest
from quorate.registry.kinds import KINDS
from quorate.registry.manifest import Row
from quorate.registry.registry import Registry


@quorate_command(
    "list",
    examples=["quorate list", "quorate list environment", "quorate list inference --json"],
)
@click.argument("kind", required=False, shell_complete=lambda _, __, text: [k for k in KINDS if k.startswith(text)])
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(app: App, kind: str | None, as_json: bool) -> None:
    """List the components that can be used, of one KIND or of all."""
    if kind is not None and kind not in KINDS:
        fix = "Give one of the kinds, or none to list them all."
        raise RegistryError(f"There is no kind {kind!r}.", choices=nearest(kind, KINDS) or tuple(KINDS), fix=fix)
    registry = app.registry
    if as_json:
        print_json([_entry(registry, row) for row in registry.rows(kind)])
        return
    for name in [kind] if kind else KINDS:
        if rows := registry.rows(name):
            heading(KINDS[name].plural.capitalize())
            table([(row.name, _summary(registry, row)) for row in rows])
            click.echo()
    if problems := registry.problems():
        count = "1 problem" if len(problems) == 1 else f"{len(problems)} problems"
        click.echo(f"{count} with plugins: see `quorate plugins`.", err=True)


def _summary(registry: Registry, row: Row) -> str:
    return f"{row.summary} [not installed: {registry.install_command(row)}]" if registry.missing(row) else row.summary


def _entry(registry: Registry, row: Row) -> dict[str, Any]:
    missing = registry.missing(row)
    return {
        "kind": row.kind,
        "name": row.name,
        "summary": row.summary,
        "tags": row.tags,
        "paper": row.paper,
        "distribution": row.distribution,
        "available": not missing,
        "missing": missing,
        "install": registry.install_command(row) if missing else None,
    }
