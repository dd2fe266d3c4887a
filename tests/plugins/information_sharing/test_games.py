from dataclasses import replace

import numpy as np
import pytest

from quorate.errors import QuorateError
from quorate_information_sharing.box_pushing import box_pushing
from quorate_information_sharing.broadcast import broadcast
from quorate_information_sharing.dec_tiger import dec_tiger, individual_tiger
from quorate_information_sharing.games import make_game
from quorate_information_sharing.grid_small import grid_small
from quorate_information_sharing.posg import TabularPOSG, independent
from quorate_information_sharing.recycling import recycling
from quorate_information_sharing.settings import Game, TabularSettings

LISTEN, LEFT, RIGHT = range(3)


@pytest.mark.parametrize("game", list(Game))
def test_each_is_made_by_its_setting_and_is_a_game(game):
    made = make_game(TabularSettings(game=game, horizon=4))  # tables are checked when it is made
    assert made.name == game.value
    assert (made.horizon, made.agents) == (4, 2)
    assert made.team is (game is not Game.INDIVIDUAL_TIGER)
    assert made.controls == (True, True)
    assert made.reveals == ("collective" if game is Game.RECYCLING else "partial")


def test_the_tiger():
    game = dec_tiger((0.9, 0.7))
    paid = {joint: game.reward[0, 0, game.joint_action(joint)] for joint in np.ndindex(3, 3)}
    assert paid[LISTEN, LISTEN] == -2
    assert paid[LEFT, LEFT] == -50
    assert paid[RIGHT, RIGHT] == 20
    assert paid[LEFT, RIGHT] == paid[RIGHT, LEFT] == -100
    assert paid[LISTEN, LEFT] == -101
    assert paid[RIGHT, LISTEN] == 9
    assert game.observation[0, 0] == pytest.approx([0.63, 0.27, 0.07, 0.03])
    assert (game.transition[1:] == 0.5).all()


def test_opponents_win_what_the_other_loses():
    game = individual_tiger()
    assert (game.reward.sum(0) == 0).all()
    assert game.reward[0, 0, game.joint_action((RIGHT, LISTEN))] == 11
    assert game.reward[0, 1, game.joint_action((RIGHT, LEFT))] == -110


def test_boxes():
    game = box_pushing()
    assert len(game.states) == 100
    state = game.states.index("2N-3N")
    both = game.joint_action((2, 2))
    assert game.reward[0, state, both] == pytest.approx(99.8)
    assert game.transition[both, state, 3] == pytest.approx(0.81)
    start = int(game.start.argmax())
    assert game.states[start] == "1E-4W"
    assert (game.transition[:, :4, start] == 1).all()
    small = game.states.index("1N-4N")
    assert game.reward[0, small, both] == pytest.approx(19.8)
    assert game.transition[both, small, 2] == pytest.approx(0.81)
    facing = game.states.index("2E-3W")
    assert game.observation[0, facing].argmax() == 5 * 2 + 2
    assert game.reward[0, facing, both] == pytest.approx(-10.2)
    same = game.states.index("1E-3W")
    assert game.reward[0, same, both] == pytest.approx(-10.2)
    assert game.transition[both, same, same] == pytest.approx(0.81 + 0.01)


def test_robots():
    game = recycling()
    big = game.joint_action((2, 2))
    assert game.reward[0, 0, big] == 5
    assert game.reward[0, 3, big] == pytest.approx(0.49 * 5 - 6)
    assert game.transition[big, 0] == pytest.approx([0.25] * 4)
    assert game.transition[game.joint_action((1, 0)), 2] == pytest.approx([0.2, 0, 0.8, 0])


def test_grid():
    game = grid_small()
    up, stay = game.joint_action((0, 0)), game.joint_action((4, 4))
    assert game.transition[stay, 0, 0] == 1
    assert game.transition[up, 0, 0] == pytest.approx(0.8 * 0.8)  # at a wall, two of the other moves stay too
    assert game.reward[0, 0, up] == pytest.approx(0.64 + 0.01 + 0.01)


def test_channel():
    game = broadcast()
    send = game.joint_action((0, 0))
    assert game.reward[0, 0, send] == 0
    assert game.reward[0, 1, send] == 1
    assert game.observation[send, 0] == pytest.approx([0.81, 0.09, 0.09, 0.01])
    assert game.transition[game.joint_action((0, 1)), 0] == pytest.approx([0.9, 0, 0.1, 0])


def test_joint_tables_have_the_last_fastest():
    joint = independent(np.array([0.9, 0.1]), np.array([0.7, 0.3]))
    assert joint == pytest.approx([0.63, 0.27, 0.07, 0.03])


def test_who_controls():
    game = recycling()
    observation = np.broadcast_to(game.observation, game.observation.shape)
    first = game.transition.reshape(3, 3, 4, 4)[:, :1].repeat(3, 1).reshape(9, 4, 4)
    names = game.states, game.actions, game.observations
    alone = TabularPOSG("alone", *names, first, observation, game.reward, game.start, 3)
    assert alone.controls == (True, False)


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("transition", np.ones((9, 2, 2)), "sum to one"),
        ("transition", np.ones((9, 3, 2)), "shape"),
        ("start", np.array([2.0, -1.0]), "sum to one"),
        ("reward", np.full((2, 2, 9), np.nan), "finite"),
        ("reward", np.full((2, 2, 9), 1e39), "finite in float32"),
        ("horizon", 0, "at least 1"),
    ],
)
def test_tables_that_do_not_fit(field, value, says):
    parts = {**vars(dec_tiger()), field: value}
    with pytest.raises(QuorateError, match=says):
        TabularPOSG(**parts)


def test_hearing_needs_two_probabilities():
    with pytest.raises(ValueError, match=r"^hearing"):
        TabularSettings(hearing=[0.85])


def test_nothing_is_heard_but_tigers():
    with pytest.raises(ValueError, match="nothing is heard in recycling"):
        TabularSettings(game=Game.RECYCLING, hearing=[0.9, 0.9])


def test_what_observations_reveal():
    robots = recycling()
    assert replace(robots, start=np.full(4, 0.25)).reveals == "partial"  # nothing is seen before the first action
    assert replace(robots, start=np.full(4, 0.25)).with_first_observation().reveals == "collective"
    told = np.zeros((9, 4, 16))
    told[:, np.arange(4), 5 * np.arange(4)] = 1  # both see it all
    both = (("a", "b", "c", "d"),) * 2
    assert replace(robots, observations=both, observation=told).reveals == "full"


def test_an_observation_before_the_first_action():
    heard = make_game(TabularSettings(observes_at_start=True))
    assert heard.initial_observation == pytest.approx(heard.observation[0])
    silent = make_game(TabularSettings(game=Game.BROADCAST, observes_at_start=True))
    assert silent.initial_observation == pytest.approx(silent.observation[3])
