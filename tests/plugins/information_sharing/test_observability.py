import numpy as np
import pytest

from quorate_information_sharing.box_pushing import box_pushing
from quorate_information_sharing.dec_tiger import dec_tiger
from quorate_information_sharing.observability import observability
from quorate_information_sharing.recycling import recycling


def test_the_tiger_is_heard():
    gammas = observability(dec_tiger())
    assert gammas[0] == pytest.approx(0.7)
    assert (gammas[1:] == 0).all()


def test_states_that_are_seen():
    assert observability(recycling()) == pytest.approx(np.ones(9))


def test_states_that_look_alike():
    assert (observability(box_pushing()) == 0).all()


def test_it_is_a_bound_that_beliefs_reach():
    game = dec_tiger((0.9, 0.6))
    gamma, table = observability(game)[0], game.observation[0]
    difference = np.array([1.0, -1.0])
    assert np.abs(difference @ table).sum() / 2 == pytest.approx(gamma)
