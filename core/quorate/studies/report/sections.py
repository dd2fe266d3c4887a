"""The numbers of a report, list by list; every row names the runs that it is from."""

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from quorate.config.schema import Goal
from quorate.interfaces.launcher import Status
from quorate.studies.report import statistics
from quorate.studies.report.collection import Collection
from quorate.studies.report.measure import OUTCOME, Measured, Measurement, layers, outcomes_of
from quorate.studies.report.normalisation import Scale
from quorate.studies.report.statistics import Array, Bootstrap, common_points, estimate

SCORES = {"mean": statistics.mean, "median": statistics.run_median, "iqm": statistics.iqm}
AGGREGATES = {
    "iqm": statistics.iqm,
    "median": statistics.median,
    "mean": statistics.mean,
    "optimality_gap": statistics.optimality_gap,
}

COSTS = ("seconds", "peak_memory_bytes")

TAUS = 101
"""Thresholds of a performance profile."""

Row = dict[str, Any]


@dataclass
class Sections:
    """Computes the lists of a report.

    Attributes:
        found: the runs; what can not be computed is noted there.
        variants: those that are compared over environments.
        environments: those that they are compared over: each of these variants has scores in each of them.
    """

    found: Collection
    measurement: Measurement
    scales: Mapping[str, Scale]
    bootstrap: Bootstrap
    variants: list[str] = field(init=False)
    environments: list[str] = field(init=False)

    def __post_init__(self) -> None:
        scored = {(m.run.variant, m.run.environment) for m in self.measurement.runs if m.score is not None}
        self.variants = [v for v in self.found.variants if any((v, e) in scored for e in self.found.environments)]
        complete = [e for e in self.found.environments if all((v, e) in scored for v in self.variants)]
        self.environments = [e for e in complete if e in self.scales] if self.variants else []
        self._say(complete)

    def runs(self) -> list[Row]:
        """One row for each cell; the path is absolute."""
        return [_run(m, self.measurement.name(m.run.variant)) for m in self.measurement.runs]

    def curves(self) -> list[Row]:
        """Mean over the finished runs of a variant in an environment; over those cut off where none is finished."""
        rows = []
        for variant, environment in self._cells():
            runs = self._drawn(variant, environment)
            if points := self._points(runs, f"{variant} in {environment}"):
                rows.append(self._curve(runs, points, variant, environment))
        return rows

    def outcome_curves(self) -> list[Row]:
        """Likewise of each outcome, at the points that all runs which have it share."""
        rows = []
        for variant, environment in self._cells():
            known = [outcomes_of(m, self.measurement.name(variant)) for m in self._drawn(variant, environment)]
            for name in dict.fromkeys(name for outcomes in known for name in outcomes):
                runs = [outcomes[name] for outcomes in known if name in outcomes and outcomes[name].points]
                if points := common_points([list(m.points) for m in runs]):
                    rows.append({"outcome": name, **self._curve(runs, points, variant, environment)})
        return rows

    def _curve(self, runs: Sequence[Measured], points: list[float], variant: str, environment: str) -> Row:
        generator = self.bootstrap.generator("curve", variant, environment)
        found = statistics.band(layers(runs, points), self.bootstrap, generator)
        head = {"variant": variant, "environment": environment, "x": points}
        return {**head, **found.row(), "statistic": "mean", "runs": _ids(runs)}

    def scores(self) -> list[Row]:
        """Per variant and environment, in the metric's own units; the standard deviation has no interval."""
        rows = []
        for variant, environment in self._cells():
            runs = self.measurement.scored(variant, environment)
            if not runs:
                continue
            values, head = _values(runs), {"variant": variant, "environment": environment}
            for name, statistic in SCORES.items():
                generator = self.bootstrap.generator("score", variant, environment)
                found = estimate([values], statistic, self.bootstrap, generator).row()
                rows.append({**head, "statistic": name, **found, "runs": _ids(runs)})
            spread = float(values.std(ddof=1)) if len(values) > 1 else None
            rows.append({**head, "statistic": "std", "point": spread, "low": None, "high": None, "runs": _ids(runs)})
        return rows

    def outcomes(self) -> list[Row]:
        """What the episodes of a variant came to in an environment: means over the runs that have a score."""
        rows = []
        for variant, environment in self._cells():
            ends = [(m, self.measurement.results(m)) for m in self.measurement.scored(variant, environment)]
            for name in dict.fromkeys(name for _, result in ends for name in result if name.startswith(OUTCOME)):
                values = {m.run.id: v for m, end in ends if (v := end.get(name)) is not None and math.isfinite(v)}
                head = {"variant": variant, "environment": environment, "outcome": name.removeprefix(OUTCOME)}
                rows.append({**head, **self._mean(list(values.values()), name, *head.values()), "runs": list(values)})
        return rows

    def aggregates(self) -> list[Row]:
        """Normalised, over environments."""
        rows = []
        for variant in self.variants if self.environments else ():
            runs, strata = self._strata(variant)
            for name, statistic in AGGREGATES.items():
                found = estimate(strata, statistic, self.bootstrap, self.bootstrap.generator("aggregate", variant))
                rows.append({"variant": variant, "statistic": name, **found.row(), "runs": _ids(runs)})
        return rows

    def profiles(self) -> list[Row]:
        """Normalised, over environments."""
        if not self.environments:
            return []
        strata = {variant: self._strata(variant) for variant in self.variants}
        pooled = np.concatenate([values for _, scores in strata.values() for values in scores])
        tau = np.linspace(min(0.0, pooled.min()), max(1.0, pooled.max()), TAUS)
        rows = []
        for variant, (runs, scores) in strata.items():
            generator = self.bootstrap.generator("profile", variant)
            found = statistics.profile(scores, tau, self.bootstrap, generator).row()
            rows.append({"variant": variant, "tau": tau.tolist(), **found, "runs": _ids(runs)})
        return rows

    def improvement(self) -> list[Row]:
        """Every pair of variants once, over environments; it needs no normalisation."""
        rows, apart = [], 0
        for a, b in itertools.combinations(self.variants, 2):
            shared = [e for e in self.found.environments if self._scored(a, e) and self._scored(b, e)]
            if not shared:
                apart += 1
                continue
            sign = 1.0 if self.measurement.goal is Goal.MAXIMISE else -1.0
            left, right = ([sign * _values(self.measurement.scored(v, e)) for e in shared] for v in (a, b))
            generator = self.bootstrap.generator("improvement", a, b)
            found = statistics.improvement(left, right, self.bootstrap, generator).row()
            runs = [m for v in (a, b) for e in shared for m in self.measurement.scored(v, e)]
            rows.append({"a": a, "b": b, **found, "runs": _ids(runs)})
        if apart:
            self.found.note(f"{apart} pair(s) of variants have no environment with scores in common")
        return rows

    def sample_efficiency(self) -> list[Row]:
        """Interquartile mean of normalised curves, at points that all runs of a variant have."""
        rows = []
        for variant in self.variants if self.environments else ():
            cells = {e: self.measurement.scored(variant, e) for e in self.environments}
            runs = [m for cell in cells.values() for m in cell]
            points = common_points([list(m.points) for m in runs])
            if not points:
                self.found.note(f"the runs of {variant} have no evaluation point in common over all environments")
                continue
            curves = [self.scales[e](layers(cell, points)) for e, cell in cells.items()]
            found = statistics.iqm_curve(curves, self.bootstrap, self.bootstrap.generator("efficiency", variant))
            rows.append({"variant": variant, "x": points, **found.row(), "runs": _ids(runs)})
        return rows

    def cost(self) -> list[Row]:
        """Mean over the finished runs of a variant in an environment."""
        rows: list[Row] = []
        for variant, environment in self._cells():
            runs = [m for m in self.measurement.cell(variant, environment) if m.run.status is Status.FINISHED]
            known = {name: [v for m in runs if (v := _cost(m, name)) is not None] for name in COSTS}
            if any(known.values()):
                cells = {name: self._cost(values, name, variant, environment) for name, values in known.items()}
                rows.append({"variant": variant, "environment": environment, **cells, "runs": _ids(runs)})
        return rows

    def _cost(self, values: Sequence[float], *name: str) -> Row:
        found = self._mean(values, "cost", *name)
        return {"mean": found["point"], "low": found["low"], "high": found["high"]}

    def _mean(self, values: Sequence[float], *name: str) -> Row:
        if not values:
            return {"point": None, "low": None, "high": None}
        return estimate([np.array(values)], statistics.mean, self.bootstrap, self.bootstrap.generator(*name)).row()

    def _cells(self) -> list[tuple[str, str]]:
        return list(itertools.product(self.found.variants, self.found.environments))

    def _scored(self, variant: str, environment: str) -> bool:
        return bool(self.measurement.scored(variant, environment))

    def _drawn(self, variant: str, environment: str) -> list[Measured]:
        runs = [m for m in self.measurement.cell(variant, environment) if m.points]
        return [m for m in runs if m.run.status is Status.FINISHED] or runs

    def _points(self, runs: Sequence[Measured], what: str) -> list[float]:
        points = common_points([list(m.points) for m in runs])
        most = max((len(m.points) for m in runs), default=0)
        if len(points) < most:
            self.found.note(
                f"the runs of {what} were evaluated at different points; the curve has the {len(points)} in common"
            )
        return points

    def _strata(self, variant: str) -> tuple[list[Measured], list[Array]]:
        cells = [(e, self.measurement.scored(variant, e)) for e in self.environments]
        return [m for _, cell in cells for m in cell], [self.scales[e](_values(cell)) for e, cell in cells]

    def _say(self, complete: Sequence[str]) -> None:
        """Note what the comparison over environments leaves out, and how far its numbers carry."""
        note = self.found.note
        if without := [variant for variant in self.found.variants if variant not in self.variants]:
            note(f"variants without a score, which are in no result over environments: {', '.join(without)}")
        if partly := [name for name in self.found.environments if name not in complete and self.variants]:
            names = ", ".join(partly)
            note(f"environments where not every variant has a score, which are in no result over environments: {names}")
        if not self.environments:
            note("no environment has scores of all variants: there are no results over environments")
        if len(self.variants) < 2:
            note("fewer than two variants have scores: there is nothing to compare")
        self._say_seeds()

    def _say_seeds(self) -> None:
        counts = [len(self.measurement.scored(*cell)) for cell in self._cells() if self._scored(*cell)]
        if not counts:
            return
        if min(counts) == 1:
            self.found.note("where a variant has a single run in an environment, there is no interval")
        if max(counts) > 1 and min(counts) < 5:
            few = min(count for count in counts if count > 1)
            self.found.note(f"intervals from as few as {few} runs are rough, and on average too narrow")
        if len(set(counts)) > 1:
            self.found.note(
                "the numbers of runs differ: in interquartile means, optimality gaps and profiles over environments, "
                "those with more runs weigh more"
            )


def _run(m: Measured, metric: str) -> Row:
    run = m.run
    return {
        "id": run.id,
        "variant": run.variant,
        "environment": run.environment,
        "seed": run.seed,
        "status": run.status.value,
        "path": str(run.content.path) if run.content else None,
        "x": list(m.x),
        "y": list(m.y),
        "final": m.final,
        "absolute": m.absolute,
        "outcomes": {
            name: {"y": list(one.y), "final": one.final, "absolute": one.absolute}
            for name, one in outcomes_of(m, metric).items()
        },
        **{name: _cost(m, name) for name in COSTS},
        "error": run.error,
    }


def _cost(m: Measured, name: str) -> float | None:
    return m.run.content.cost.get(name) if m.run.content else None


def _values(runs: Sequence[Measured]) -> Array:
    return np.array([m.score for m in runs], dtype=float)


def _ids(runs: Sequence[Measured]) -> list[str]:
    return [m.run.id for m in runs]
