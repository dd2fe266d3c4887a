"""One run's folder as a report reads it: whatever is damaged is said, and the rest is used."""

import math
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

from quorate.documents import read_document
from quorate.errors import QuorateError, RunError
from quorate.run.reading import number, numbers, read_mapping, read_rows

_MAPPINGS = ("versions", "machine", "git", "environment", "conventions")
"""Parts of a record."""


class Status(StrEnum):
    """What became of a cell: one variant in one environment with one seed."""

    FINISHED = "finished"
    CUT = "cut"
    FAILED = "failed"
    MISSING = "missing"


@dataclass(frozen=True)
class Content:
    """What is in the folder of a run.

    Attributes:
        path: the folder.
        config: ``config.yaml``; empty where it can not be read.
        record: ``record.json``, likewise.
        evaluations: metrics of each evaluation by training step, ascending.
        environment_steps: by training step, where training metrics say it.
        result: the final evaluation; None where the run is not finished.
        absolute: the evaluation of the best policy seen, where there was one.
        elapsed: seconds from the start, the parts of a run that was resumed added up, by step evaluated.
        seconds: of the whole run; None where it is not recorded.
        memory: the peak, bytes; None where it is not recorded.
        problems: what is damaged, each in a sentence.
    """

    path: Path
    config: dict[str, Any] = field(default_factory=dict)
    record: dict[str, Any] = field(default_factory=dict)
    evaluations: dict[int, dict[str, float]] = field(default_factory=dict)
    environment_steps: dict[int, float] = field(default_factory=dict)
    result: dict[str, float] | None = None
    absolute: dict[str, float] | None = None
    elapsed: dict[int, float] = field(default_factory=dict)
    seconds: float | None = None
    memory: float | None = None
    problems: tuple[str, ...] = ()


def read_run(path: Path) -> Content:
    """Read a run's folder; a file that is damaged becomes a problem."""
    problems: list[str] = []
    config = mapping(path / "config.yaml", problems)
    record = _parts(mapping(path / "record.json", problems), problems)
    evaluations, steps = _metrics(path / "metrics.jsonl", problems)
    final = mapping(path / "result.json", problems) if (path / "result.json").exists() else {}
    result = numbers(final.get("evaluation")) or None
    if final and result is None:
        problems.append("result.json has no evaluation in it")
    absolute = _absolute(final.get("absolute"))
    elapsed, seconds = _timing(path / "timing.jsonl", problems)
    cost = {name: value for name, value in numbers(final.get("cost")).items() if math.isfinite(value)}
    seconds, memory = cost.get("seconds", seconds), cost.get("peak_memory_bytes")
    found = evaluations, steps, result, absolute, elapsed, seconds, memory
    return Content(path, config, record, *found, tuple(problems))


def mapping(path: Path, problems: list[str]) -> dict[str, Any]:
    """A YAML or JSON file that holds a mapping; empty, with a problem noted, where it does not."""
    try:
        data = read_document(path, RunError)[0] if path.suffix == ".yaml" else read_mapping(path)
    except QuorateError as error:
        problems.append(f"{path.name} can not be used: {error.problem}")
        return {}
    if not isinstance(data, dict):
        problems.append(f"{path.name} can not be used: it holds no mapping")
        return {}
    return data


def _parts(record: dict[str, Any], problems: list[str]) -> dict[str, Any]:
    """A record without those parts that are not what they must be: mappings, where they are there at all."""
    wrong = [name for name in _MAPPINGS if not isinstance(record.get(name), dict | None)]
    if wrong:
        problems.append(f"record.json is damaged: {', '.join(wrong)} should be mappings; they are left out")
    return {name: value for name, value in record.items() if name not in wrong}


def _absolute(data: Any) -> dict[str, float] | None:
    """Its metrics, which may stand beside the step they are of."""
    inner = data.get("evaluation", data.get("metrics", data)) if isinstance(data, dict) else None
    return numbers(inner) or None


def _rows(path: Path, problems: list[str]) -> list[dict[str, Any]]:
    """The good lines of a JSON lines file."""
    try:
        rows, bad = read_rows(path)
    except RunError as error:
        problems.append(error.problem)
        return []
    if bad:
        problems.append(f"{path.name} has {len(bad)} damaged line(s), which are left out")
    return rows


def _metrics(path: Path, problems: list[str]) -> tuple[dict[int, dict[str, float]], dict[int, float]]:
    evaluations: dict[int, dict[str, float]] = {}
    steps: dict[int, float] = {}
    for row in _rows(path, problems):
        values = numbers(row.get("metrics"))
        if row.get("phase") == "evaluation":
            evaluations[row["step"]] = values
        elif row.get("phase") == "train" and math.isfinite(values.get("environment_steps", math.nan)):
            steps[row["step"]] = values["environment_steps"]
    return dict(sorted(evaluations.items())), steps


def _timing(path: Path, problems: list[str]) -> tuple[dict[int, float], float | None]:
    if not path.exists():
        return {}, None
    elapsed: dict[int, float] = {}
    total = 0.0
    for row in _rows(path, problems):
        seconds = number(row.get("seconds")) or 0.0
        total += seconds if math.isfinite(seconds) else 0.0
        if row.get("event") == "evaluation":
            elapsed[row["step"]] = round(total, 6)
    return elapsed, round(total, 6)
