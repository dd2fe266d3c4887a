"""The tables of a report's numbers; every cell knows the runs that it comes from."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from quorate.studies.report.page import numbers
from quorate.studies.report.page.index import Index, Report, folder
from quorate.studies.report.page.pairs import Pair, pairs_of

MARKS = {"finished": "✓", "stopped": "✂", "failed": "✕", "missing": "○"}
"""Signs of a run's states, so that colour is not the only cue."""

_COSTS = {"seconds": numbers.duration, "peak_memory_bytes": numbers.memory}
"""How each cost is written."""


@dataclass(frozen=True)
class Cell:
    """A number with the link to its runs.

    Attributes:
        title: which runs these are.
        strong: whether it stands out.
        share: length of a bar beside it, from 0 to 1, or None.
    """

    text: str
    href: str | None = None
    title: str = ""
    strong: bool = False
    share: float | None = None


def _cell(row: Mapping[str, Any] | None, places: int | None, index: Index) -> Cell:
    if row is None or row["point"] is None:
        return Cell(numbers.MISSING, title="no finished run")
    text = numbers.interval(row["point"], row["low"], row["high"], places)
    return Cell(text, index.href(row["runs"]), index.source(row["runs"]))


def scores(report: Report, index: Index) -> list[dict[str, Any]]:
    """For each environment and variant with runs in it, the statistics and the number of runs behind them."""
    known = {(row["environment"], row["variant"], row["statistic"]): row for row in report["scores"]}
    tables = []
    for environment in index.environments:
        places = _places(row for row in report["scores"] if row["environment"] == environment)
        rows = []
        for variant in (name for name in index.variants if index.of(name, environment)):
            found = [known.get((environment, variant, name)) for name in ("mean", "median", "iqm", "std")]
            cells = [_cell(row, places, index) for row in found]
            rows.append({"variant": variant, "cells": cells, "runs": _finished(index.of(variant, environment))})
        tables.append({"environment": environment, "rows": rows})
    return tables


def outcomes(report: Report, index: Index) -> dict[str, Any]:
    """The names of all outcomes, and for each environment that has some and variant with runs in it, their means."""
    found = {(row["environment"], row["variant"], row["outcome"]): row for row in report["outcomes"]}
    names = list(dict.fromkeys(name for _, _, name in found))
    places = {name: _places(row for (_, _, own), row in found.items() if own == name) for name in names}
    tables: dict[str, list[Any]] = {}
    for environment, variant in dict.fromkeys((environment, variant) for environment, variant, _ in found):
        cells = [_cell(found.get((environment, variant, name)), places[name], index) for name in names]
        tables.setdefault(environment, []).append({"variant": variant, "cells": cells})
    return {"names": names, "tables": tables}


def _finished(runs: Iterable[Mapping[str, Any]]) -> str:
    states = [run["status"] for run in runs]
    return f"{states.count('finished')} of {len(states)}"


def _places(rows: Iterable[Mapping[str, Any]]) -> int | None:
    return numbers.shared((row["point"], row["low"], row["high"]) for row in rows)


def aggregates(report: Report, index: Index) -> list[dict[str, Any]]:
    """For each variant, the aggregate statistics."""
    known = {(row["variant"], row["statistic"]): row for row in report["aggregates"]}
    places = _places(report["aggregates"])
    names = ("iqm", "median", "mean", "optimality_gap")
    return [
        {"variant": variant, "cells": [_cell(known.get((variant, name)), places, index) for name in names]}
        for variant in index.variants
    ]


def improvement(report: Report, index: Index) -> list[dict[str, Any]]:
    """For each variant, the probability that it is better than each other one; strong where a difference is shown."""
    places = _places(report["improvement"])
    rows = []
    for variant in index.variants:
        pairs = {pair.other: _pair(pair, places, index) for pair in pairs_of(report, variant)}
        cells = [pairs.get(other, Cell(numbers.MISSING)) for other in index.variants]
        rows.append({"variant": variant, "cells": cells})
    return rows


def _pair(pair: Pair, places: int | None, index: Index) -> Cell:
    text = numbers.interval(pair.point, pair.low, pair.high, places)
    return Cell(text, index.href(pair.runs), index.source(pair.runs), pair.verdict != "unclear")


def costs(report: Report, index: Index) -> list[dict[str, Any]]:
    """For each environment and variant, wall time and peak memory, with bars that start at zero."""
    tables = []
    for environment in index.environments:
        if found := [row for row in report["cost"] if row["environment"] == environment]:
            most = {name: max((row[name]["mean"] or 0 for row in found if row[name]), default=0) for name in _COSTS}
            cells = [[_cost(row, name, most[name], write, index) for name, write in _COSTS.items()] for row in found]
            rows = [{"variant": row["variant"], "cells": own} for row, own in zip(found, cells, strict=True)]
            tables.append({"environment": environment, "rows": rows})
    return tables


def _cost(row: Mapping[str, Any], name: str, most: float, write: Any, index: Index) -> Cell:
    spread = row[name]
    if not spread or spread["mean"] is None:
        return Cell(numbers.MISSING, title="not recorded")
    known = spread["low"] is not None and spread["high"] is not None
    ends = f" [{write(spread['low'])}, {write(spread['high'])}]" if known else ""
    share = spread["mean"] / most if most else 0
    return Cell(write(spread["mean"]) + ends, index.href(row["runs"]), index.source(row["runs"]), share=share)


def runs(report: Report, index: Index) -> list[dict[str, Any]]:
    """All runs: for each variant and environment, a group with a place of its own."""
    groups = []
    for variant in index.variants:
        cells = [
            {
                "environment": environment,
                "anchor": index.anchor(variant=variant, environment=environment),
                "rows": [_run(run, index) for run in found],
            }
            for environment in index.environments
            if (found := index.of(variant, environment))
        ]
        groups.append({"variant": variant, "anchor": index.anchor(variant=variant), "cells": cells})
    return groups


def _run(run: Mapping[str, Any], index: Index) -> dict[str, Any]:
    return {
        "anchor": index.anchor(run=run["id"]),
        "id": run["id"],
        "seed": run["seed"],
        "status": run["status"],
        "sign": MARKS.get(run["status"], ""),
        "final": numbers.value(run["final"]),
        "absolute": numbers.value(run["absolute"]),
        "seconds": numbers.duration(run["seconds"]),
        "memory": numbers.memory(run["peak_memory_bytes"]),
        "folder": folder(run["path"]),
        "path": run["path"],
        "error": run["error"],
    }
