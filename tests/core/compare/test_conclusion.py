"""What is printed when a comparison has ended."""

from types import SimpleNamespace

import pytest

from quorate.compare.conclusion import print_scores


def report(counts):
    """Two variants in one environment, with as many finished seeds as are given."""
    estimate = {"environment": "toy", "statistic": "mean", "point": 1.0, "low": 0.5, "high": 1.5}
    scores = [{**estimate, "variant": name, "runs": ["run"] * n} for name, n in zip("ab", counts, strict=True)]
    metric = {"name": "return/mean", "goal": "maximise", "score": "final"}
    return {"metric": metric, "bootstrap": {"confidence": 0.95}, "environments": ["toy"], "scores": scores}


@pytest.mark.parametrize(("counts", "few"), [((5, 5), None), ((2, 7), 2), ((4, 5), 4), ((0, 3), 3), ((0, 0), None)])
def test_that_seeds_are_few_is_said_below_the_intervals(capsys, counts, few):
    print_scores(SimpleNamespace(comparison=SimpleNamespace(variants=["a", "b"])), report(counts))
    last = capsys.readouterr().out.rstrip().splitlines()[-1]
    assert (last == f"Few seeds ({few}): the intervals are too narrow.") is (few is not None)
    assert few is not None or "Few seeds" not in last


def test_a_single_seed_has_no_interval(capsys):
    print_scores(SimpleNamespace(comparison=SimpleNamespace(variants=["a", "b"])), report((1, 5)))
    assert "Few seeds (1): intervals are missing or too narrow." in capsys.readouterr().out
