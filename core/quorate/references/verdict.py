"""Whether new results are inside the band of a reference, and what was different."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite, isnan
from statistics import fmean
from typing import Any

from quorate.config.schema import Goal
from quorate.references.band import Band, band, centre
from quorate.references.model import Point, Reference


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

    Attributes:
        reference: the reference.
        point: of it.
        values: new ones by seed.
        band: for their mean.
        differences: of versions and conventions.
    """

    reference: Reference
    point: Point
    values: Mapping[int, float]
    band: Band
    differences: tuple[Difference, ...] = ()

    @property
    def mean(self) -> float:
        """Over the seeds."""
        return fmean(self.values.values())

    @property
    def inside(self) -> bool:
        """Whether the mean is in the band."""
        return self.mean in self.band

    @property
    def word(self) -> str:
        """``inside``, or ``outside`` with the direction."""
        if self.inside:
            return "inside"
        if isnan(self.mean):
            return "outside: it is not a number"
        better = (self.mean > self.band.high) == (self.reference.goal is Goal.MAXIMISE)
        return f"outside: {'better' if better else 'worse'} than the band"

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
            "inside": self.inside,
            "differences": [vars(difference) for difference in self.differences],
            "notes": [*self.reference.notes, *self.point.notes],
        }


def _finite(value: float) -> float | None:
    """The value, or None where JSON has no number for it."""
    return value if isfinite(value) else None


def judge(reference: Reference, point: Point, values: Mapping[int, float], record: Mapping[str, Any]) -> Verdict:
    """Hold new results against a reference.

    Args:
        reference: the reference.
        point: of it.
        values: by seed, at least one.
        record: ``record.json`` of one of the runs.
    """
    found = band(point, len(values))
    return Verdict(
        reference, point, dict(values), found, (*_versions(reference, record), *_conventions(reference, record))
    )


def _versions(reference: Reference, record: Mapping[str, Any]) -> list[Difference]:
    now = record.get("versions", {})
    return [
        Difference(f"versions.{package}", then, str(now.get(package, "absent")))
        for package, then in reference.versions.items()
        if str(now.get(package, "absent")) != then
    ]


def _conventions(reference: Reference, record: Mapping[str, Any]) -> list[Difference]:
    """Conventions that the runs' record tells otherwise; those that it does not tell are not compared."""
    here = {**record.get("environment", {}), **record.get("conventions", {})}
    return [
        Difference(key, str(stored), str(here[key]))
        for key, stored in reference.conventions.items()
        if isinstance(here.get(key), (str, int, float)) and here[key] != stored
    ]
