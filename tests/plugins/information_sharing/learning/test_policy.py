import numpy as np
import pytest

from quorate.errors import QuorateError
from quorate.information import information_structure
from quorate_information_sharing.dec_tiger import dec_tiger
from quorate_information_sharing.learning.knowledge import Knowledge
from quorate_information_sharing.learning.policy import Rules, WindowPolicy, exact_return, no_policy
from quorate_information_sharing.learning.windows import Windows


def test_windows_keep_the_newest_and_forget_the_rest():
    windows, all_of_it = Windows(9, 4, 1), Windows(9, 4, 5)
    kept = everything = np.zeros(1, np.int64)
    for observation, action in ((0, 3), (2, 8), (1, 5), (3, 0)):
        kept = windows.after(kept, np.array([observation]), np.array([action]))
        everything = all_of_it.after(everything, np.array([observation]), np.array([action]))
    assert kept[0] == (5 * 4 + 3) * 9 + 0
    assert windows.forgotten(everything)[0] == kept[0]
    assert Windows(9, 4, 0).forgotten(everything)[0] == 0


def test_listening_costs_two_a_step_and_opening_blindly_more():
    game = dec_tiger(horizon=3)
    windows = Knowledge.of(game, information_structure("one-step", 2)).windows(0)
    listen = no_policy(windows)
    assert exact_return(game, listen)[0] == pytest.approx(-6)
    place = windows.place(np.arange(3)[:, None], np.arange(9)).ravel()
    same_door = WindowPolicy((Rules(windows, place, np.full((2, 27, 4), 1)),))
    assert exact_return(game, same_door)[0] == pytest.approx(3 * (20 - 50) / 2)


def test_what_one_memory_does_not_know_a_shorter_one_does():
    short, long = Windows(9, 4, 0), Windows(9, 4, 1)
    begin = np.zeros(1, np.int64)
    known = Rules(long, begin, np.array([[[2, -1, -1, -1]], [[1, -1, -1, -1]]]))
    rest = Rules(short, begin, np.full((2, 1, 4), 1))
    actions = WindowPolicy((known, rest)).act(0, np.zeros(2, np.int64), np.array([0, 3]))
    assert actions.tolist() == [[2, 1], [1, 1]]
    assert WindowPolicy((known, rest)).act(1, begin, begin).tolist() == [[0], [0]]


def test_endless_memories_are_refused_at_once():
    with pytest.raises(QuorateError, match="at most 10"):
        Windows(9, 4, 10**9).check(2)
