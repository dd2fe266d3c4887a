"""Opponents, and agents with interests of their own, against programs over whole strategies and games by hand."""

import dataclasses
import itertools

import numpy as np
import pytest
from scipy.optimize import linprog

from quorate.errors import QuorateError
from quorate.information import information_structure
from quorate_information_sharing.dec_tiger import dec_tiger, individual_tiger
from quorate_information_sharing.planning.effort import Effort
from quorate_information_sharing.planning.joint_policy import evaluate
from quorate_information_sharing.planning.prescriptions import team
from quorate_information_sharing.planning.settings import Solution
from quorate_information_sharing.planning.solutions import Task, independent_plan, opponents_bounds, solution_of
from quorate_information_sharing.planning.zero_sum import zero_sum
from quorate_information_sharing.posg import TabularPOSG, alike

EARS = 0.85, 0.6
SHARED = ("full", "one-directional(1)", "one-directional(2)", "one-step")
OF_TIGERS = {  # what the first agent gets; by ears and horizon, in the order of SHARED
    (0.85, 0.85, 2): (0, -5.72, 5.72, 0),
    (0.85, 0.85, 3): (0, -7.1786, 7.1786, 0),
    (0.85, 0.6, 3): (0, 0, 4.73, 4.73),
    (0.85, 0.6, 5): (0, -0.04192914, 5.62556082, 5.521571),
}


def silent(done, total):
    """Nobody looks."""


def solve(game, name, horizon, solution):
    return independent_plan(Task(game, information_structure(name, 2), horizon, solution), Effort(), silent)


def once(payoffs):
    """A matrix game [2, A1, A2] that is played once."""
    actions = payoffs.shape[1]
    one = np.ones((actions**2, 1, 1))
    return alike(
        "matrix",
        ["s"],
        [str(action) for action in range(actions)],
        ["o"],
        transition=one,
        observation=one,
        reward=payoffs.reshape(2, 1, -1).astype(float),
        start=np.ones(1),
        horizon=1,
    )


@pytest.mark.parametrize(("key", "known"), OF_TIGERS.items())
def test_values_of_opponents(key, known):
    """Sharing is not monotone: who hears better gets more where what is heard is told late."""
    first, second, horizon = key
    game = individual_tiger((first, second))
    for name, value in zip(SHARED, known, strict=True):
        found = solve(game, name, horizon, Solution.ZERO_SUM)
        low, high = opponents_bounds(found)
        assert (low, high) == pytest.approx((value, value), abs=1e-6)
        assert evaluate(game, found.policy, horizon) == pytest.approx([value, -value], abs=1e-6)


def test_opponents_against_a_program_over_whole_strategies():
    """Two steps, one step late: a strategy is a first action, and then one for each pair of it and what was heard."""
    game, horizon = individual_tiger(EARS, horizon=2), 2
    strategies = list(itertools.product(range(3), itertools.product(range(3), repeat=2)))
    table = np.array([[_payoff(game, one, other) for other in strategies] for one in strategies])
    count = len(strategies)
    cost = np.r_[np.zeros(count), -1.0]
    total = np.r_[np.ones(count), 0.0][None]
    above = np.c_[-table.T, np.ones(count)]
    wanted = -linprog(cost, above, np.zeros(count), total, [1.0], [(0, None)] * count + [(None, None)]).fun
    # The other's first action is told before the second one; the first actions here do not mix, so that none is missed.
    assert solve(game, "one-step", horizon, Solution.ZERO_SUM).values[0] == pytest.approx(wanted, abs=1e-6)


def _payoff(game, one, other):
    """Of the first agent, where strategies do not look at the other one's first action."""
    joint = one[0] * 3 + other[0]
    value = game.start @ game.reward[0, :, joint]
    moved = (game.start @ game.transition[joint])[:, None] * game.observation[joint]
    for seen, chance in enumerate(moved.T):
        value += chance @ game.reward[0, :, one[1][seen // 2] * 3 + other[1][seen % 2]]
    return value


def test_matching_pennies_needs_mixing():
    pennies = np.array([[1.0, -1.0], [-1.0, 3.0]])
    found = solve(once(np.stack([pennies, -pennies])), "one-step", 1, Solution.ZERO_SUM)
    assert found.values == pytest.approx([1 / 3, -1 / 3])
    assert found.policy.first_rule[0, 0, 0] == pytest.approx([2 / 3, 1 / 3])
    assert found.gaps == pytest.approx([0, 0], abs=1e-9)


def test_stage_games_by_brute_force():
    """Of random games the values of pure rules bracket the program's, and are below it by more than rounding."""
    payoff = np.random.default_rng(0).normal(size=(1, 40, 2, 2, 2, 2))
    rules = zero_sum(payoff)
    value = rules.values(payoff[0])
    pure = list(itertools.product(range(2), repeat=2))
    table = np.array([[[_played(game, a, b) for b in pure] for a in pure] for game in payoff[0]])
    assert (table.min(2).max(1) <= value + 1e-9).all()
    assert (value <= table.max(1).min(1) + 1e-9).all()
    assert (table.min(2).max(1) < value - 1e-3).any()
    assert team(payoff).values(payoff[0]) == pytest.approx(table.max((1, 2)))


def _played(game, first, second):
    return sum(game[k, m, first[k], second[m]] for k in (0, 1) for m in (0, 1))


def test_chicken_has_the_correlated_equilibrium_that_pays_most():
    """Dare (1) against chicken (0): by hand a correlated equilibrium pays 10.5, a coarse one as much or more."""
    chicken = np.array([[6.0, 2.0], [7.0, 0.0]])
    game = once(np.stack([chicken, chicken.T]))
    found = solve(game, "one-step", 1, Solution.CORRELATED)
    assert found.values.sum() == pytest.approx(10.5)
    assert found.gaps == pytest.approx([0, 0], abs=1e-9)
    assert evaluate(game, found.policy, 1) == pytest.approx(found.values)
    coarse = solve(game, "one-step", 1, Solution.COARSE_CORRELATED)
    assert coarse.values.sum() >= 10.5 - 1e-9
    assert coarse.gaps.max() < 1e-9


def test_dilemmas_are_no_teams():
    """What pays most in sum is no equilibrium: the gap of a policy that cooperates is not zero."""
    dilemma = np.array([[3.0, 0.0], [4.0, 1.0]])
    game = once(np.stack([dilemma, dilemma.T]))
    for solution in (Solution.CORRELATED, Solution.COARSE_CORRELATED):
        assert solve(game, "full", 1, solution).values == pytest.approx([1, 1])
    task = Task(game, information_structure("full", 2), 1, Solution.TEAM)
    assert independent_plan(task, Effort(), silent).gaps.max() == pytest.approx(1)


@pytest.mark.parametrize("name", ["full", "one-directional(1)", "one-step"])
@pytest.mark.parametrize("solution", [Solution.CORRELATED, Solution.COARSE_CORRELATED])
def test_no_agent_gains_by_leaving(name, solution):
    """Tigers of agents who are paid by their own door, but for a share that they have of the other's."""
    own, other = (dec_tiger(EARS).reward[0], individual_tiger(EARS).reward[0])
    game = dec_tiger(EARS)
    mixed = TabularPOSG(**{**vars(game), "reward": np.stack([own + 0.3 * other, own - 0.5 * other])})
    found = solve(mixed, name, 3, solution)
    assert found.gaps.max() < 1e-6
    assert evaluate(mixed, found.policy, 3) == pytest.approx(found.values, abs=1e-9)


def test_what_fits_is_told():
    assert solution_of(dec_tiger(), None) is Solution.TEAM
    assert solution_of(individual_tiger(), None) is Solution.ZERO_SUM
    assert solution_of(dec_tiger(), Solution.CORRELATED) is Solution.CORRELATED
    tiny = individual_tiger()  # paid so little that all sums are near zero
    tiny = dataclasses.replace(tiny, reward=tiny.reward * np.array([1e-12, 2e-12])[:, None, None])
    assert solution_of(tiny, None) is Solution.COARSE_CORRELATED
    with pytest.raises(QuorateError, match="wins what the other one loses"):
        solution_of(dec_tiger(), Solution.ZERO_SUM)
    for solution in (Solution.ZERO_SUM, Solution.CORRELATED):
        with pytest.raises(QuorateError, match="depends on their policies") as error:
            solve(individual_tiger(), "none", 3, solution)
        assert "one-step" in error.value.choices
