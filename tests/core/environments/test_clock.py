import pytest
import torch

from quorate.environments.clock import Clock

NONE = torch.zeros(3, dtype=torch.bool)


def after(clock, *rows):
    """The rows that reach the horizon in each of some steps; those given end, as do these."""
    found = []
    for ending in rows:
        clock.tick()
        reached = clock.reached(NONE) if clock.due else NONE
        found.append(reached.tolist())
        if bool((ended := reached | torch.tensor(ending)).any()):
            clock.begin_in(ended)
    return found


def test_each_row_ends_at_its_own_horizon():
    clock, no, first = Clock(3), [False] * 3, [True, False, False]
    clock.begin()
    assert after(clock, no, first, no, no, no, no) == [
        no, no, [False, True, True], no, [True, False, False], [False, True, True],
    ]  # fmt: skip


def test_the_device_is_asked_only_where_a_row_is_due():
    clock = Clock(100)
    clock.begin()
    clock.reached = None  # would fail
    after(clock, *[[False] * 3] * 99)
    assert not clock.due
    clock.tick()
    assert clock.due


def test_without_a_horizon_nothing_is_ever_due():
    clock = Clock(None)
    clock.begin()
    after(clock, *[[True, False, False]] * 5)
    assert (clock.due, clock.state_dict()) == (False, 0)


@pytest.mark.parametrize("apart", [False, True])
def test_it_goes_on_from_what_was_stored(apart):
    clock, other = Clock(5), Clock(5)
    assert (clock.state_dict(), clock.begun) == (None, False)
    clock.begin()
    after(clock, [apart, False, False], [False] * 3)
    other.load_state_dict(clock.state_dict(), torch.device("cpu"))
    steps = [[False] * 3] * 9
    assert after(other, *steps) == after(clock, *steps)
    other.load_state_dict(None, torch.device("cpu"))
    assert not other.begun
