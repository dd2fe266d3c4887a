import pytest
import torch

from quorate.learning.replay import Replay


def fill(replay, steps, batch=3):
    for step in range(steps):
        replay.add({"reward": torch.arange(batch) + 10.0 * step, "actions": torch.full((batch, 2), step)})


def test_rows_of_one_step_lie_side_by_side():
    replay = Replay(12, "cpu")
    fill(replay, 3)
    assert (len(replay), replay.position, replay.batch) == (9, 9, 3)
    assert replay.column("reward")[:9].tolist() == [0, 1, 2, 10, 11, 12, 20, 21, 22]
    assert replay.column("actions").dtype == torch.int64


def test_the_oldest_are_forgotten():
    replay = Replay(8, "cpu")  # holds two steps of three environments
    fill(replay, 3)
    assert (replay.capacity, len(replay)) == (6, 6)
    assert replay.column("reward").tolist() == [20, 21, 22, 10, 11, 12]


def test_samples_are_rows_that_were_added():
    replay = Replay(100, "cpu")
    fill(replay, 4)
    index = replay.draw(500, torch.Generator().manual_seed(0))
    rows = {name: replay.column(name)[index] for name in replay.names}
    assert set(rows["reward"].tolist()) == {10.0 * step + row for step in range(4) for row in range(3)}
    assert torch.equal(rows["actions"][:, 0], (rows["reward"] // 10).long())


def test_fewer_rows_than_environments_still_hold_one_step():
    replay = Replay(2, "cpu")
    fill(replay, 2)
    assert replay.column("reward").tolist() == [10, 11, 12]


@pytest.mark.parametrize("steps", [0, 1, 3])
def test_it_goes_on_as_if_it_had_not_been_stored(steps):
    one, two = Replay(8, "cpu"), Replay(8, "cpu")
    fill(one, steps)
    two.load_state_dict(one.state_dict())
    for replay in (one, two):
        fill(replay, 1)
    first, second = (replay.draw(50, torch.Generator().manual_seed(1)) for replay in (one, two))
    assert torch.equal(first, second)
    assert all(torch.equal(one.column(name)[first], two.column(name)[first]) for name in one.names)


def test_what_is_stored_does_not_change_later():
    replay = Replay(6, "cpu")
    fill(replay, 2)
    state = replay.state_dict()
    replay.add({"reward": torch.zeros(3), "actions": torch.zeros(3, 2)})
    assert state["data"]["reward"].tolist() == [0, 1, 2, 10, 11, 12]
