"""What `quorate reproduce` prints."""

from collections.abc import Sequence
from typing import Any

from quorate.documents import dump
from quorate.output import block, heading, print_json, say, table
from quorate.studies.references.band import band, centre
from quorate.studies.references.catalogue import Catalogue
from quorate.studies.references.model import Point, Reference
from quorate.studies.references.rank_sum import LEVEL, RankSum
from quorate.studies.references.verdict import Verdict


def print_verdict(verdict: Verdict, overrides: Sequence[str], folder: str) -> None:
    """What came out, whether it is inside the band, and what was different."""
    reference, point = verdict.reference, verdict.point
    heading(f"{reference.name}: {reference.metric} after {_steps(point)}")
    known = point.values
    rows = [
        (str(seed), f"{value:.6g}", f"{known[seed]:.6g}" if seed in known else "-", _same(verdict, seed))
        for seed, value in verdict.values.items()
    ]
    table([("seed", "here", "stored", ""), *rows])
    say(f"mean:    {verdict.mean:.6g}")
    say(f"band:    {verdict.band.low:.6g} to {verdict.band.high:.6g} ({verdict.band.how})")
    if verdict.test:
        say(f"test:    {_told(verdict.test)}")
    say(f"verdict: {verdict.word}")
    say(f"runs:    {folder}")
    if overrides:
        say(f"The configuration is not the stored one: {' '.join(overrides)}")
    if verdict.differences:
        say("Not as in the reference:")
        for difference in verdict.differences:
            block(f"{difference.key}: {difference.stored}\n  here: {difference.here}")
    for note in (*reference.notes, *point.notes):
        say(f"note: {note}")


def _same(verdict: Verdict, seed: int) -> str:
    """Whether a stored seed has its value again."""
    if seed not in verdict.point.values:
        return ""
    return "equal" if seed in verdict.equal else "not equal"


def _told(test: RankSum) -> str:
    """A test in words."""
    seeds = f"rank sum of {test.new} new and {test.stored} stored seeds"
    if not test.decides:
        return f"{seeds}, which are too few"
    return f"{seeds}: p = {test.p:.2g}, {LEVEL} or less is outside; median difference {test.shift:.4g}"


def _steps(point: Point) -> str:
    parts = [
        f"{count:,} {name} steps"
        for count, name in ((point.train_steps, "training"), (point.environment_steps, "environment"))
        if count is not None
    ]
    return " = ".join(parts) or "an unknown number of steps"


def print_references(found: Catalogue, prefix: str, as_json: bool) -> None:
    """All references whose names begin with a prefix; all that is known where it is one.

    Raises:
        ManifestError: there is none.
    """
    chosen = [reference for reference in found.references.values() if reference.name.startswith(prefix)]
    if not chosen:
        found.find(prefix)
    if as_json:
        print_json({"references": [_entry(reference) for reference in chosen], "problems": found.problems})
        return
    if len(chosen) == 1:
        _show(chosen[0])
        return
    rows = [("reference", "source", "after", "band of one seed", "what")]
    for reference in chosen:
        for number, point in enumerate(reference.points):
            limits = band(point)
            first = (reference.name, str(reference.source)) if number == 0 else ("", "")
            what = reference.summary if number == 0 else ""
            if number == 0 and reference.simulator:
                what += f" Needs {reference.simulator}."
            rows.append((*first, _short(point), f"{limits.low:.4g} .. {limits.high:.4g}", what))
    table(rows, indent=0)
    for problem in found.problems:
        say(problem, err=True)


def _show(reference: Reference) -> None:
    """All that is known of one reference."""
    heading(reference.name)
    block(reference.summary)
    paper = reference.paper if isinstance(reference.paper, str) else "see the file" if reference.paper else ""
    facts = {
        "source": " ".join(filter(None, [str(reference.source), paper, reference.url])),
        "needs": reference.simulator,
        "metric": f"{reference.metric} ({reference.goal}): {reference.statistic}",
        **{key: str(value) for key, value in reference.conventions.items()},
        "versions": ", ".join(f"{package} {version}" for package, version in reference.versions.items()),
        "declared": reference.where,
    }
    table([(key, value) for key, value in facts.items() if value])
    say()
    rows = []
    for point in reference.points:
        limits = band(point)
        rows.append((_steps(point), f"{limits.low:.6g} .. {limits.high:.6g}", " ".join([limits.how, *point.notes])))
    table([("after", "band of one seed", "how it is made"), *rows])
    for note in reference.notes:
        say(f"note: {note}")
    if reference.configuration is not None:
        say()
        block(dump(dict(reference.configuration)))


def _short(point: Point) -> str:
    return f"{point.train_steps:,} steps" if point.train_steps is not None else _steps(point)


def _entry(reference: Reference) -> dict[str, Any]:
    points = []
    for point in reference.points:
        limits = band(point)
        points.append({
            "train_steps": point.train_steps,
            "environment_steps": point.environment_steps,
            "values": {str(seed): value for seed, value in point.values.items()} or None,
            "mean": centre(point),
            "std": point.std,
            "band": {"low": limits.low, "high": limits.high, "how": limits.how},
            "notes": list(point.notes),
        })  # fmt: skip
    plain = ("name", "summary", "metric", "statistic", "simulator", "paper", "url", "distribution")
    return {
        **{key: getattr(reference, key) for key in plain},
        "source": str(reference.source),
        "goal": str(reference.goal),
        "configuration": reference.configuration,
        "points": points,
        "conventions": dict(reference.conventions),
        "versions": dict(reference.versions),
        "notes": list(reference.notes),
        "where": reference.where,
    }
