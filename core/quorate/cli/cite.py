"""``quorate cite``: BibTeX of what a file uses."""

from pathlib import Path

import click

from quorate.cli.app import App, quorate_command
from quorate.cli.output import json_option, print_json
from quorate.papers import citations


@quorate_command(
    "cite",
    examples=["quorate cite examples/demo.yaml > references.bib", "quorate cite examples/demo.yaml seed=1 --json"],
)
@click.argument("file", type=click.Path(path_type=Path))
@click.argument("overrides", nargs=-1, metavar="[KEY=VALUE]...")
@json_option()
def command(app: App, file: Path, overrides: tuple[str, ...], as_json: bool) -> None:
    """Print BibTeX for Quorate and for every component that the resolved FILE uses."""
    from quorate.config import compose  # imports omegaconf

    resolved = compose(file, overrides, app.registry)
    rows = [app.registry.row_of(part) for part in resolved.components()]
    entries = citations(rows)
    if as_json:
        print_json([{"bibtex": entry, "components": used} for entry, used in entries.items()])
        return
    for entry, used in entries.items():
        click.echo(f"% {', '.join(used)}\n{entry}\n")
