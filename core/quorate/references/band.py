"""The band in which a new result counts as a reproduction."""

from dataclasses import dataclass
from math import sqrt
from statistics import fmean, stdev

from quorate.references.model import Point

CONFIDENCE = 0.95
"""Of the interval for a new mean, where the values of seeds are known."""
TOLERANCE = 1e-5
"""Least half width relative to the mean (to 1 where that is smaller): what rounding of 32-bit numbers may do."""


@dataclass(frozen=True)
class Band:
    """A range, and how it came about.

    Attributes:
        low: its lower end.
        high: its upper end.
        how: in words.
    """

    low: float
    high: float
    how: str

    def __contains__(self, value: float) -> bool:
        """Whether a value is inside; NaN is not."""
        return self.low <= value <= self.high


def centre(point: Point) -> float | None:
    """The mean of a point, where it has one."""
    return fmean(point.values.values()) if point.values else point.mean


def band(point: Point, runs: int) -> Band:
    """The band for the mean of new runs.

    From n stored values with mean m and standard deviation s it is the prediction interval of Student's t for the mean
    of k further ones, m ± t(n-1) s sqrt(1/n + 1/k), which assumes that runs are independent and normally distributed.

    Args:
        point: the stored result.
        runs: k, how many new seeds are averaged.
    """
    if point.values:
        return _predicted(list(point.values.values()), runs)
    read = f"; {point.read_off:g} for reading the figure" if point.read_off else ""
    if point.low is not None and point.high is not None:
        return Band(point.low - point.read_off, point.high + point.read_off, f"the published range{read}")
    mean = point.mean if point.mean is not None else 0.0
    if point.std is not None:
        half = max(2 * point.std + point.read_off, _least(mean))
        over = f" over {point.seeds} seeds" if point.seeds else ""
        return Band(mean - half, mean + half, f"published mean ± 2 standard deviations{over}{read}")
    half = max(point.read_off, _least(mean))
    return Band(mean - half, mean + half, f"published mean; no spread over seeds is known{read}")


def _predicted(values: list[float], runs: int) -> Band:
    from scipy.special import stdtrit

    n, mean = len(values), fmean(values)
    quantile = float(stdtrit(n - 1, (1 + CONFIDENCE) / 2))
    half = max(quantile * stdev(values) * sqrt(1 / n + 1 / runs), _least(mean))
    new = "1 new seed" if runs == 1 else f"the mean of {runs} new seeds"
    return Band(mean - half, mean + half, f"{CONFIDENCE:.0%} prediction interval for {new}, from {n} stored ones")


def _least(mean: float) -> float:
    return TOLERANCE * max(1.0, abs(mean))
