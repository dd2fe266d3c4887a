"""Names that others gave, made harmless before they are shown. JSON and YAML keep them as they are."""

from collections.abc import Callable
from typing import Any

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet takes for the beginning of a formula."""


def visible(text: str) -> str:
    r"""Text for a terminal or a page: what is not printable is written out, an escape as ``\x1b``; lines stay."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() or c in "\n\t" else _written(c) for c in text)


def _written(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")


def harmless(data: Any, change: Callable[[str], str] = visible) -> Any:
    """Plain data with every text in it, keys too, made harmless by a function."""
    if isinstance(data, str):
        return change(data)
    if isinstance(data, dict):
        return {harmless(key, change): harmless(value, change) for key, value in data.items()}
    return [harmless(item, change) for item in data] if isinstance(data, list) else data


def markdown_line(text: str) -> str:
    """Text for Markdown: one line, without HTML, links and code."""
    return " ".join(visible(text).split()).replace("<", "\\<").replace("`", "\\`").replace("](", "]\\(")


def spreadsheet_cell(value: Any) -> Any:
    """A value for a CSV file: text that a spreadsheet would calculate begins with an apostrophe; numbers stay."""
    if not isinstance(value, str):
        return value
    return visible(f"'{value}" if value.startswith(_FORMULA) else value)
