import itertools

import pytest

from quorate.errors import ConfigError
from quorate.information import NEVER, InformationStructure, information_structure


def two(value):
    return information_structure(value, 2)


def test_what_is_common_and_private_one_step_late():
    structure = two("one-step")
    observations = {("observation", agent, time) for agent in (0, 1) for time in (0, 1)}
    assert structure.common(2) == observations | {("action", agent, time) for agent in (0, 1) for time in (0, 1)}
    assert structure.private(0, 2) == {("observation", 0, 2)}


def test_one_direction():
    structure = two("one-directional")
    assert structure.private(0, 3) == set()
    assert structure.private(1, 3) == {("observation", 1, 3)}
    assert two("one-directional(2)").private(0, 3) == {("observation", 0, 3)}


def test_without_sharing_only_the_own_is_known():
    structure = two("none")
    assert structure.common(5) == set()
    assert structure.known(1, 1) == {("observation", 1, 0), ("observation", 1, 1), ("action", 1, 0)}


@pytest.mark.parametrize(
    ("value", "independent"),
    [
        ("full", True),
        ("one-step", True),
        ("one-directional", True),
        ("delayed(2)", False),
        ("none", False),
        ("uncontrolled(2)", False),  # its actions do control something here
        ({"observation_delay": [[0, 1], [1, 0]]}, False),  # actions never shared
        ({"observation_delay": [[0, 0], [0, 0]]}, False),
        ({"observation_delay": [[0, 1], [2, 0]], "action_delay": [[1, 1], [1, 1]]}, False),
        ({"observation_delay": [[0, 2], [2, 0]], "action_delay": [[1, 1], [1, 1]]}, False),
    ],
)
def test_strategy_independence(value, independent):
    assert two(value).strategy_independent() is independent


def test_strategy_independence_where_not_all_control():
    assert two("uncontrolled(3)").strategy_independent(controls=[False, False])
    assert two("one-controller(3)").strategy_independent(controls=[True, False])
    assert not two("one-controller(3)").strategy_independent()


def test_order():
    names = ["full", "one-directional", "one-step", "delayed(2)", "none"]
    for more, less in itertools.pairwise(names):
        assert two(more).knows_more_than(two(less))
        assert not two(less).knows_more_than(two(more))


def test_numbers_are_delays():
    assert two(0) == two("full")
    assert two(2) == two("delayed(2)")
    assert information_structure(NEVER, 3) == information_structure("none", 3)


def test_matrices_are_delays_of_observations_and_of_actions():
    assert two([[0, 2], [0, 0]]) == two({"observation_delay": [[0, 2], [0, 0]], "action_delay": [[1, 2], [1, 1]]})
    assert two([[0, None], [3, 0]]).name == "observations 0 never / 3 0, actions 1 never / 3 1"


@pytest.mark.parametrize(
    ("value", "says"),
    [
        ([[0, 1]], "2 lists of 2"),
        ([0, 1], "list for each agent"),
        ([[0, 1], [1, 1]], "known to an agent after 0"),
        ("ful", "no information structure 'ful'"),
        ("full(2)", "no information structure"),
        ("one-directional(3)", "no agent 3"),
        (True, "no information structure"),
        (-1, "whole number"),
        (1.5, "whole number"),
        ({}, "two matrices"),
        ({"delay": 1}, "two matrices"),
        ({"observation_delay": 3}, "list for each agent"),
        ({"observation_delay": [[0, 1]]}, "2 lists of 2"),
        ({"observation_delay": [[0, "x"], [1, 0]]}, "whole number"),
        ({"observation_delay": [[1, 1], [1, 0]]}, "known to an agent after 0"),
        ({"action_delay": [[1, 0], [1, 1]]}, "at least 1"),
    ],
)
def test_what_is_refused(value, says):
    with pytest.raises(ConfigError) as error:
        two(value)
    assert says in str(error.value)
    assert error.value.where


def test_another_number_of_agents():
    with pytest.raises(ConfigError, match="for 2 agents"):
        information_structure(two("full"), 3)


def test_a_structure_checks_itself():
    with pytest.raises(ConfigError):
        InformationStructure(((0.0, 1.0),), ((1.0, 1.0),))
