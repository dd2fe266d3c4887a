"""Values of the literature and of an independent study, to six digits."""

import re
from dataclasses import fields

import pytest

from quorate.errors import QuorateError
from quorate.information import information_structure
from quorate_information_sharing.box_pushing import box_pushing
from quorate_information_sharing.broadcast import broadcast
from quorate_information_sharing.dec_tiger import dec_tiger
from quorate_information_sharing.grid_small import grid_small
from quorate_information_sharing.planning.approximation import approximate_plan
from quorate_information_sharing.planning.bounds import bound_structures
from quorate_information_sharing.planning.effort import Effort, TooLargeError, check_length
from quorate_information_sharing.planning.exact import exact_value, own_stage
from quorate_information_sharing.planning.policy import evaluate
from quorate_information_sharing.planning.revealed import revealed_value
from quorate_information_sharing.planning.settings import Solution
from quorate_information_sharing.planning.solutions import Task
from quorate_information_sharing.planning.unshared import best_found
from quorate_information_sharing.posg import TabularPOSG
from quorate_information_sharing.recycling import recycling

FULL, DIRECTED, ONE, TWO = "full", "one-directional", "one-step", "delayed(2)"
CHAIN = (FULL, DIRECTED, ONE, TWO, "delayed(3)", "none")
KNOWN = [
    (dec_tiger, 3, {FULL: 13.0154875, DIRECTED: 11.7475, ONE: 8.815, TWO: 5.1908125}),
    (dec_tiger, 5, {FULL: 26.810325, DIRECTED: 19.2475, ONE: 10.676063, TWO: 10.107011}),
    (dec_tiger, 10, {FULL: 60.509884, DIRECTED: 39.131899, ONE: 34.586977, TWO: 21.701213}),
    (dec_tiger, 100, {FULL: 644.374035, DIRECTED: 396.691080, ONE: 388.997022}),
    (recycling, 4, {FULL: 14.069625, DIRECTED: 13.6606875, ONE: 13.51625, TWO: 13.38}),
    (recycling, 20, {FULL: 66.552576, DIRECTED: 64.349438, ONE: 63.254024, TWO: 62.633136}),
    (grid_small, 3, {FULL: 1.62937, DIRECTED: 1.612318, ONE: 1.555824}),
    (grid_small, 4, {FULL: 2.353725, DIRECTED: 2.322204, ONE: 2.250522}),
    (broadcast, 10, {FULL: 9.29, ONE: 9.29, TWO: 9.29}),
    (box_pushing, 3, {FULL: 66.81, DIRECTED: 66.4455, ONE: 66.081}),
    (box_pushing, 5, {FULL: 109.092506, DIRECTED: 108.639032, ONE: 107.785163}),
]
UNSHARED = [(dec_tiger, 5, 7.026451), (recycling, 5, 16.486), (grid_small, 3, 1.550444), (box_pushing, 4, 98.593613)]


def silent(done, total):
    """Nobody looks."""


@pytest.mark.parametrize(("rules", "horizon", "known"), KNOWN, ids=lambda part: getattr(part, "__name__", None))
def test_exact_values(rules, horizon, known):
    game = rules(horizon=horizon)
    found = {name: exact_value(game, information_structure(name, 2), horizon, silent) for name in known}
    assert found == pytest.approx(known, abs=1e-6)


@pytest.mark.parametrize(("rules", "horizon", "known"), UNSHARED, ids=lambda part: getattr(part, "__name__", None))
def test_bounds_are_ordered_and_hold_what_is_known(rules, horizon, known):
    game = rules(horizon=horizon)
    structures = [information_structure(name, 2) for name in CHAIN]
    values = bound_structures(game, structures, horizon, Effort(), lambda name: silent)
    assert values.bounds[-1].lower.value == pytest.approx(known, abs=1e-6)
    for each in values.bounds:
        assert each.lower.value <= each.upper.value + 1e-9
    for more, less in zip(values.bounds, values.bounds[1:], strict=False):
        assert more.upper.value >= less.upper.value - 1e-9
        assert more.lower.value >= less.lower.value - 1e-9
    assert evaluate(game, values.policy)[0] == pytest.approx(known, abs=1e-6)


def test_the_optimum_without_sharing_is_certified_where_bounds_meet():
    game = recycling(horizon=20)
    bounds = bound_structures(
        game, [information_structure("none", 2)], 20, Effort(width=5), lambda name: silent
    ).bounds[0]
    assert bounds.exact
    assert bounds.lower.value == pytest.approx(62.633136, abs=1e-6)


def test_blocks_are_put_together_where_beliefs_return():
    effort = Effort(width=5, block=4, kinds=5)
    none = [information_structure("none", 2)]
    values = bound_structures(dec_tiger(), none, 20, effort, lambda name: silent)
    assert values.bounds[0].lower.value == pytest.approx(4 * 5.1908125 + 2 * 4.802755, abs=1e-6)
    assert evaluate(dec_tiger(), values.policy)[0][0] == pytest.approx(values.bounds[0].lower.value)


def test_agents_forget_and_go_on_where_they_would_have_to_remember_too_much():
    """Each kind of history more is worth something; the optimum is 2.970496."""
    found = []
    for kinds in (1, 2, 3):
        effort = Effort(kinds=kinds, width=3, rules=5, block=3, beliefs=1000)
        value, steps = best_found(grid_small(), 5, effort, silent)
        assert evaluate(grid_small(), steps)[0] == pytest.approx(value)
        assert len(steps) == 5
        found.append(value)
    assert found == sorted(found)
    assert 2.2 < found[0] < found[-1] < 2.970496


def test_what_can_not_be_planned_exactly_is_refused_by_name():
    mixed = {"observation_delay": [[0, 1], [2, 0]], "action_delay": [[1, 1], [1, 1]]}
    for structure in ("none", "uncontrolled(1)", mixed):
        with pytest.raises(QuorateError, match="depends on their policies") as caught:
            exact_value(dec_tiger(), information_structure(structure, 2), 3, silent)
        assert "one-step" in caught.value.choices


def test_an_uncontrolled_game_is_planned_with_late_observations():
    """Values between those of structures that know more and less, and equal to them where nothing comes late."""
    game = dec_tiger()
    still = {"transition": game.transition[:1].repeat(9, 0), "observation": game.observation[:1].repeat(9, 0)}
    alone = TabularPOSG(**{field.name: getattr(game, field.name) for field in fields(game)} | still)
    names = ("full", "one-step", "delayed(2)", *(f"uncontrolled({delay})" for delay in range(4)))
    found = {name: exact_value(alone, information_structure(name, 2), 3, silent) for name in names}
    assert found["uncontrolled(0)"] == pytest.approx(found["full"], abs=1e-9)
    assert found["uncontrolled(1)"] == pytest.approx(found["one-step"], abs=1e-9)
    assert found["uncontrolled(2)"] == pytest.approx(found["delayed(2)"], abs=1e-9)
    never = bound_structures(alone, [information_structure("none", 2)], 3, Effort(), lambda name: silent).bounds[0]
    assert found["uncontrolled(3)"] == pytest.approx(never.lower.value, abs=1e-9)


def test_what_does_not_fit_tells_the_longest_horizon():
    effort = Effort(beliefs=5)
    with pytest.raises(TooLargeError, match="more than 5 beliefs") as caught:
        exact_value(dec_tiger(), information_structure(ONE, 2), 10, silent, effort)
    assert "at most 3," in (caught.value.fix or "")
    assert exact_value(dec_tiger(), information_structure(ONE, 2), 3, silent, effort) == pytest.approx(8.815)


def test_memory_bounds_the_layers():
    with pytest.raises(TooLargeError, match="beliefs within") as caught:
        exact_value(box_pushing(), information_structure(ONE, 2), 10, silent, Effort(megabytes=1))
    fits = int(re.search(r"at most (\d+),", caught.value.fix or "")[1])
    assert exact_value(box_pushing(), information_structure(ONE, 2), fits, silent, Effort(megabytes=1)) > 60


def test_bounds_say_why_they_are_no_plans():
    structures = [information_structure(name, 2) for name in (ONE, "none")]
    found = bound_structures(dec_tiger(), structures, 6, Effort(beliefs=5, reveal=2), lambda name: silent)
    assert any(note.startswith("one-step is bounded, not planned: dec-tiger reaches more") for note in found.notes)
    assert any(note.startswith("none: what agents believe in common depends") for note in found.notes)
    assert found.bounds[0].upper.because == "explored: one-step"
    assert found.bounds[0].lower.value <= 19.124571 <= found.bounds[0].upper.value


def test_to_tell_the_state_is_a_bound_too():
    stage = own_stage(box_pushing(), information_structure(ONE, 2))
    assert revealed_value(box_pushing(), stage, 5, 4, silent) == pytest.approx(107.845916, abs=1e-6)


@pytest.mark.parametrize("delay", [12, 40, 10**20])
def test_delays_beyond_all_counting_are_bounded(delay):
    structure = information_structure(delay, 2)
    with pytest.raises(TooLargeError, match="rules"):
        exact_value(dec_tiger(), structure, 3, lambda done, total: None)
    (found,) = bound_structures(
        dec_tiger(), [structure], 2, Effort(width=2), lambda name: lambda done, total: None
    ).bounds
    assert found.exact
    assert found.lower.value == pytest.approx(-4)


def test_endless_episodes_are_not_planned():
    check_length(10_000)
    with pytest.raises(QuorateError, match="at most 10,000"):
        check_length(10**12)


def test_a_memory_longer_than_the_episode_is_all_of_it():
    task = Task(dec_tiger(), information_structure(ONE, 2), 3, Solution.TEAM)
    found = approximate_plan(task, 10**23, Effort(), lambda done, total: None)
    assert found.plan.values[0] == pytest.approx(8.815)
    assert found.bound == pytest.approx(0, abs=1e-9)
