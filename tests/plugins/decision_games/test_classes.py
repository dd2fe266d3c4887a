import pytest
import torch

from quorate_decision_games.classes.all_policies import AllPolicies
from quorate_decision_games.classes.gaussian import GaussianPolicies
from quorate_decision_games.grid import Grid
from quorate_decision_games.paper_figures.theory import Theory
from quorate_decision_games.payoff import Payoff

GRID = Grid(torch.linspace(-2, 2, 801, dtype=torch.float64))
PAYOFF = Payoff(Theory().game)
RANDOM = torch.Generator()


def gaussian(variance: float = 0.1) -> GaussianPolicies:
    return GaussianPolicies(1, 1, GRID, variance, iterations=20)


def reward(points: torch.Tensor) -> torch.Tensor:
    return 0.01 * PAYOFF.start_reward(points)


def test_gaussian_updates_follow_the_recursion_of_the_theorem() -> None:
    policies, exact = gaussian(), Theory().precisions()
    next(exact)
    for _ in range(200):
        policies.project(reward, RANDOM)
        assert float(1 / policies.variance) == pytest.approx(next(exact), rel=1e-5)
    assert abs(float(policies.mean)) < 1e-12


@pytest.mark.parametrize("make", [gaussian, lambda variance: AllPolicies(1, 1, GRID, variance)])
def test_a_quadratic_weight_is_matched_exactly(make) -> None:
    """N(0, v) exp(-k (a - b)^2) is normal again, so both classes contain it."""
    policies = make(0.1)
    policies.project(lambda points: -3 * (points - 0.4).square(), RANDOM)
    nodes, precision = policies.nodes(), 10 + 6
    mean = float(nodes.mean(nodes.actions))
    assert mean == pytest.approx(6 * 0.4 / precision, abs=1e-4)
    assert float(nodes.mean((nodes.actions - mean).square())) == pytest.approx(1 / precision, abs=1e-4)


@pytest.mark.parametrize("make", [gaussian, lambda variance: AllPolicies(1, 1, GRID, variance)])
def test_samples_nodes_and_density_are_of_one_distribution(make) -> None:
    policies = make(0.1)
    for _ in range(40):
        policies.project(reward, RANDOM)
    drawn = policies.sample(200_000, torch.Generator().manual_seed(0))[0, 0]
    nodes = policies.nodes()
    assert float(drawn.square().mean()) == pytest.approx(float(nodes.mean(nodes.actions.square())), rel=0.02)
    density = policies.density(GRID)[0, 0]
    assert float(density.sum() * GRID.spacing) == pytest.approx(1, abs=1e-3)
    share = float((drawn > 0.3).double().mean())
    assert share == pytest.approx(float(density[GRID.points > 0.3].sum() * GRID.spacing), abs=0.005)


def test_all_policies_grow_modes_where_gaussians_have_none() -> None:
    """150 updates with the same weights from the same beginning."""
    free, normal = AllPolicies(1, 1, GRID, 0.1), gaussian()
    for _ in range(150):
        free.project(reward, RANDOM)
        normal.project(reward, RANDOM)
    bump, valley = ((GRID.points - place).abs().argmin() for place in (0.4926, 0.3))
    ratios = [float(density[bump] / density[valley]) for density in (p.density(GRID)[0, 0] for p in (free, normal))]
    assert ratios[0] > 1.5
    assert ratios[1] < 0.2


def test_a_gaussian_that_begins_at_a_bump_stays_there() -> None:
    """The control: it is the beginning, not the projection, that keeps it from the bump."""
    policies = gaussian(0.002)
    policies.mean = policies.mean - 0.45
    for _ in range(60):
        policies.project(lambda points: 10 * reward(points), RANDOM)
    assert float(policies.mean) == pytest.approx(-0.4926, abs=0.01)
    assert float(policies.variance) < 0.001
