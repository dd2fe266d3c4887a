"""Whether new results are those of a reference again, and what was different."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from itertools import count, islice
from math import isfinite, isnan
from statistics import fmean
from typing import Any

from quorate.config.schema import Goal
from quorate.conventions import differ
from quorate.studies.references.band import Band, band, centre
from quorate.studies.references.model import Point, Reference
from quorate.studies.references.rank_sum import RankSum, needed, rank_sum, rounding


@dataclass(frozen=True)
class Difference:
    """A fact that is not the same.

    Attributes:
        key: a convention, or ``versions.package``.
        stored: of the reference.
        here: of the new runs.
    """

    key: str
    stored: str
    here: str


@dataclass(frozen=True)
class Verdict:
    """New results held against a reference.

    Where the reference stores the values of seeds, a seed of these is compared with its own value. The others, and
    those that do not have their value again, are held against all stored ones by the rank-sum test. Published results
    have no values of seeds: there the mean is held against their band.

    Attributes:
        values: new ones by seed.
        differences: of versions and conventions.
        equal: seeds whose stored value came out again.
        test: of the other seeds, where there are some, and stored values.
    """

    reference: Reference
    point: Point
    values: Mapping[int, float]
    differences: tuple[Difference, ...] = ()
    equal: tuple[int, ...] = ()
    test: RankSum | None = None

    @property
    def mean(self) -> float:
        """Over the seeds."""
        return fmean(self.values.values())

    @property
    def band(self) -> Band:
        """Of one new seed."""
        return band(self.point)

    @property
    def inside(self) -> bool | None:
        """Whether the results are those of the reference again; None where there are too few seeds to tell."""
        if isnan(self.mean):
            return False
        if self.test is not None:
            return not self.test.differs if self.test.decides else None
        return bool(self.equal) or self.mean in self.band

    @property
    def word(self) -> str:
        """``inside``, ``outside`` with the direction, or ``undecided`` with what it takes to decide."""
        if self.inside is None:
            return self._undecided()
        if self.inside:
            return "inside" if self.test or not self.equal else "inside: every seed has its stored value"
        if isnan(self.mean):
            return "outside: it is not a number"
        above = self.test.above if self.test else self.mean > self.band.high
        better = above == (self.reference.goal is Goal.MAXIMISE)
        return f"outside: {'better' if better else 'worse'} than the {'stored seeds' if self.test else 'band'}"

    def _undecided(self) -> str:
        assert self.test is not None
        new, stored, least = self.test.new, self.test.stored, self.test.least
        free = islice((seed for seed in count() if seed not in self.point.values), needed(stored))
        return (
            f"undecided: beside {stored} stored seeds, {new} new can tell nothing (p is {least:.2g} or more); "
            f"run at least {needed(stored)}: --seeds {','.join(map(str, free))}"
        )

    def to_dict(self) -> dict[str, Any]:
        """As plain data."""
        return {
            "name": self.reference.name,
            "source": str(self.reference.source),
            "metric": self.reference.metric,
            "goal": str(self.reference.goal),
            "statistic": self.reference.statistic,
            "train_steps": self.point.train_steps,
            "values": {str(seed): _finite(value) for seed, value in self.values.items()},
            "mean": _finite(self.mean),
            "stored": {
                "values": {str(seed): value for seed, value in self.point.values.items()} or None,
                "mean": centre(self.point),
            },
            "band": {"low": self.band.low, "high": self.band.high, "how": self.band.how},
            "equal": list(self.equal),
            "test": self.test and {key: _finite(value) for key, value in asdict(self.test).items()},
            "inside": self.inside,
            "verdict": self.word,
            "differences": [vars(difference) for difference in self.differences],
            "notes": [*self.reference.notes, *self.point.notes],
        }


def _finite(value: float) -> float | None:
    """The value, or None where JSON has no number for it."""
    return value if isfinite(value) else None


def judge(reference: Reference, point: Point, values: Mapping[int, float], record: Mapping[str, Any]) -> Verdict:
    """Hold new results, by seed and at least one, against a point of a reference; the record is that of a run."""
    stored = point.values
    equal = tuple(s for s, value in values.items() if s in stored and abs(value - stored[s]) <= rounding(stored[s]))
    others = [value for seed, value in values.items() if seed not in equal]
    testable = stored and others and not any(map(isnan, others))
    test = rank_sum(others, list(stored.values())) if testable else None
    differences = (*_versions(reference, record), *_conventions(reference, record))
    return Verdict(reference, point, dict(values), differences, equal, test)


def _versions(reference: Reference, record: Mapping[str, Any]) -> list[Difference]:
    now = record.get("versions", {})
    return [
        Difference(f"versions.{package}", then, str(now.get(package, "absent")))
        for package, then in reference.versions.items()
        if str(now.get(package, "absent")) != then
    ]


def _conventions(reference: Reference, record: Mapping[str, Any]) -> list[Difference]:
    """Conventions that the runs' record tells otherwise; what only one of them states is not compared."""
    here = {**record.get("environment", {}), **record.get("conventions", {})}
    return [
        Difference(key, str(stored), str(here[key]))
        for key, stored in reference.conventions.items()
        if differ(stored, here.get(key))
    ]
