"""The statistics against `rliable`, the library of the paper's authors."""

import numpy as np
import pytest
import scipy.stats
from rliable import library, metrics

from quorate.studies.report import statistics
from quorate.studies.report.statistics import Bootstrap

SAMPLES = 2000
SIZES = [(2, 1), (3, 4), (5, 2), (10, 3), (9, 7)]
"""Runs per environment, environments."""


def matrix(runs, tasks, seed=0):
    return np.random.default_rng(seed).normal(0.5, 0.4, size=(runs, tasks))


def strata(scores):
    return [scores[:, task] for task in range(scores.shape[1])]


def rows_trimmed(scores):
    """A wrong interquartile mean: it trims runs of each environment instead of all runs together."""
    return np.asarray(np.mean([scipy.stats.trim_mean(s, 0.25) for s in scores]))


PAIRS = [
    (statistics.iqm, metrics.aggregate_iqm),
    (statistics.mean, metrics.aggregate_mean),
    (statistics.median, metrics.aggregate_median),
    (statistics.optimality_gap, metrics.aggregate_optimality_gap),
]


@pytest.mark.parametrize(("runs", "tasks"), SIZES)
@pytest.mark.parametrize(("ours", "theirs"), PAIRS)
def test_points_are_rliables(ours, theirs, runs, tasks):
    for seed in range(20):
        scores = matrix(runs, tasks, seed)
        assert ours(strata(scores)) == pytest.approx(theirs(scores), rel=0, abs=1e-12)


def test_a_wrong_interquartile_mean_is_noticed():
    scores = matrix(5, 4)
    assert abs(rows_trimmed(strata(scores)) - metrics.aggregate_iqm(scores)) > 1e-3


def deviation_of_quantile(draws, level):
    """Standard deviation of an empirical quantile, by resampling the draws it is of."""
    generator = np.random.default_rng(0)
    again = generator.choice(draws, size=(200, len(draws)))
    return np.quantile(again, level, axis=1).std()


def agree(ours, theirs, draws, confidence=0.95):
    """Ends of two intervals from independent resamples differ by no more than Monte-Carlo error explains.

    Each end is a quantile of 2000 draws, with a standard deviation s that `deviation_of_quantile` measures; the
    difference of two independent ones has sqrt(2) s. Six of those are exceeded by chance less than once in 10^8.
    A resample of few runs has few distinct values, so that s can be 0 and two quantiles are neighbouring values; these
    gaps are added.
    """
    for index, level in enumerate([(1 - confidence) / 2, (1 + confidence) / 2]):
        values = np.unique(draws)
        place = np.searchsorted(values, np.quantile(draws, level))
        near = values[max(place - 1, 0) : place + 2]
        room = 6 * np.sqrt(2) * deviation_of_quantile(draws, level) + np.ptp(near)
        if abs(ours[index] - theirs[index]) > room:
            return False
    return True


def reference(scores, function):
    np.random.seed(0)  # rliable draws from numpy's global generator
    _, intervals = library.get_interval_estimates({"a": scores}, lambda s: np.array([function(s)]), reps=SAMPLES)
    return intervals["a"][:, 0]


@pytest.mark.parametrize(("runs", "tasks"), [(2, 1), (5, 2), (9, 7)])
@pytest.mark.parametrize(("ours", "theirs"), PAIRS)
def test_intervals_are_rliables(ours, theirs, runs, tasks):
    scores = matrix(runs, tasks, runs)
    bootstrap = Bootstrap(SAMPLES)
    found = statistics.estimate(strata(scores), ours, bootstrap, bootstrap.generator("test"))
    draws = ours(statistics.resample(strata(scores), SAMPLES, np.random.default_rng(5)))
    assert agree((found.low, found.high), reference(scores, theirs), draws)


def test_resampling_over_all_environments_is_noticed():
    """Negative control: scores on two scales, where the strata matter most."""
    scores = matrix(10, 3) + np.array([0.0, 5.0, 10.0])
    bootstrap, generator = Bootstrap(SAMPLES), np.random.default_rng(0)
    wrong = [scores.ravel()[generator.integers(30, size=(SAMPLES, 10))] for _ in range(3)]
    draws = statistics.mean(statistics.resample(strata(scores), SAMPLES, generator))
    assert not agree(bootstrap.interval(statistics.mean(wrong)), reference(scores, metrics.aggregate_mean), draws)


@pytest.mark.parametrize("digits", [1, 9])
def test_improvement_is_rliables(digits):
    """One digit makes ties."""
    bootstrap = Bootstrap(SAMPLES)
    for seed, (runs, tasks) in enumerate(SIZES):
        a, b = matrix(runs, tasks, seed).round(digits), (matrix(runs + 2, tasks, seed + 50) - 0.2).round(digits)
        found = statistics.improvement(strata(a), strata(b), bootstrap, bootstrap.generator("test"))
        assert found.point == pytest.approx(metrics.probability_of_improvement(a, b), rel=0, abs=1e-12)
    assert statistics.improvement(strata(a), strata(a), bootstrap, bootstrap.generator("t")).point == 0.5


def test_intervals_of_improvement_are_rliables():
    a, b = matrix(6, 3, 1), matrix(8, 3, 2) - 0.3
    bootstrap = Bootstrap(SAMPLES)
    found = statistics.improvement(strata(a), strata(b), bootstrap, bootstrap.generator("test"))
    np.random.seed(0)
    # mannwhitneyu takes a millisecond for each environment and resample, hence fewer of them
    _, intervals = library.get_interval_estimates(
        {"a": [a, b]}, lambda x, y: np.array([metrics.probability_of_improvement(x, y)]), reps=500
    )
    x, y = (statistics.resample(strata(s), 500, np.random.default_rng(seed)) for seed, s in ((3, a), (4, b)))
    wins = [(p[:, :, None] > q[:, None, :]) + 0.5 * (p[:, :, None] == q[:, None, :]) for p, q in zip(x, y, strict=True)]
    draws = np.mean([w.mean((1, 2)) for w in wins], axis=0)
    assert agree((found.low, found.high), intervals["a"][:, 0], draws)


def test_profiles_are_rliables():
    scores, tau = matrix(6, 3), np.linspace(-0.5, 1.5, 11)
    bootstrap = Bootstrap(SAMPLES)
    found = statistics.profile(strata(scores), tau, bootstrap, bootstrap.generator("test"))
    np.random.seed(0)
    points, intervals = library.create_performance_profile({"a": scores}, tau, reps=SAMPLES)
    np.testing.assert_allclose(found.point, points["a"], rtol=0, atol=1e-12)
    drawn = np.concatenate(statistics.resample(strata(scores), SAMPLES, np.random.default_rng(1)), axis=1)
    for j, threshold in enumerate(tau):
        draws = (drawn > threshold).mean(1)
        assert agree((found.low[j], found.high[j]), intervals["a"][:, j], draws)


def test_a_score_is_not_above_itself():
    scores, bootstrap = np.array([[0.0, 1.0], [1.0, 2.0]]), Bootstrap(10)
    tau = np.array([0.0, 1.0, 2.0])
    found = statistics.profile(strata(scores), tau, bootstrap, bootstrap.generator("test"))
    assert found.point.tolist() == library.score_distributions(scores, tau).tolist() == [0.75, 0.25, 0.0]


def test_sample_efficiency_is_rliables():
    curves = np.random.default_rng(0).normal(size=(5, 3, 4)).cumsum(-1)
    bootstrap = Bootstrap(SAMPLES)
    layers = [curves[:, task] for task in range(3)]
    found = statistics.iqm_curve(layers, bootstrap, bootstrap.generator("test"))
    np.random.seed(0)
    points, intervals = library.get_interval_estimates(
        {"a": curves}, lambda c: np.array([metrics.aggregate_iqm(c[..., j]) for j in range(4)]), reps=SAMPLES
    )
    np.testing.assert_allclose(found.point, points["a"], rtol=0, atol=1e-12)
    for j in range(4):
        draws = statistics.iqm(statistics.resample([c[:, j] for c in layers], SAMPLES, np.random.default_rng(1)))
        assert agree((found.low[j], found.high[j]), intervals["a"][:, j], draws)


def test_bands_are_those_of_the_mean():
    curves = matrix(5, 4)
    bootstrap = Bootstrap(SAMPLES)
    found = statistics.band(curves, bootstrap, bootstrap.generator("test"))
    np.testing.assert_allclose(found.point, curves.mean(0), rtol=0, atol=1e-12)
    for j in range(4):
        draws = statistics.mean(statistics.resample([curves[:, j]], SAMPLES, np.random.default_rng(1)))
        ends = bootstrap.interval(draws)
        assert agree((found.low[j], found.high[j]), ends, draws)


def test_environments_with_different_numbers_of_runs():
    scores = [np.array([0.0, 1.0]), np.array([1.0, 2.0, 3.0])]
    assert statistics.mean(scores) == pytest.approx(1.25)
    assert statistics.median(scores) == pytest.approx(1.25)
    assert statistics.iqm(scores) == pytest.approx(4 / 3)
    assert statistics.optimality_gap(scores) == pytest.approx(0.2)


def test_one_run_has_no_interval():
    bootstrap = Bootstrap(10)
    for scores in ([np.array([1.0])], [np.array([1.0, 2.0]), np.array([3.0])]):
        found = statistics.estimate(scores, statistics.iqm, bootstrap, bootstrap.generator("x"))
        assert found.row() == {"point": pytest.approx(statistics.iqm(scores).item()), "low": None, "high": None}


def test_a_quantity_is_the_same_whatever_else_is_computed():
    bootstrap, scores = Bootstrap(100, seed=3), strata(matrix(4, 2))
    ends = [
        statistics.estimate(scores, statistics.mean, bootstrap, bootstrap.generator("a", "mean")).row()
        for _ in range(2)
    ]
    other = statistics.estimate(scores, statistics.mean, bootstrap, bootstrap.generator("b", "mean")).row()
    assert ends[0] == ends[1] != other


def test_points_are_aligned_not_extrapolated():
    assert statistics.common_points([[0, 10, 20, 30], [0, 20, 40], [20, 0]]) == [0, 20]
    assert statistics.common_points([[0, 1], [2]]) == []
    assert statistics.common_points([]) == []
