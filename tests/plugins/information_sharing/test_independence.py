import pytest

from quorate.errors import QuorateError
from quorate.information import information_structure
from quorate_information_sharing import independence
from quorate_information_sharing.box_pushing import box_pushing
from quorate_information_sharing.dec_tiger import dec_tiger
from quorate_information_sharing.independence import strategy_gap

STRUCTURES = [
    ("full", 0),
    ("one-step", 0),
    ("one-directional", 0),
    ("one-directional(2)", 0),
    ("delayed(2)", 0.5),
    ("none", 0.5),
    ({"observation_delay": [[0, 1], [1, 0]]}, 0.5),
    ({"observation_delay": [[0, 0], [0, 0]]}, 0.5),
    ({"observation_delay": [[0, 2], [2, 0]], "action_delay": [[1, 1], [1, 1]]}, 0.5),
]


@pytest.mark.parametrize(("value", "least"), STRUCTURES)
def test_the_rule_and_enumeration_agree(value, least):
    structure = information_structure(value, 2)
    gap = max(strategy_gap(dec_tiger(), structure, step=2, seed=seed) for seed in range(2))
    assert gap >= least
    assert structure.strategy_independent() is (gap < 1e-9)


def test_asymmetric_delays_show_one_step_later():
    structure = information_structure({"observation_delay": [[0, 1], [2, 0]], "action_delay": [[1, 1], [1, 1]]}, 2)
    assert strategy_gap(dec_tiger(), structure, step=2) > 0.5
    assert not structure.strategy_independent()


def test_another_game():
    assert strategy_gap(box_pushing(), information_structure("one-step", 2), step=2) < 1e-9


def test_too_many_histories(monkeypatch):
    monkeypatch.setattr(independence, "MOST_HISTORIES", 10)
    with pytest.raises(QuorateError, match="more than 10 joint histories"):
        strategy_gap(dec_tiger(), information_structure("full", 2), step=2)


def test_an_observation_before_the_first_action_counts():
    heard = dec_tiger().with_first_observation()
    assert strategy_gap(heard, information_structure("one-step", 2), 2) < 1e-9
    assert strategy_gap(heard, information_structure("delayed(2)", 2), 2) > 0.5
