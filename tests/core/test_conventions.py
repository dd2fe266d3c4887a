"""Which conventions are compared."""

import pytest

from quorate.conventions import differ, told_as_data


@pytest.mark.parametrize(
    ("first", "second", "different"),
    [
        ("actions are sampled", "sampled actions", False),
        ("actions are sampled", "greedy", False),
        ("sampled", "greedy", True),
        ("sampled", "sampled", False),
        (20, 20.0, False),
        (20, 40, True),
        (20, None, False),
        (True, False, True),
        ({"test": 3}, {"test": 4}, False),
    ],
)
def test_only_data_that_both_state_can_differ(first, second, different):
    assert differ(first, second) is different
    assert differ(second, first) is different


def test_sentences_that_are_stated_as_data_too():
    assert told_as_data(["evaluation", "return", "step"]) == set()
    assert told_as_data(["evaluation", "return", "step", "evaluation_actions"]) == {"evaluation"}
