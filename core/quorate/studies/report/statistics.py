"""Aggregates of scores with stratified bootstrap intervals (Agarwal et al. 2021, arXiv:2108.13264, section 4).

Scores are given as one array per environment, with the runs in the last axis; environments may have different numbers
of runs. The bootstrap resamples runs with replacement within each environment (the strata), never environments, and
reports percentiles. Where every environment has the same number of runs, all of this is what the library `rliable` of
the paper's authors computes.
"""

import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

Strata = Sequence[Array]
"""One array [..., runs] per environment."""

Statistic = Callable[[Strata], Array]
"""From strata [..., runs] to values [...]."""


@dataclass(frozen=True)
class Bootstrap:
    """How intervals are made.

    Attributes:
        samples: resamples.
        confidence: the share of them within an interval.
        seed: of all resampling.
    """

    samples: int = 2000
    confidence: float = 0.95
    seed: int = 0

    def generator(self, *name: str) -> np.random.Generator:
        """Randomness of its own for each quantity, so that none depends on which others are computed before it."""
        return np.random.default_rng([self.seed, zlib.crc32("\0".join(name).encode())])

    def interval(self, values: Array) -> tuple[Array, Array]:
        """The percentile interval of resampled values [samples, ...]."""
        tail = (1.0 - self.confidence) / 2
        low, high = np.quantile(values, [tail, 1.0 - tail], axis=0)
        return low, high


@dataclass(frozen=True)
class Estimate:
    """A value, or an array of values, with an interval.

    Attributes:
        point: computed from the runs as they are.
        low: end of the interval; None where an environment has a single run, from which nothing can be resampled.
        high: as `low`.
    """

    point: Array
    low: Array | None = None
    high: Array | None = None

    def row(self) -> dict[str, Any]:
        """``point``, ``low`` and ``high`` as numbers or lists."""
        ends = {"low": self.low, "high": self.high}
        return {"point": self.point.tolist(), **{key: None if v is None else v.tolist() for key, v in ends.items()}}


def iqm(scores: Strata) -> Array:
    """Interquartile mean: the mean of the middle half of all runs of all environments (section 4.3).

    A quarter of the runs, rounded down, is left out at each end.
    """
    pooled = np.sort(np.concatenate(scores, axis=-1), axis=-1)
    cut = pooled.shape[-1] // 4
    return np.asarray(pooled[..., cut : pooled.shape[-1] - cut].mean(-1))


def mean(scores: Strata) -> Array:
    """Mean over environments of the mean over runs."""
    return np.asarray(_task_means(scores).mean(-1))


def median(scores: Strata) -> Array:
    """Median over environments of the mean over runs (section 3)."""
    return np.asarray(np.median(_task_means(scores), axis=-1))


def optimality_gap(scores: Strata, target: float = 1.0) -> Array:
    """By how much runs fall short of the target on average, what is above it counting as reaching it (section 4.3)."""
    return np.asarray(target - np.minimum(np.concatenate(scores, axis=-1), target).mean(-1))


def run_median(scores: Strata) -> Array:
    """Median over the runs of all environments; for scores of one environment."""
    return np.asarray(np.median(np.concatenate(scores, axis=-1), axis=-1))


def resample(scores: Strata, samples: int, generator: np.random.Generator) -> list[Array]:
    """Runs drawn with replacement within each environment: arrays [samples, runs]."""
    return [s[generator.integers(len(s), size=(samples, len(s)))] for s in scores]


def estimate(scores: Strata, statistic: Statistic, bootstrap: Bootstrap, generator: np.random.Generator) -> Estimate:
    """A statistic of scores [runs] per environment."""
    point = statistic(scores)
    if not resamplable(scores):
        return Estimate(point)
    return Estimate(point, *bootstrap.interval(statistic(resample(scores, bootstrap.samples, generator))))


def profile(scores: Strata, tau: Array, bootstrap: Bootstrap, generator: np.random.Generator) -> Estimate:
    """Performance profile: the share of all runs whose score is above each tau (section 4.2, score distribution)."""
    above = [(s[:, None] > tau).astype(float) for s in scores]
    return _linear(above, bootstrap, generator, weights=[float(len(s)) for s in scores])


def improvement(a: Strata, b: Strata, bootstrap: Bootstrap, generator: np.random.Generator) -> Estimate:
    """Probability that a run of `a` is better than a run of `b`, averaged over environments (section 4.3).

    Per environment this is the Mann-Whitney statistic over the number of pairs; a tie counts one half. The runs of `a`
    and of `b` are resampled independently.
    """
    wins = [(x[:, None] > y) + 0.5 * (x[:, None] == y) for x, y in zip(a, b, strict=True)]
    point = np.mean([w.mean() for w in wins])
    if not resamplable([*a, *b]):
        return Estimate(np.asarray(point))
    samples = bootstrap.samples
    drawn = [
        ((_counts(len(x), samples, generator) @ w) * _counts(len(y), samples, generator)).sum(-1) / w.size
        for x, y, w in zip(a, b, wins, strict=True)
    ]
    return Estimate(np.asarray(point), *bootstrap.interval(np.mean(drawn, axis=0)))


def band(curves: Array, bootstrap: Bootstrap, generator: np.random.Generator) -> Estimate:
    """Mean over the runs of one environment [runs, points] at each point; whole runs are resampled."""
    return _linear([curves], bootstrap, generator, weights=[1.0])


def iqm_curve(curves: Strata, bootstrap: Bootstrap, generator: np.random.Generator) -> Estimate:
    """Interquartile mean at each point of training, with pointwise intervals: sample efficiency (section 4.3).

    Whole runs are resampled, so that neighbouring points of a curve stay together; pointwise this has the same
    distribution as resampling each point by itself.

    Args:
        curves: arrays [runs, points], one per environment, of the same points.
        bootstrap: how intervals are made.
        generator: draws the runs.
    """
    columns = range(curves[0].shape[1])
    point = np.array([iqm([c[:, j] for c in curves]) for j in columns])
    if not resamplable(curves):
        return Estimate(point)
    drawn = [generator.integers(len(c), size=(bootstrap.samples, len(c))) for c in curves]
    ends = [
        bootstrap.interval(iqm([c[:, j][rows] for c, rows in zip(curves, drawn, strict=True)])) for j in columns
    ]  # point by point, which bounds the memory
    return Estimate(point, np.array([low for low, _ in ends]), np.array([high for _, high in ends]))


def common_points(runs: Sequence[Sequence[float]]) -> list[float]:
    """The points at which every run was evaluated, ascending; nothing is interpolated or extrapolated."""
    return sorted(set.intersection(*(set(points) for points in runs))) if runs else []


def resamplable(scores: Strata) -> bool:
    """Whether there are intervals: every environment has at least two runs."""
    return all(len(s) > 1 for s in scores)


def _task_means(scores: Strata) -> Array:
    return np.stack([s.mean(-1) for s in scores], axis=-1)


def _counts(runs: int, samples: int, generator: np.random.Generator) -> Array:
    """How often each run is drawn in each resample [samples, runs]."""
    return generator.multinomial(runs, np.full(runs, 1.0 / runs), size=samples).astype(float)


def _linear(values: Strata, bootstrap: Bootstrap, generator: np.random.Generator, weights: Sequence[float]) -> Estimate:
    """The mean over environments, with weights, of the mean over runs of values [runs, points]."""
    scales = [weight / len(value) for weight, value in zip(weights, values, strict=True)]
    pairs = list(zip(scales, values, strict=True))
    point = np.sum([scale * value.sum(0) for scale, value in pairs], axis=0) / sum(weights)
    if not resamplable(values):
        return Estimate(point)
    drawn = np.zeros((bootstrap.samples, values[0].shape[1]))
    for scale, value in pairs:
        drawn += scale * (_counts(len(value), bootstrap.samples, generator) @ value)
    return Estimate(point, *bootstrap.interval(drawn / sum(weights)))
