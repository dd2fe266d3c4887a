import itertools

import pytest

from quorate.config.points import EvaluationSteps
from quorate.config.schema import Evaluation


def listed(total, every, points, at_start):
    """What is meant, as sets."""
    chosen = set(range(every, total, every)) if every else set()
    if points:
        chosen = {total * (point + 1) // points for point in range(points)} - {0}
    return sorted({*chosen, total, *([0] if at_start else [])})


@pytest.mark.parametrize("at_start", [False, True])
def test_they_are_those_of_the_definition(at_start):
    for total, (every, points) in itertools.product(
        range(14), [(0, 0), *((n, 0) for n in range(1, 16)), *((0, n) for n in range(1, 16))]
    ):
        steps, wanted = EvaluationSteps(total, every=every, points=points, at_start=at_start), None
        wanted = listed(total, every, points, at_start)
        assert steps == wanted, (total, every, points)
        assert [step for step in range(-1, total + 2) if step in steps] == wanted
        assert steps[-1] == total
        assert steps[:3] == wanted[:3]


@pytest.mark.parametrize("when", [{"every": 1}, {"points": 10**11}, {"points": 10**9}, {"every": 7, "at_start": True}])
def test_a_thousand_million_cost_nothing(when):
    steps = Evaluation(**when).steps(10**12)
    assert len(steps) >= 10**9
    assert steps[-1] == 10**12
    assert 10**12 in steps
    assert 3 in steps or "points" in when or when["every"] == 7
