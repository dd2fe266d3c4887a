"""Bounds where beliefs are too many to keep: they hold, and meet at known values."""

import dataclasses

import numpy as np
import pytest

from quorate.information import information_structure
from quorate_information_sharing.box_pushing import box_pushing
from quorate_information_sharing.broadcast import broadcast
from quorate_information_sharing.dec_tiger import dec_tiger
from quorate_information_sharing.grid_small import grid_small
from quorate_information_sharing.planning import explored, policy
from quorate_information_sharing.planning.bounds import bound_structures
from quorate_information_sharing.planning.effort import Effort, TooLargeError
from quorate_information_sharing.planning.exact import exact_value, own_stage
from quorate_information_sharing.planning.explored import Explored
from quorate_information_sharing.planning.joint_policy import evaluate
from quorate_information_sharing.planning.unshared import best_found
from quorate_information_sharing.recycling import recycling

FULL, DIRECTED, OTHER, ONE, TWO = "full", "one-directional(1)", "one-directional(2)", "one-step", "delayed(2)"
FEW = Effort(beliefs=500)
"""Of Broadcast's beliefs, 581 are reached within 6 steps."""
NARROW = Effort(beliefs=500, width=2, rules=4, block=1)


def silent(done, total):
    """Nobody looks."""


def stage_of(game, name):
    stage = own_stage(game, information_structure(name, 2))
    assert stage is not None
    return stage


def explore(game, name, horizon, effort=FEW):
    return Explored(game, stage_of(game, name), horizon, effort)


@pytest.mark.parametrize(
    ("name", "horizon", "known"),
    [(FULL, 20, 18.313228), (ONE, 20, 18.313228), (TWO, 20, 18.313228), (ONE, 100, 90.760423)],
)
def test_broadcast_is_planned_at_any_horizon(name, horizon, known):
    game = broadcast()
    found = explore(game, name, horizon).bracket(20, silent)
    assert found.meets
    assert found.upper == pytest.approx(known, abs=1e-6)
    assert evaluate(game, found.policy, horizon)[0] == pytest.approx(known, abs=1e-6)


def test_what_broadcast_is_worth_without_sharing_is_certified():
    structures = [information_structure(name, 2) for name in (ONE, "none")]
    values = bound_structures(broadcast(), structures, 20, NARROW, lambda name: silent)
    for each in values.bounds:
        assert each.exact
        assert (each.lower.value, each.upper.value) == pytest.approx((18.313228, 18.313228), abs=1e-6)
    assert not any(note.startswith("one-step") for note in values.notes)
    for structure in structures:
        certificate = values.certificate(broadcast(), structure, 20, NARROW, silent)
        assert evaluate(broadcast(), certificate, 20)[0] == pytest.approx(18.313228, abs=1e-6)


def test_what_broadcast_is_worth_without_sharing_is_certified_for_100_steps():
    bounds = explore(broadcast(), ONE, 100)
    upper = bounds.bracket(20, silent).upper
    value, steps = best_found(broadcast(), 100, NARROW, silent, bounds)
    assert (value, upper) == pytest.approx((90.760423, 90.760423), abs=1e-6)
    assert value == pytest.approx(policy.evaluate(broadcast(), steps)[0][0], abs=1e-9)


@pytest.mark.parametrize(
    ("game", "horizon"),
    [(dec_tiger((0.9, 0.7)), 6), (recycling(), 6), (grid_small(), 3), (dec_tiger().with_first_observation(), 4)],
    ids=("unequal tiger", "recycling", "grid", "tiger, heard before"),
)
def test_it_is_what_all_beliefs_give(game, horizon):
    for name in (FULL, DIRECTED, OTHER, ONE, TWO):
        if name == TWO and game.name == "grid-small":
            continue  # too many trees
        found = explore(game, name, horizon, Effort()).bracket(50, silent)
        value = exact_value(game, information_structure(name, 2), horizon, silent)
        assert (found.lower, found.upper) == pytest.approx((value, value), abs=1e-6)


@pytest.mark.parametrize("unit", [1e-7, 1e6])
def test_bounds_meet_in_any_unit_of_rewards(unit):
    game = broadcast()
    scaled = dataclasses.replace(game, reward=game.reward * unit)
    first, last = (explore(scaled, ONE, 6, Effort()).bracket(rounds, silent) for rounds in (1, 20))
    assert not first.meets
    assert last.meets
    assert last.upper == pytest.approx(exact_value(game, information_structure(ONE, 2), 6, silent) * unit, rel=1e-8)


def test_bounds_hold_at_any_time():
    for rounds in (1, 2):
        found = explore(box_pushing(), ONE, 5).bracket(rounds, silent)
        assert found.lower <= 107.785163 <= found.upper
        assert not found.meets


def test_weights_that_are_no_mixture_give_no_bound(monkeypatch):
    """The value above depends on them."""
    mixed = explored._mixed
    monkeypatch.setattr(explored, "_mixed", lambda weights, values: mixed(0.99 * weights, values))
    assert explore(broadcast(), ONE, 20).bracket(1, silent).upper < 18.31


def test_memory_bounds_what_is_explored():
    few = explore(broadcast(), ONE, 100, Effort(beliefs=60))
    found = few.bracket(20, silent)
    assert not few.fits
    assert len(few.graph.row) < 200
    assert found.lower <= 90.760423 <= found.upper < 92
    with pytest.raises(TooLargeError, match="beliefs of broadcast"):
        few.values(1)
    with pytest.raises(TooLargeError):
        explore(box_pushing(), ONE, 5, Effort(beliefs=50))


def test_a_mixture_is_the_belief_it_stands_for():
    some = explore(box_pushing(), ONE, 4)
    some.bracket(2, silent)
    weights = some._mixtures.matrix()
    beliefs = some.graph.beliefs.toarray()
    assert np.allclose(weights @ beliefs[some.graph.explored[: weights.shape[1]]], beliefs, atol=1e-12)
    assert weights.data.min() >= 0
