"""What is in the folder of a run, each file read when it is first asked for; a damaged one is told once."""

import math
from collections.abc import Callable, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

from quorate.documents import read_document
from quorate.errors import QuorateError, RunError
from quorate.folders.directory import RunDirectory
from quorate.folders.reading import damaged, is_whole, number, numbers, read_mapping, read_rows

_RESTORE = "Restore it from a copy."

_MAPPINGS = ("versions", "machine", "git", "environment", "conventions")
"""Parts of a record."""


class RunContent:
    """What a run has written so far. What is missing is empty."""

    def __init__(self, path: Path, *, strict: bool = False) -> None:
        """Nothing is read yet.

        Args:
            path: the folder.
            strict: what is damaged raises a `RunError`; else it becomes one of `problems`, and the rest is used.
        """
        self.path = path
        self._directory, self._strict = RunDirectory(path), strict
        self._problems: list[str] = []

    @property
    def problems(self) -> list[str]:
        """What is damaged in any of the files, each in a sentence."""
        _ = self.config, self.record, self.rows, self.result, self.timing
        return self._problems

    @cached_property
    def config(self) -> dict[str, Any]:
        """``config.yaml`` as it stands."""
        return mapping_of(self._directory.config, self._tell)

    @cached_property
    def record(self) -> dict[str, Any]:
        """``record.json``: versions, machine, conventions, manifests."""
        path = self._directory.path / "record.json"
        record = mapping_of(path, self._tell)
        wrong = [name for name in _MAPPINGS if not isinstance(record.get(name), dict | None)]
        if wrong:
            self._tell(damaged(path, f"{', '.join(wrong)} should be mappings; they are left out", "Restore it."))
        return {name: value for name, value in record.items() if name not in wrong}

    @cached_property
    def rows(self) -> list[dict[str, Any]]:
        """The lines of ``metrics.jsonl``: ``step``, ``phase`` and ``metrics``."""
        return [{**row, "metrics": numbers(row.get("metrics"))} for row in self._lines(self._directory.metrics)]

    @cached_property
    def timing(self) -> list[dict[str, Any]]:
        """The lines of ``timing.jsonl``: ``time``, ``event``, ``step``, ``seconds``, ``peak_memory_bytes``."""
        return self._lines(self._directory.timing) if self._directory.timing.exists() else []

    @cached_property
    def evaluations(self) -> dict[int, dict[str, float]]:
        """The metrics of each evaluation by training step, ascending."""
        return dict(sorted((row["step"], row["metrics"]) for row in self.rows if row.get("phase") == "evaluation"))

    @cached_property
    def result(self) -> dict[str, Any] | None:
        """``step``, ``evaluation``, ``absolute``: None, or step, factor and metrics, ``cost``; None: not finished."""
        path, fix = self._directory.result, "Remove it and resume the run."
        if not path.exists():
            return None
        result = mapping_of(path, self._tell, fix)
        if not is_whole(result.get("step")) or not isinstance(result.get("evaluation"), dict):
            if result or self._strict:
                self._tell(damaged(path, "it has no step and evaluation", fix))
            return None
        absolute = result.get("absolute")  # absent from the results of earlier versions
        if absolute is not None:
            if not _is_absolute(absolute):
                self._tell(damaged(path, "its absolute metric is none", fix))
            absolute = {**absolute, "metrics": numbers(absolute["metrics"])} if _is_absolute(absolute) else None
        return {**result, "evaluation": numbers(result["evaluation"]), "absolute": absolute}

    @property
    def final(self) -> dict[str, float] | None:
        """The metrics of the final evaluation; None where the run is not finished."""
        return None if self.result is None else self.result["evaluation"]

    @property
    def absolute(self) -> dict[str, float] | None:
        """The metrics of the best policy seen, where they were asked for."""
        found = (self.result or {}).get("absolute")
        return None if found is None else found["metrics"]

    @cached_property
    def elapsed(self) -> dict[int, float]:
        """Seconds from the start to each evaluation by training step; those of all parts of the run are added up."""
        total, found = 0.0, {}
        for row in self.timing:
            total += _amount(row, "seconds")
            if row.get("event") == "evaluation":
                found[row["step"]] = round(total, 6)
        return found

    @cached_property
    def cost(self) -> dict[str, float]:
        """``seconds`` and ``peak_memory_bytes``: as the result has them, else of all parts so far; absent if unknown.

        Time that a part spent after the last line it wrote before it was killed is unknown, and not in it; nor is what
        stands in damaged lines.
        """
        seconds = round(sum(_amount(row, "seconds") for row in self.timing), 3)
        peak = int(max((_amount(row, "peak_memory_bytes") for row in self.timing), default=0))
        so_far = {"seconds": seconds} | ({"peak_memory_bytes": peak} if peak else {}) if self.timing else {}
        stored = numbers((self.result or {}).get("cost"))
        return so_far | {name: value for name, value in stored.items() if math.isfinite(value)}

    def _lines(self, path: Path) -> list[dict[str, Any]]:
        """The good lines of a file; others are told."""
        try:
            rows, bad = read_rows(path)
        except RunError as error:
            self._tell(error)
            return []
        if bad:
            which = f"{'line' if len(bad) == 1 else f'{len(bad)} lines, the first of them line'} {bad[0]}"
            self._tell(damaged(path, f"there is no JSON with a step in {which}", "Restore it, or remove what is bad."))
        return rows

    def _tell(self, error: QuorateError) -> None:
        if self._strict:
            raise error
        self._problems.append(in_words(error))


def mapping_of(path: Path, tell: Callable[[QuorateError], None], fix: str = _RESTORE) -> dict[str, Any]:
    """A YAML or JSON file that holds a mapping; where it does not, that is told, and it counts as empty."""
    try:
        data = read_document(path, RunError)[0] if path.suffix == ".yaml" else read_mapping(path, fix)
        if not isinstance(data, dict):
            raise damaged(path, "it holds no mapping", fix)
    except QuorateError as error:
        tell(error)
        return {}
    return data


def in_words(error: QuorateError) -> str:
    """What is wrong with a file, with its name, in a sentence."""
    name = Path(str(error.where)).name
    return error.problem if name in error.problem else f"{name}: {error.problem}"


def _is_absolute(result: Any) -> bool:
    given: Mapping[str, Any] = result if isinstance(result, dict) else {}
    return all(is_whole(given.get(key)) for key in ("step", "factor")) and isinstance(given.get("metrics"), dict)


def _amount(row: Mapping[str, Any], name: str) -> float:
    found = number(row.get(name))
    return found if found is not None and math.isfinite(found) else 0.0
