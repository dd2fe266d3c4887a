"""Policies as objects: their exact values are those that were planned."""

import itertools
from dataclasses import replace

import numpy as np
import pytest

from quorate.information import information_structure
from quorate_information_sharing.box_pushing import box_pushing
from quorate_information_sharing.broadcast import broadcast
from quorate_information_sharing.dec_tiger import dec_tiger
from quorate_information_sharing.grid_small import grid_small
from quorate_information_sharing.planning import extraction
from quorate_information_sharing.planning.effort import Effort
from quorate_information_sharing.planning.exact import exact_value
from quorate_information_sharing.planning.extraction import exact_policy, unshared_policy
from quorate_information_sharing.planning.joint_policy import JointPolicy, evaluate
from quorate_information_sharing.planning.unshared import best_found
from quorate_information_sharing.recycling import recycling

STRUCTURES = ("full", "one-directional(1)", "one-directional(2)", "one-step", "delayed(2)")
UNEQUAL = dec_tiger((0.9, 0.7))


def silent(done, total):
    """Nobody looks."""


def planned(game, name, horizon):
    structure = information_structure(name, 2)
    value = exact_value(game, structure, horizon, silent)
    return value, exact_policy(game, structure, horizon, silent)


@pytest.mark.parametrize("name", STRUCTURES)
@pytest.mark.parametrize("game", [dec_tiger(), UNEQUAL, recycling(), broadcast()], ids=lambda game: game.name)
def test_a_policy_has_the_value_that_was_planned(game, name):
    for horizon in (1, 2, 5):
        value, policy = planned(game, name, horizon)
        assert evaluate(game, policy, horizon)[0] == pytest.approx(value, abs=1e-9)


@pytest.mark.parametrize(
    ("game", "name", "horizon"),
    [(grid_small(), "one-step", 4), (box_pushing(), "one-step", 4), (broadcast(), "delayed(3)", 3)],
    ids=lambda part: getattr(part, "name", part),
)
def test_others_too(game, name, horizon):
    value, policy = planned(game, name, horizon)
    assert evaluate(game, policy, horizon)[0] == pytest.approx(value, abs=1e-9)


def test_layers_that_are_computed_again_are_the_same(monkeypatch):
    monkeypatch.setattr(extraction, "HELD", 0)
    for horizon in (1, 2, 7, 10):
        value, policy = planned(dec_tiger(), "one-step", horizon)
        assert evaluate(dec_tiger(), policy, horizon)[0] == pytest.approx(value, abs=1e-9)


def test_a_policy_without_sharing_is_such_an_object():
    value, steps = best_found(dec_tiger(), 7, Effort(block=3, width=5), silent)
    assert evaluate(dec_tiger(), unshared_policy(dec_tiger(), steps), 7)[0] == pytest.approx(value, abs=1e-9)


def test_an_observation_before_the_first_action_is_used():
    game = dec_tiger()
    heard = replace(game, observes_at_start=True, initial_observation=game.observation[0])
    known = {"full": (15.0155, 24.7011, 28.8103), "one-step": (None, 13.0155, 12.6761)}
    for name, values in known.items():
        for horizon, wanted in zip((2, 3, 4), values, strict=True):
            value, policy = planned(heard, name, horizon)
            assert wanted is None or value == pytest.approx(wanted, abs=1e-4)
            assert evaluate(heard, policy, horizon)[0] == pytest.approx(value, abs=1e-9)
    for name, horizon in itertools.product(("one-directional(2)", "delayed(2)"), (1, 2, 4)):
        value, policy = planned(heard, name, horizon)
        assert evaluate(heard, policy, horizon)[0] == pytest.approx(value, abs=1e-9)


def test_it_comes_back_from_its_state_and_a_changed_one_has_another_value():
    value, policy = planned(dec_tiger(), "one-step", 3)
    again = JointPolicy.from_state(policy.state_dict())
    assert evaluate(dec_tiger(), again, 3)[0] == pytest.approx(value, abs=1e-12)
    listens = replace(again, first_rule=np.eye(3)[np.zeros(again.first_rule.shape[:3], int)])
    assert evaluate(dec_tiger(), listens, 3)[0] < value - 1
