import itertools
from dataclasses import replace

import pytest

from quorate_decision_games.paper_figures.theory import CLAIMED_BOUND, CLAIMED_INCREMENT, Theory

THEORY = Theory()


def test_the_precision_grows_by_at_least_the_increment_of_the_theorem() -> None:
    least, variance = THEORY.smallest_increment()
    assert least == pytest.approx(0.1283, abs=5e-5)
    assert variance == pytest.approx(0.0439, abs=1e-4)
    steps = THEORY.precisions()
    path = [next(steps) for _ in range(400)]
    assert min(after - before for before, after in itertools.pairwise(path)) >= CLAIMED_INCREMENT


def test_each_update_solves_the_equation() -> None:
    steps = THEORY.precisions()
    path = [next(steps) for _ in range(50)]
    for before, after in itertools.pairwise(path):
        assert after == pytest.approx(before + THEORY.increment(1 / after), abs=1e-10)


def test_the_increment_is_the_derivative_of_the_expected_reward() -> None:
    """Eq. 7 against finite differences of the quadrature of r_start."""
    import torch

    from quorate_decision_games.payoff import Payoff

    payoff = Payoff(THEORY.game)
    z = torch.linspace(-9, 9, 20001, dtype=torch.float64)
    weights = torch.softmax(-z.square() / 2, 0)

    def expected(variance: float) -> float:
        return float((weights * payoff.start_reward(variance**0.5 * z)).sum())

    for variance in (0.005, 0.0439, 0.1, 0.5):
        slope = (expected(variance * 1.0005) - expected(variance * 0.9995)) / (0.001 * variance)
        assert THEORY.increment(variance) == pytest.approx(-0.02 * slope, rel=1e-4)


@pytest.mark.parametrize(
    ("batch", "least", "probability"), [(32, None, 0.411), (32, CLAIMED_INCREMENT, 0.4465), (200, None, 0.964)]
)
def test_reach_probabilities(batch: int, least: float | None, probability: float) -> None:
    assert THEORY.reach_probability(batch, least) == pytest.approx(probability, abs=6e-4)


def test_the_bound_holds_but_not_for_other_games_or_smaller_increments() -> None:
    assert THEORY.reach_probability(32, CLAIMED_INCREMENT) <= CLAIMED_BOUND
    assert THEORY.reach_probability(32, 0.9 * CLAIMED_INCREMENT) > CLAIMED_BOUND
    tall = replace(THEORY, game=replace(THEORY.game, bump_height=3.5))
    assert tall.smallest_increment()[0] < CLAIMED_INCREMENT


def test_the_chance_of_an_action_is_the_integral_over_the_window() -> None:
    import torch

    from quorate_decision_games.payoff import Payoff

    payoff = Payoff(THEORY.game)
    points = torch.linspace(-0.75, -0.25, 20001, dtype=torch.float64)
    for variance in (0.01, 0.1, 1.0):
        density = torch.exp(-points.square() / (2 * variance)) / (2 * torch.pi * variance) ** 0.5
        integral = float(torch.trapezoid(density * payoff.success(points), points))
        assert THEORY.success(variance) == pytest.approx(integral, rel=1e-5)
