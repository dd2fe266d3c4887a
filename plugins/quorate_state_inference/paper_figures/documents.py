"""Reports as plain data: the numbers behind the figures."""

import dataclasses
import math
from typing import Any

from torch import Tensor

from quorate_state_inference.paper_figures.consistency import RADIUS, FixedPoints
from quorate_state_inference.paper_figures.frequencies import Frequencies
from quorate_state_inference.paper_figures.response import ABSOLUTE, RELATIVE, Ranks
from quorate_state_inference.paper_figures.sharing import TOLERANCE

DIGITS = 6
MOST_NUMBERS = 4000
"""A table of states with more numbers than this is left out; indices are into the exact posterior's states."""


def rounded(value: Any) -> Any:
    """Dataclasses, tensors and sequences as dicts, lists and numbers; NaN and infinities as None."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: rounded(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, Tensor):
        return rounded(value.detach().cpu().tolist())
    if isinstance(value, dict):
        return {str(key): rounded(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [rounded(item) for item in value]
    if isinstance(value, float):
        return float(f"{value:.{DIGITS}g}") if math.isfinite(value) else None
    return value


def fixed_points_document(report: FixedPoints) -> dict[str, Any]:
    """Each history's attractors and what is missing, and the shared fixed points."""
    small = report.states.numel() <= MOST_NUMBERS
    lost = report.checked & ~report.represented
    histories: list[dict[str, Any]] = [
        {"history": label, "spurious": spurious, "missing": row.nonzero()[:, 0], "attractors": []}
        for label, row, spurious in zip(report.labels, lost, report.spurious_of_history.tolist(), strict=True)
    ]
    columns = report.attractors.owner, report.nearest, report.deviation, report.mass, report.eigenvalue, report.good
    for index, row in enumerate(zip(*(column.tolist() for column in columns), strict=True)):
        names = ("nearest_state", "deviation", "mass", "eigenvalue", "good")
        entry = dict(zip(names, row[1:], strict=True))
        if small:
            entry["point"] = report.attractors.points[index]
        histories[row[0]]["attractors"].append(entry)
    shared = [{**vars(one), "as_theory_says": one.is_consistent} for one in report.sharing.joint]
    for one in shared:
        one.pop("points")
    limits = {"radius": RADIUS, "shared_tolerance": TOLERANCE}
    states = {"states": report.states} if small else {}
    return dict(rounded({"summary": report.summary(), **limits, **states, "histories": histories, "shared": shared}))


def frequencies_document(report: Frequencies) -> dict[str, Any]:
    """Each history's exact and found probabilities: of states where they are few, and of features."""
    rows = []
    for index, label in enumerate(report.labels):
        row: dict[str, Any] = {"history": label, "elsewhere": report.elsewhere[index]}
        row |= {"total_variation": report.variation[index]}
        shown = (report.exact[index] > 1e-9) | (report.found[index] > 0)
        row["state"] = shown.nonzero()[:, 0]
        row |= {"exact": report.exact[index][shown], "found": report.found[index][shown]}
        row |= {"exact_mean": report.exact_marginal[index], "found_mean": report.found_marginal[index]}
        rows.append(row)
    return dict(rounded({"summary": report.summary(), "noises": report.noises, "histories": rows}))


def ranks_document(report: Ranks) -> dict[str, Any]:
    """Deviation and ranks of each fixed point, with the tolerances that decide the sign of the correlation."""
    limits = {"relative_tolerance": RELATIVE, "absolute_tolerance": ABSOLUTE}
    return {"summary": rounded(report.summary()), **limits, "fixed_points": rounded(report)}


def document(report: Any) -> dict[str, Any]:
    """Everything that a report holds, and its summary."""
    return {"summary": rounded(report.summary()), **rounded(report)}
