"""What stands beside the numbers of a report wherever they are shown: how far they carry, and what they are over."""

from collections.abc import Iterable, Mapping
from typing import Any

Report = Mapping[str, Any]

FEW = 5
"""Finished seeds below which it is said that intervals are too narrow."""


def few_seeds(report: Report) -> str:
    """That the intervals are of few seeds; empty where they are not."""
    counts = [len(row["runs"]) for row in report["scores"] if row["statistic"] == "mean" and row["runs"]]
    few = min(counts, default=0)
    if not 0 < few < FEW:
        return ""
    what = "intervals are missing or too narrow" if few == 1 else "the intervals are too narrow"
    return f"Few seeds ({few}): {what}."


def over(report: Report, rows: Iterable[Mapping[str, Any]] | None = None) -> str:
    """The environments that results are over, where they are not all; else empty.

    Args:
        report: the content of ``report.json``.
        rows: the results; None: those that are normalised.
    """
    where = {run["id"]: run["environment"] for run in report["runs"]}
    used = {where.get(name) for row in (report["aggregates"] if rows is None else rows) for name in row["runs"]}
    names = [name for name in report["environments"] if name in used]
    return ", ".join(names) if len(names) < len(report["environments"]) else ""
