"""Rich's tables, lines and progress columns for text that others chose: no markup, control characters written out."""

import sys
from importlib.util import find_spec
from typing import Any

from rich.console import Console
from rich.progress import Task, TextColumn
from rich.table import Table as RichTable
from rich.text import Text

from quorate.harmless import visible

_READ = frozenset("[:")
"""What Rich does not take as it is: markup and names of emoji begin with these."""


def literal(part: Any) -> Any:
    """Text as it is; what is a `Text` or another renderable already keeps its style."""
    if not isinstance(part, str) or (part.isprintable() and not _READ.intersection(part)):
        return part
    return Text(visible(part))


def print_line(console: Console, text: str) -> None:
    """Print a line as it is; the terminal folds it."""
    console.print(literal(text), highlight=False, soft_wrap=True)


def results_console(width: int) -> Console:
    """For tables of results on standard output; what is no terminal, or closed, has no width to fold to."""
    return Console() if sys.stdout is not None and sys.stdout.isatty() else Console(width=width)


def is_live(console: Console) -> bool:
    """Whether bars can move: on a terminal, and in a notebook that has the widgets which Rich uses there."""
    return console.is_terminal or (console.is_jupyter and find_spec("ipywidgets") is not None)


class Table(RichTable):
    """A table that shows text as it is; a `Text` or another renderable keeps its style."""

    def __init__(self, *headers: str, title: str | None = None, **options: Any) -> None:
        styled = None if title is None else Text(visible(title), options.get("title_style") or "")
        super().__init__(*headers, title=styled, **options)

    def add_column(self, header: Any = "", *more: Any, **options: Any) -> None:
        """As Rich's; what does not fit is folded, not cut off."""
        fold = {} if options.get("no_wrap") else {"overflow": "fold"}
        super().add_column(literal(header), *more, **{**fold, **options})

    def add_row(self, *cells: Any, **options: Any) -> None:
        """As Rich's."""
        super().add_row(*map(literal, cells), **options)


class Words(TextColumn):
    """A column of a progress bar that shows text as it is."""

    def render(self, task: Task) -> Text:
        """The formatted text."""
        return Text(visible(self.text_format.format(task=task)), style=self.style, justify=self.justify)
