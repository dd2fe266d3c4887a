"""Finite memory: the values of an independent study, and errors that bound how far the model is from the game."""

import pytest

from quorate.information import information_structure
from quorate_information_sharing.dec_tiger import dec_tiger, individual_tiger
from quorate_information_sharing.planning.approximation import approximate_plan
from quorate_information_sharing.planning.effort import Effort, TooLargeError
from quorate_information_sharing.planning.exact import exact_value
from quorate_information_sharing.planning.joint_policy import evaluate
from quorate_information_sharing.planning.settings import Solution
from quorate_information_sharing.planning.solutions import Task, opponents_bounds
from quorate_information_sharing.recycling import recycling

KNOWN = [(4, 0, -8, -8), (4, 1, 10.592825, 10.592825), (4, 2, 11.015487, 11.015487), (5, 1, 9.55617, 9.55617)]


def silent(done, total):
    """Nobody looks."""


def remember(game, memory, horizon, name="one-step", solution=Solution.TEAM, effort=None):
    task = Task(game, information_structure(name, 2), horizon, solution)
    return approximate_plan(task, memory, effort or Effort(), silent)


@pytest.mark.parametrize(("horizon", "memory", "model", "true"), KNOWN)
def test_what_the_model_and_the_game_say(horizon, memory, model, true):
    found = remember(dec_tiger(), memory, horizon)
    assert found.plan.values[0] == pytest.approx(model, abs=1e-6)
    assert found.values[0] == pytest.approx(true, abs=1e-6)
    assert evaluate(dec_tiger(), found.plan.policy, horizon)[0] == pytest.approx(true, abs=1e-6)


def test_a_model_may_promise_more_than_there_is():
    found = remember(dec_tiger(), 2, 5)
    assert found.plan.values[0] == pytest.approx(10.517098, abs=1e-6)
    assert found.values[0] == pytest.approx(10.219669, abs=1e-6)
    assert abs(found.plan.values[0] - found.values[0]) <= found.bound


@pytest.mark.parametrize("game", [dec_tiger(), recycling()], ids=lambda game: game.name)
@pytest.mark.parametrize("name", ["full", "one-directional(1)", "one-step"])
def test_errors_bound_the_distance_to_the_game(game, name):
    exact = exact_value(game, information_structure(name, 2), 4, silent)
    for memory in (0, 1):
        found = remember(game, memory, 4, name)
        assert abs(found.plan.values[0] - found.values[0]) <= found.bound + 1e-9
        assert abs(found.plan.values[0] - exact) <= found.bound + 1e-9
        assert found.values[0] <= exact + 1e-9


def test_errors_are_zero_where_nothing_is_forgotten_and_not_where_it_is():
    all_of_it, none = remember(dec_tiger(), 2, 4), remember(dec_tiger(), 0, 4)
    assert all_of_it.bound < 1e-9
    assert none.reward_error.max() > 1
    assert none.common_error.max() > 0.1
    assert (none.reward_error[:2] == 0).all()


def test_opponents_of_finite_memory():
    found = remember(individual_tiger((0.85, 0.6)), 1, 4, solution=Solution.ZERO_SUM)
    low, high = opponents_bounds(found)
    assert low < 4.856225 < high
    assert found.gaps.max() > 0.1


def test_too_much_to_remember_is_told():
    with pytest.raises(TooLargeError, match="things to remember") as error:
        remember(dec_tiger(), 2, 5, effort=Effort(beliefs=1000))
    assert "Remember fewer steps" in error.value.fix
