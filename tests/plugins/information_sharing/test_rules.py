import pytest

from quorate.errors import QuorateError
from quorate.information import information_structure
from quorate_information_sharing.dec_tiger import dec_tiger
from quorate_information_sharing.environment import TabularEnvironment
from quorate_information_sharing.planning.exact import exact_value
from quorate_information_sharing.rules import game_by_rules

DOORS = "left", "right"
ACTIONS = "listen", "open-left", "open-right"


def tiger(**changes):
    """The tiger of DecTiger, by rules."""

    def move(state, done):
        return {state: 1.0} if set(done) == {"listen"} else dict.fromkeys(DOORS, 0.5)

    def see(agent, done, state):
        right = 0.85 if set(done) == {"listen"} else 0.5
        return {door: right if door == state else 1 - right for door in DOORS}

    def pay(state, done):
        opened = [one for one in done if one != "listen"]
        wrong = opened.count(f"open-{state}")
        if not opened:
            return -2
        if len(opened) == 1:
            return -101 if wrong else 9
        return -100 if len(set(opened)) == 2 else (-50 if wrong else 20)

    given = {
        "states": DOORS,
        "actions": [ACTIONS] * 2,
        "observations": [DOORS] * 2,
        "start": dict.fromkeys(DOORS, 0.5),
        "move": move,
        "see": see,
        "pay": pay,
        "horizon": 3,
    }
    return game_by_rules("tiger", **{**given, **changes})


def test_rules_give_the_tables():
    made, known = tiger(), dec_tiger()
    for table in ("transition", "observation", "reward", "start"):
        assert getattr(made, table) == pytest.approx(getattr(known, table)), table
    assert exact_value(made, information_structure("one-step", 2), 3, lambda done, total: None) == pytest.approx(8.815)
    assert TabularEnvironment(made, 2, name="mine/tiger-v1").spec.name == "mine/tiger-v1"


@pytest.mark.parametrize(
    ("changes", "where", "problem"),
    [
        ({"start": {"middle": 1.0}}, "start", "no 'middle'"),
        ({"move": lambda state, done: {state: 0.7}}, "move('left', ('listen', 'listen'))", "but to 0.7"),
        ({"see": lambda agent, done, state: {"left": 2, "right": -1}}, "see(0, ", "no probabilities"),
    ],
)
def test_a_wrong_rule_is_told_with_its_place(changes, where, problem):
    with pytest.raises(QuorateError, match=problem) as error:
        tiger(**changes)
    assert where in error.value.where


def test_agents_may_be_paid_apart():
    made = tiger(pay=lambda state, done: (1, -1))
    assert (made.reward[0] == 1).all()
    assert not made.team
