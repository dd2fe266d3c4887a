"""The band of one new seed: where it should be, and how sure that is."""

from dataclasses import dataclass
from statistics import fmean

from quorate.studies.references.model import Point
from quorate.studies.references.rank_sum import LEVEL, rounding


@dataclass(frozen=True)
class Band:
    """A range, and in words how it came about."""

    low: float
    high: float
    how: str

    def __contains__(self, value: float) -> bool:
        """Whether a value is inside; NaN is not."""
        return self.low <= value <= self.high


def centre(point: Point) -> float | None:
    """The mean of a point, where it has one."""
    return fmean(point.values.values()) if point.values else point.mean


def band(point: Point) -> Band:
    """The band of one new seed.

    Of stored values it is the prediction interval between two of them: one more value of the same distribution,
    whatever that is, is equally likely to fall into each of the n + 1 gaps between n values. The outermost values are
    left out where those that remain hold it in 95 of 100 cases.
    """
    if point.values:
        return _between(sorted(point.values.values()))
    read = f"; {point.read_off:g} for reading the figure" if point.read_off else ""
    if point.low is not None and point.high is not None:
        return Band(point.low - point.read_off, point.high + point.read_off, f"the published range{read}")
    mean = point.mean if point.mean is not None else 0.0
    if point.std is not None:
        half = max(2 * point.std + point.read_off, rounding(mean))
        over = f" over {point.seeds} seeds" if point.seeds else ""
        return Band(mean - half, mean + half, f"published mean ± 2 standard deviations{over}{read}")
    half = max(point.read_off, rounding(mean))
    return Band(mean - half, mean + half, f"published mean; no spread over seeds is known{read}")


def _between(values: list[float]) -> Band:
    gaps = len(values) + 1
    outside = max(1, int(LEVEL * gaps / 2))
    sure = f"{1 - 2 * outside / gaps:.0%}"
    how = f"holds one new seed with a chance of {sure}, by the order of {len(values)} stored ones"
    return Band(values[outside - 1], values[-outside], how)
