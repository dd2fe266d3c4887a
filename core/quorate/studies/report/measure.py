"""What is compared: one metric of every run, over steps that mean the same in all of them."""

import functools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from quorate.config.schema import Goal
from quorate.errors import RunError
from quorate.folders.content import RunContent
from quorate.nearest import nearest
from quorate.studies.report.collection import Collection, Run
from quorate.studies.report.statistics import Array

USUAL = "return/mean"
"""The metric where none is named."""

OUTCOME = "outcome/"
"""Begins the metrics that say what episodes ended with."""

Metric = str | dict[str, str]
"""A name, or a name for each variant."""

TRAIN_STEPS, ENVIRONMENT_STEPS = "train steps", "environment steps"


class Score(StrEnum):
    """Which value stands for a run in everything but the learning curves."""

    FINAL = "final"
    ABSOLUTE = "absolute"


@dataclass(frozen=True)
class Measured:
    """The metric of one run.

    Attributes:
        x: steps of its evaluations, ascending.
        y: the metric there; NaN where it is missing or not finite.
        final: at the end of a finished run.
        absolute: of the best policy seen, in many episodes (Gorsane et al. 2022, arXiv:2209.10485, section 4).
        score: one of these two; None where the run is in no score.
    """

    run: Run
    x: tuple[float, ...] = ()
    y: tuple[float, ...] = ()
    final: float | None = None
    absolute: float | None = None
    score: float | None = None

    @functools.cached_property
    def points(self) -> dict[float, float]:
        """The finite values by step."""
        return {x: y for x, y in zip(self.x, self.y, strict=True) if math.isfinite(y)}


@dataclass(frozen=True)
class Measurement:
    """The metric of all runs, in the collection's order; `x` says what steps are, `score` what stands for a run."""

    metric: Metric
    goal: Goal
    score: Score
    x: str
    runs: list[Measured]

    def cell(self, variant: str, environment: str) -> list[Measured]:
        """The runs of a variant in an environment."""
        return [m for m in self.runs if (m.run.variant, m.run.environment) == (variant, environment)]

    def scored(self, variant: str, environment: str) -> list[Measured]:
        """Those with a score."""
        return [m for m in self.cell(variant, environment) if m.score is not None]

    def results(self, measured: Measured) -> Mapping[str, float]:
        """All metrics of the evaluation that stands for a run."""
        content = measured.run.content
        return (content and (content.absolute if self.score is Score.ABSOLUTE else content.final)) or {}

    def name(self, variant: str) -> str:
        """The metric of a variant."""
        return self.metric if isinstance(self.metric, str) else self.metric.get(variant, USUAL)


def measure(
    found: Collection, metric: Metric | None = None, goal: Goal | None = None, score: Score | None = None
) -> Measurement:
    """Take one metric from all runs.

    Args:
        found: the runs; what is missing is noted there.
        metric: which; None: the one that the comparison names, else `USUAL`.
        goal: whether more is better; None: as the comparison says, else it is.
        score: what stands for a run; None: the absolute metric where all finished runs have it, else the final value.

    Raises:
        RunError: no run has the metric.
    """
    chosen = _metric(found, metric)
    goal = goal or _goal(found)
    empty = Measurement(chosen, goal, Score.FINAL, "", [])
    having = [run for run in found.runs if run.content and _has(run.content, empty.name(run.variant))]
    steps = {run.id: environment_steps(run.content) for run in having if run.content}
    x = ENVIRONMENT_STEPS if steps and all(s is not None for s in steps.values()) else TRAIN_STEPS
    if x == TRAIN_STEPS and any(steps.values()):
        found.note("some runs do not say how many environment steps a training step takes; the axis is training steps")
    own = steps if x == ENVIRONMENT_STEPS else {}
    if without := [variant for variant in found.variants if not any(run.variant == variant for run in having)]:
        found.note(f"variants without a run that has the metric: {', '.join(without)}")
    measured = [_measured(run, empty.name(run.variant), own.get(run.id), found) for run in found.runs]
    finished = [m for m in measured if m.final is not None]
    if score is None:
        everywhere = bool(finished) and all(m.absolute is not None for m in finished)
        score = Score.ABSOLUTE if everywhere else Score.FINAL
    values = [m.absolute if score is Score.ABSOLUTE else m.final for m in measured]
    scored = [Measured(m.run, m.x, m.y, m.final, m.absolute, v) for m, v in zip(measured, values, strict=True)]
    for m in scored:
        if m.final is not None and m.score is None:
            found.note("has no absolute metric; it is in no score", m.run.id)
    measurement = Measurement(chosen, goal, score, x, scored)
    if score is Score.ABSOLUTE:
        _say_chosen(found, measurement)
    return measurement


def _say_chosen(found: Collection, measurement: Measurement) -> None:
    """Note where the best policies were chosen by something else than what is compared."""
    for variant in found.variants:
        runs = [m.run for m in measurement.runs if m.run.variant == variant and m.absolute is not None]
        rules = [rule for run in runs if run.content and isinstance(rule := run.content.config.get("evaluation"), dict)]
        given = {(str(rule["metric"]), str(rule["goal"])) for rule in rules if "metric" in rule and "goal" in rule}
        for metric, goal in sorted(given - {(measurement.name(variant), measurement.goal.value)}):
            found.note(
                f"the absolute metrics of {variant} are of the policies at which {metric} was best ({goal}), which is "
                "not what is compared: see evaluation.metric and evaluation.goal"
            )


def environment_steps(content: RunContent) -> dict[int, float] | None:
    """Environment steps at each evaluation of a run; None where the run does not say.

    They follow from the convention ``environment_steps_per_train_step``, or from the training metric
    ``environment_steps``, where that is in one ratio to the training steps.
    """
    conventions = content.record.get("conventions")
    ratio = conventions.get("environment_steps_per_train_step") if isinstance(conventions, dict) else None
    points = [*content.evaluations]
    if isinstance(ratio, (int, float)) and not isinstance(ratio, bool) and ratio > 0:
        return {step: float(step * ratio) for step in points}
    trained = {row["step"]: row["metrics"] for row in content.rows if row.get("phase") == "train"}
    counted = {step: row["environment_steps"] for step, row in trained.items() if "environment_steps" in row}
    counted = {step: steps for step, steps in counted.items() if math.isfinite(steps)}
    known = {0: 0.0, **counted}
    ratios = {steps / step for step, steps in counted.items() if step}
    if all(step in known for step in points):
        return {step: known[step] for step in points} if counted else None
    return {step: step * next(iter(ratios)) for step in points} if len(ratios) == 1 else None


def _metric(found: Collection, metric: Metric | None) -> Metric:
    chosen = metric or _planned(found) or USUAL
    names = _names(found)
    wanted = [chosen] if isinstance(chosen, str) else list(chosen.values())
    if not names:
        problem = "No run has been evaluated yet."
        raise RunError(problem, where=str(found.folder), fix="Wait for the first evaluation, or look at the failures.")
    for name in wanted:
        if name not in names:
            problem = f"No run has the metric {name!r}."
            close = list(dict.fromkeys([*nearest(name, names), *names]))
            raise RunError(problem, where=str(found.folder), choices=close[:12], fix="Choose one with --metric.")
    if not isinstance(chosen, str):
        for variant in found.variants:
            if variant not in chosen:
                found.note(f"no metric is named for the variant {variant}; {USUAL} is taken")
    return chosen


def _planned(found: Collection) -> Metric | None:
    """What the comparison's file names."""
    given = found.comparison.get("metric")
    if isinstance(given, str) or (isinstance(given, dict) and all(isinstance(name, str) for name in given.values())):
        return given
    if given is not None:
        found.note(f"comparison.yaml has a metric that is none; {USUAL} is taken")
    return None


def _has(content: RunContent, metric: str) -> bool:
    return any(metric in row for row in [*content.evaluations.values(), content.final or {}])


def _names(found: Collection) -> list[str]:
    contents = [run.content for run in found.runs if run.content]
    rows = [row for content in contents for row in [*content.evaluations.values(), content.final or {}]]
    return list(dict.fromkeys(name for row in rows for name in row))


def _goal(found: Collection) -> Goal:
    given = found.comparison.get("goal", Goal.MAXIMISE.value)
    try:
        return Goal(given)
    except ValueError:
        found.note(f"comparison.yaml has the goal {given!r}, which is none; more is taken to be better")
        return Goal.MAXIMISE


def _measured(run: Run, metric: str, steps: Mapping[int, float] | None, found: Collection) -> Measured:
    content = run.content
    if content is None or not _has(content, metric):
        return Measured(run)
    points = content.evaluations
    x = tuple(float(step) if steps is None else steps[step] for step in points)
    known = (_finite(row.get(metric)) for row in points.values())
    y = tuple(math.nan if value is None else value for value in known)
    if bad := sum(math.isnan(value) for value in y):
        found.note(f"{bad} of its {len(y)} evaluations have no finite {metric}; they are left out", run.id)
    final = absolute = None
    if content.final is not None:
        final = _finite(content.final.get(metric))
        absolute = _finite((content.absolute or {}).get(metric))
        if final is None:
            found.note(f"its final evaluation has no finite {metric}; it is in no score", run.id)
    return Measured(run, x, y, final, absolute)


def outcomes_of(measured: Measured, metric: str) -> dict[str, Measured]:
    """What the episodes of a run's evaluations ended with: each outcome but the metric, at the metric's points."""
    content = measured.run.content
    if content is None:
        return {}
    final, absolute = content.final or {}, content.absolute or {}
    rows = [*content.evaluations.values()] if measured.x else []
    found = {}
    names = dict.fromkeys(name for row in [*rows, final, absolute] for name in row if name.startswith(OUTCOME))
    for name in (name for name in names if name != metric):
        y = tuple(math.nan if (value := _finite(row.get(name))) is None else value for row in rows)
        ends = _finite(final.get(name)), _finite(absolute.get(name))
        found[name.removeprefix(OUTCOME)] = Measured(measured.run, measured.x, y, *ends)
    return found


def _finite(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None


def layers(runs: Sequence[Measured], points: Sequence[float]) -> Array:
    """The metric of some runs at points that all of them have [runs, points]."""
    return np.array([[m.points[x] for x in points] for m in runs], dtype=float).reshape(len(runs), len(points))
