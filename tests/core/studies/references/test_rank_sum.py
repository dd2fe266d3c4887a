"""The rank-sum test: against SciPy's, and how often it takes equal distributions for different ones."""

import json
from pathlib import Path

import numpy as np
import pytest
import scipy.stats

from quorate.registry import load_registry
from quorate.studies.references.catalogue import catalogue
from quorate.studies.references.rank_sum import LEVEL, least, needed, rank_sum

# Of seeds that are not stored: python examples/store_references.py decision-game/all-policies --values
#   fresh:                            --seeds 101-220
#   discount 0.5 in the weight:       --seeds 101-120 --set algorithm.step_size=0.0162
#   discount left out of the weight:  --seeds 101-120 --set algorithm.step_size=0.0081
# The weight of Q is step_size / (1 - discount), and the discount is 0.1.
SEEDS = {
    name: {int(seed): value for seed, value in values.items()}
    for name, values in json.loads(Path(__file__).with_name("all_policies.json").read_text()).items()
}
FRESH = SEEDS["fresh"]
(POINT,) = catalogue(load_registry([], plugins=False)).references["decision-game/all-policies"].points
STORED = list(POINT.values.values())

SKEWED = {
    "lognormal": lambda draw, size: draw.lognormal(sigma=2, size=size),
    "cauchy": lambda draw, size: draw.standard_cauchy(size),
    "one in five is stuck": lambda draw, size: np.where(draw.random(size) < 0.2, 0.0, 10 + draw.normal(size=size)),
    "few values": lambda draw, size: draw.integers(0, 3, size).astype(float),
}


def normal_interval(new, stored):
    """What was used before: a prediction interval that takes values to be normally distributed."""
    n, k = len(stored), len(new)
    half = scipy.stats.t.ppf(1 - LEVEL / 2, n - 1) * np.std(stored, ddof=1) * np.sqrt(1 / n + 1 / k)
    return abs(np.mean(new) - np.mean(stored)) > half


def most(trials):
    """As many alarms as the level gives in all but one of a thousand such tests."""
    return scipy.stats.binom.ppf(0.999, trials, LEVEL)


@pytest.mark.parametrize(("stored", "new"), [(5, 3), (20, 5), (40, 1), (3, 7), (30, 30)])
def test_it_is_scipys_where_there_are_no_ties(stored, new):
    draw = np.random.default_rng(stored)
    first, second = draw.normal(size=stored), draw.normal(0.5, size=new)
    theirs = scipy.stats.mannwhitneyu(second, first, method="exact")
    ours = rank_sum(second.tolist(), first.tolist())
    assert ours.p == pytest.approx(theirs.pvalue, rel=1e-9)
    assert ours.above == (theirs.statistic > stored * new / 2)


def test_ties_are_counted_exactly():
    # Of all choices of four values, those with all three ones and the one with none of them are as far out.
    found = rank_sum([1.0, 1.0, 1.0, 0.0], [0.0] * 5)
    chance = 6 / 126  # of having three ones among four
    assert (found.p, found.above) == (pytest.approx(2 * chance), True)


def test_rounding_is_no_difference():
    assert rank_sum([120.0003] * 5, [120.0] * 5).p == 1
    assert rank_sum([120.01] * 5, [120.0] * 5).differs


@pytest.mark.parametrize(("stored", "new"), [(2, 8), (3, 5), (4, 4), (5, 3), (20, 2), (39, 1)])
def test_how_many_seeds_it_takes(stored, new):
    assert needed(stored) == new
    assert least(new, stored) <= LEVEL < least(new - 1, stored)
    apart = rank_sum([float(value) for value in range(100, 100 + new)], [float(value) for value in range(stored)])
    assert apart.p == pytest.approx(apart.least)
    assert apart.differs


@pytest.mark.parametrize("kind", SKEWED)
@pytest.mark.parametrize(("stored", "new"), [(20, 5), (5, 5)])
def test_equal_distributions_are_told_apart_as_seldom_as_it_says(kind, stored, new):
    draw = np.random.default_rng(0)
    samples = [SKEWED[kind](draw, stored + new).tolist() for _ in range(400)]
    assert sum(rank_sum(sample[:new], sample[new:]).differs for sample in samples) <= most(400)


def test_fresh_seeds_are_told_apart_as_seldom_as_it_says():
    """Of 120 seeds that were run for this, in groups that a user may have chosen, against the 40 stored ones."""
    seeds = list(FRESH.values())
    for size in (1, 2, 5, 20):
        groups = [seeds[start : start + size] for start in range(0, len(seeds), size)]
        assert sum(rank_sum(group, STORED).differs for group in groups) <= most(len(groups)), size


def test_all_160_seeds_divided_anew():
    draw, seeds = np.random.default_rng(0), [*FRESH.values(), *STORED]
    alarms, before = 0, 0
    for _ in range(400):
        sample = draw.choice(seeds, 25, replace=False).tolist()
        alarms += rank_sum(sample[:20], sample[20:]).differs
        before += normal_interval(sample[:20], sample[20:])
    assert alarms <= most(400)
    assert before > 2 * most(400)  # negative control: the data are such that normal errors give false alarms


def test_twenty_seeds_of_which_two_were_late():
    """The report that this is about: five stored seeds, and twenty new ones of which two end at 8.46 and 6.30."""
    new = [FRESH[seed] for seed in range(101, 121)]
    assert sorted(new)[:2] == pytest.approx([6.30, 8.46], abs=0.005)
    assert normal_interval(new, STORED[:5])
    assert not rank_sum(new, STORED[:5]).differs
    assert not rank_sum(new, STORED).differs


@pytest.mark.parametrize(
    ("defect", "seeds"), [("discount 0.5 in the weight", 2), ("discount left out of the weight", 10)]
)
def test_a_defect_is_caught(defect, seeds):
    values = list(SEEDS[defect].values())
    groups = [values[start : start + seeds] for start in range(0, len(values), seeds)]
    caught = sum(rank_sum(group, STORED).differs for group in groups)
    assert caught >= 0.8 * len(groups)
    assert rank_sum(values, STORED).differs
