"""Tables of plain data that can be read when printed."""

from collections.abc import Iterable, Sequence
from typing import Any


class Rows(list[dict[str, Any]]):
    """Rows of a table, as ``pandas.DataFrame`` takes them; printed, they are the columns that say most."""

    def __init__(self, rows: Iterable[dict[str, Any]], shown: Sequence[str]) -> None:
        super().__init__(rows)
        self._shown = shown

    def __repr__(self) -> str:
        cells = [[_text(row.get(name)) for name in self._shown] for row in self]
        widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
        return "\n".join("  ".join(map(str.ljust, row, widths)).rstrip() for row in cells)


def _text(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else "" if value is None else str(value)
