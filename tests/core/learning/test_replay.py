import copy
import dataclasses

import pytest
import torch
from remembering import Steps

from quorate.errors import QuorateError
from quorate.learning.endings import Endings
from quorate.learning.multi_step import multi_step
from quorate.learning.replay import Replay
from quorate.testing.support import identical

ENDS = {(1, 0), (3, 2), (4, 0), (5, 1), (5, 2), (9, 0), (11, 2)}


def filled(capacity, steps, batch=3, **changes):
    return Steps(batch, **changes).fill(Replay(capacity, "cpu"), steps)


def moment(replay, index):
    """All that is known of some rows."""
    following = [replay.following(name, index) for name in ("inputs", "state", "action_mask")]
    return [*(replay.column(name)[index] for name in sorted(replay.names)), *following]


def test_rows_of_one_step_lie_side_by_side():
    replay = filled(12, 3)
    assert (len(replay), replay.batch, replay.capacity) == (9, 3, 12)
    assert replay.column("reward")[:9].tolist() == [0, 1, 2, 10, 11, 12, 20, 21, 22]


def test_the_oldest_are_forgotten():
    replay = filled(8, 5)  # holds two steps of three environments
    assert (replay.capacity, len(replay)) == (6, 6)
    index = replay.draw(200, torch.Generator().manual_seed(0))
    assert set(replay.column("reward")[index].tolist()) == {30, 31, 32, 40, 41, 42}


def test_fewer_rows_than_environments_still_hold_one_step():
    replay = filled(2, 2)
    index = replay.draw(50, torch.Generator().manual_seed(0))
    assert set(replay.column("reward")[index].tolist()) == {10, 11, 12}


@pytest.mark.parametrize("steps", [3, 7, 26])
def test_what_is_drawn_is_as_in_a_circle_of_transitions(steps):
    """Number r means the row r of a circle that holds each transition by itself, as it did in version 0.1."""
    replay = filled(12, steps)
    circle = torch.zeros(min(steps, 4) * 3)
    for step in range(steps):
        at = step % 4 * 3
        circle[at : at + 3] = torch.arange(3) + 10.0 * step
    index = replay.draw(100, torch.Generator().manual_seed(1))
    drawn = torch.randint(len(circle), (100,), generator=torch.Generator().manual_seed(1))
    assert torch.equal(replay.column("reward")[index], circle[drawn])


@pytest.mark.parametrize("steps", [1, 3, 6, 13])
def test_what_followed_is_of_the_same_episode(steps):
    replay = filled(12, steps, terminated=ENDS)
    index = replay.draw(100, torch.Generator().manual_seed(1))
    step = (replay.column("reward")[index] // 10).float()
    assert torch.equal(replay.following("state", index)[:, 0], step)
    assert torch.equal(replay.following("inputs", index)[:, 1, 0], step)
    assert torch.equal(replay.following("action_mask", index)[:, 0, 0], step % 2 == 0)
    before = replay.column("state")[index, 0]
    began = replay.column("begins")[index]
    assert torch.equal(before, torch.where(began & (step > 0), -100 - (step - 1), step - 1))


def test_many_endings_find_room():
    """All rows end in all steps, or some in the first steps and all in later ones."""
    for first in (0, 17):
        ends = {(step, row) for step in range(first, 60) for row in range(3)} | ENDS
        steps, replay = Steps(3, truncated=ends), Replay(30, "cpu")
        for _ in range(60):
            steps.fill(replay, 1)
            index = replay.draw(20, torch.Generator().manual_seed(1))
            step = (replay.column("reward")[index] // 10).float()
            assert torch.equal(replay.following("state", index)[:, 0], step)


def test_endings_are_counted_seldom(monkeypatch):
    """Counting waits for the device."""
    counted = []
    monkeypatch.setattr(Endings, "_live", lambda self, live=Endings._live: counted.append(1) or live(self))
    ends = {(step, step % 8) for step in range(400)}  # one row in each step
    filled(8 * 200, 400, 8, truncated=ends)
    assert len(counted) < 40


def test_what_is_drawn_is_read_without_waiting_for_a_device():
    """On the device `meta` there are no numbers that one could wait for."""
    steps, replay = Steps(3), Replay(12, "meta")
    for _ in range(6):
        step = steps.next()
        replay.add(on_meta(step))
    sample = multi_step(replay, torch.zeros(5, dtype=torch.int64, device="meta"), 3, 0.9)
    assert sample.next_inputs.shape == (5, 2, 1)


def on_meta(value):
    if isinstance(value, torch.Tensor):
        return value.to("meta")
    if not dataclasses.is_dataclass(value):
        return value
    return dataclasses.replace(value, **{name: on_meta(part) for name, part in vars(value).items()})


def test_nothing_is_held_twice():
    """What is seen is held once, but for one step more, and what followed the last actions of episodes."""
    width, batch, steps = 1000, 4, 200
    horizon = {(step, row) for step in range(24, 400, 25) for row in range(batch)}
    replay = filled(batch * steps, 2 * steps, batch, truncated=horizon, width=width)
    seen = 2 * width * 4
    once = batch * (steps + 1) * seen
    assert once < replay.bytes < 1.25 * once  # held twice: twice as much


@pytest.mark.parametrize("steps", [0, 1, 3, 6, 13])
def test_it_goes_on_as_if_it_had_not_been_stored(steps):
    source = Steps(3, truncated=ENDS, outcomes=True)
    one, two = source.fill(Replay(12, "cpu", 1), steps), Replay(12, "cpu", 1)
    two.load_state_dict(copy.deepcopy(one.state_dict()))
    other = copy.deepcopy(source)
    for replay, more in ((one, source), (two, other)):
        more.fill(replay, 2)
    first, second = (replay.draw(50, torch.Generator().manual_seed(1)) for replay in (one, two))
    assert torch.equal(first, second)
    assert identical(moment(one, first), moment(two, second))
    assert identical(one.outcomes(first), two.outcomes(second))
    assert identical(one.state_dict(), two.state_dict())


def test_what_is_stored_does_not_change_later():
    replay = filled(6, 2)
    state = replay.state_dict()
    Steps(3).fill(replay, 1)
    assert state["data"]["reward"].tolist() == [0, 1, 2, 10, 11, 12]


def test_a_memory_of_version_0_1_is_told():
    with pytest.raises(QuorateError, match="another form since version") as caught:
        Replay(6, "cpu").load_state_dict({"data": {}, "position": 0, "size": 0, "batch": 0})
    assert "--from" in caught.value.fix


def test_rows_that_begin_anew_after_a_stop():
    """Episodes of row 1 are cut after step 3: the last of it is kept, and what comes next is another episode."""
    source = Steps(3, truncated={(3, 2)})
    replay = source.fill(Replay(30, "cpu"), 4)
    replay.truncate(torch.tensor([False, True, True]))
    source.now = source.now.replaced(torch.tensor([False, True, False]), Steps(3).now)
    source.fill(replay, 1)
    newest = torch.arange(replay.newest().start, replay.newest().stop)
    before = newest - 3
    assert replay.column("truncated")[before].tolist() == [False, True, True]
    assert replay.following("state", before)[:, 0].tolist() == [3, 3, 3]
    assert replay.column("state")[newest, 0].tolist() == [3, -1, -103]
    assert replay.column("begins")[newest].tolist() == [False, True, True]


def episodes(replay, length, count=200):
    return replay.episodes(count, length, torch.Generator().manual_seed(0))


@pytest.mark.parametrize("steps", [12, 13, 14, 30])
def test_episodes_are_whole(steps):
    ends = ENDS | {(step, row) for step in range(11, 40, 3) for row in range(3)}
    drawn = episodes(filled(30, steps, terminated=ends), 6)
    took, reward = drawn.valid.sum(0), drawn.reward
    assert drawn.inputs.shape == (7, 200, 2, 1)
    assert drawn.state.shape == (7, 200, 1)
    for column in range(200):
        count = int(took[column])
        row, first = divmod(int(reward[0, column]), 10)[::-1]
        assert reward[:count, column].tolist() == [10.0 * step + row for step in range(first, first + count)]
        assert (first + count - 1, row) in ends
        assert drawn.terminated[:, column].tolist() == [step == count - 1 for step in range(6)]
        assert drawn.state[1 : count + 1, column, 0].tolist() == list(range(first, first + count))
        if bool(drawn.begins[0, column]):
            assert first == 0 or (first - 1, row) in ends
        assert not drawn.begins[1:, column].any()
        assert drawn.agent_reward[0, column].tolist() == [reward[0, column], -reward[0, column]]


def test_all_episodes_are_drawn_and_those_that_go_on_are_not():
    drawn = episodes(filled(60, 12, terminated=ENDS), 12)
    step = drawn.reward[0] // 10
    assert {(int(s), int(r)) for s, r in zip(step, drawn.reward[0] % 10, strict=True)} == {
        (0, 0), (2, 0), (5, 0), (0, 1), (0, 2), (4, 2), (6, 2)
    }  # fmt: skip


def test_parts_of_long_episodes_begin_anywhere():
    drawn = episodes(filled(60, 12, terminated={(9, 1)}), 4)
    assert drawn.valid.all()
    assert set((drawn.reward[0] // 10).tolist()) == set(range(7))
    assert torch.equal(drawn.begins[0], drawn.reward[0] < 10)


def test_what_is_left_of_an_episode():
    drawn = episodes(filled(12, 12, terminated={(11, 1)}), 8)
    assert drawn.valid.sum(0).eq(4).all()
    assert drawn.reward[0].eq(81).all()
    assert not drawn.begins.any()


def test_without_the_end_of_an_episode_there_is_nothing_to_draw():
    forgotten = filled(12, 9, terminated={(1, 1)})
    for replay in (filled(12, 5), forgotten, filled(12, 0)):
        assert not replay.has_episodes
        with pytest.raises(ValueError, match="no episode has ended"):
            episodes(replay, 4)
    assert filled(12, 5, terminated={(1, 1)}).has_episodes  # with the oldest step of four


def test_an_environment_that_always_says_what_was_last_ends_no_episode_by_that():
    steps, replay = Steps(3, terminated={(4, 1)}), Replay(30, "cpu")
    for _ in range(4):
        step = steps.next()
        replay.add(dataclasses.replace(step, final=step.after))
    assert not replay.has_episodes
    assert not replay._endings._data
    steps.fill(replay, 1)
    assert replay.has_episodes


@pytest.mark.parametrize("ends", [(), {(1, 1)}, {(1, 1), (4, 0)}])
def test_a_restored_memory_that_was_not_cut_is_the_same(ends):
    for steps in range(1, 10):
        replay, other = filled(12, steps, terminated=ends), Replay(12, "cpu")
        other.load_state_dict(copy.deepcopy(replay.state_dict()))
        other.truncate(torch.zeros(3, dtype=torch.bool))
        assert other.has_episodes == replay.has_episodes
        assert identical(other.state_dict(), replay.state_dict())


def test_a_memory_that_was_cut_has_an_episode():
    replay = filled(12, 3)
    replay.truncate(torch.tensor([False, True, False]))
    assert replay.has_episodes
    assert episodes(replay, 4).truncated.any()
