"""Plain tables and JSON. Not rich: importing it would take a third of what ``quorate list`` may take."""

import json
import shutil
import textwrap
from collections.abc import Callable, Sequence
from enum import Enum
from typing import Any

import click

from quorate.foreign import printing, printing_aside
from quorate.harmless import visible


def json_option(help: str = "Print JSON.") -> Callable[..., Any]:
    """The option ``--json``, the argument `as_json`: nothing but `print_json` prints on standard output then."""
    return click.option("--json", "as_json", is_flag=True, help=help, callback=_alone)


def _alone(context: click.Context, parameter: click.Parameter, value: bool) -> bool:
    if value and not context.resilient_parsing:
        context.with_resource(printing_aside())
    return value


def print_json(data: Any) -> None:
    """Print data as JSON; what JSON does not know is printed as text."""
    with printing():
        click.echo(json.dumps(data, indent=2, ensure_ascii=False, default=_plain))


def _plain(value: Any) -> Any:
    return value.value if isinstance(value, Enum) else str(value)


def say(text: str = "", *, sign: str = "", err: bool = False) -> None:
    """Print a line of text, which may hold what others chose; `sign` stands before it as it is, in colour say."""
    click.echo(sign + visible(text), err=err)


def heading(text: str) -> None:
    """Print a heading, bold on a terminal."""
    click.echo(click.style(visible(text), bold=True))


def table(rows: Sequence[Sequence[str]], *, indent: int = 2) -> None:
    """Print rows as columns; the last column is wrapped to the width of the terminal."""
    if not rows:
        return
    rows = [[visible(cell) for cell in row] for row in rows]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]) - 1)]
    start = indent + sum(width + 2 for width in widths)
    room = max(30, shutil.get_terminal_size((120, 24)).columns - start - 1)
    for row in rows:
        cells = "".join(cell.ljust(width + 2) for cell, width in zip(row[:-1], widths, strict=True))
        fits = len(row[-1]) <= room and row[-1].isprintable()  # which is told in no time; wrapping takes some
        lines = [row[-1]] if fits else textwrap.wrap(row[-1], room, break_on_hyphens=False) or [""]
        click.echo((" " * indent + cells + lines[0]).rstrip())
        for line in lines[1:]:
            click.echo(" " * start + line)


def block(text: str, *, indent: int = 2) -> None:
    """Print a paragraph, indented, its line breaks kept."""
    say(textwrap.indent(text.rstrip(), " " * indent))


class Once:
    """Tells an error in full for the first of those that have it, and names that one for the others."""

    def __init__(self) -> None:
        self._first: dict[str, str] = {}

    def __call__(self, subject: str, error: str) -> str:
        """What to print of `subject`."""
        first = self._first.setdefault(error, subject)
        return error if first == subject or "\n" not in error else f"the same as of {first}, above"
