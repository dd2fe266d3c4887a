"""Scores of different environments on one scale, on which 1 is best."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from quorate.config.schema import Goal
from quorate.studies.report.collection import Collection
from quorate.studies.report.measure import Measurement
from quorate.studies.report.statistics import Array

Ranges = Mapping[str, tuple[float, float]]
"""By environment, or its slug, the values that become 0 and 1."""


@dataclass(frozen=True)
class Scale:
    """Of one environment: two values of the metric, where they are from, and by the goal which becomes 1."""

    low: float
    high: float
    source: str
    goal: Goal

    def __call__(self, values: Array) -> Array:
        """The better of the two values becomes 1, the other 0."""
        share = (values - self.low) / (self.high - self.low)
        return share if self.goal is Goal.MAXIMISE else 1.0 - share

    def row(self) -> dict[str, Any]:
        """For a report."""
        return {"low": self.low, "high": self.high, "source": self.source}


def scales(found: Collection, measurement: Measurement, given: Ranges) -> dict[str, Scale]:
    """By environment; one where all scores are equal, or that has none, gets none, and a problem.

    Args:
        found: problems are noted there.
        measurement: the scores.
        given: ranges on the command line; then those of the comparison's ``normalise``, then least and greatest score.
    """
    slugs = {run.slug: run.environment for run in found.runs}
    named = {slugs.get(name, name): ends for name, ends in {**_named(found), **given}.items()}
    for name in named:
        if name not in found.environments:
            found.note(f"a range is given for {name}, which is no environment of these runs")
    result = {}
    for environment in found.environments:
        scores = [m.score for m in measurement.runs if m.run.environment == environment and m.score is not None]
        if environment in named:
            low, high = sorted(named[environment])
            result[environment] = Scale(low, high, "given", measurement.goal)
        elif scores and min(scores) < max(scores):
            source = "least and greatest score of these runs"
            result[environment] = Scale(min(scores), max(scores), source, measurement.goal)
        elif scores:
            found.note(f"all scores in {environment} are equal: it is in no normalised result")
    return result


def _named(found: Collection) -> dict[str, tuple[float, float]]:
    given = found.comparison.get("normalise") or {}
    named: dict[str, tuple[float, float]] = {}
    if not isinstance(given, dict):
        found.note("comparison.yaml has ranges in normalise that are none; they are not used")
        return named
    for environment, ends in given.items():
        try:
            low, high = (float(end) for end in ends)
        except (TypeError, ValueError, OverflowError):
            low = high = np.nan
        if low == high or not np.isfinite([low, high]).all():
            found.note(f"the range given for {environment} is none: {ends}; it is not used")
        else:
            named[str(environment)] = (low, high)
    return named
