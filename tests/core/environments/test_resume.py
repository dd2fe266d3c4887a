"""The bridge goes on bit for bit from what it stored, in process and in workers."""

import dataclasses
import warnings
from collections.abc import Callable
from typing import Any

import pytest
import torch
from gymnasium import spaces
from test_workers import same
from worlds import Drifters, Fickle, Forgetful, Nested, Walk

from quorate.codec import decode, encode
from quorate.environments import ParallelBatch
from quorate.environments import episode as episode_module
from quorate.environments.seeds import episode_seed
from quorate.errors import QuorateError
from quorate.interfaces import Resumable, Step


def mpe() -> Any:
    from mpe2 import simple_spread_v3

    return simple_spread_v3.parallel_env(max_cycles=7, continuous_actions=True)


def act(env: ParallelBatch, time: int) -> Step:
    generator = torch.Generator().manual_seed(time)
    shape = env.batch, env.spec.agent_count
    if all(isinstance(space, spaces.Discrete) for space in env.spec.action_spaces):
        sizes = torch.tensor([int(space.n) for space in env.spec.action_spaces if isinstance(space, spaces.Discrete)])
        return env.step((torch.rand(shape, generator=generator) * sizes).long())
    size = max(space.shape[0] for space in env.spec.action_spaces if space.shape)
    return env.step(torch.randn(*shape, size, generator=generator))


def equal(one: Step, two: Step) -> bool:
    return all(same(getattr(one, f.name), getattr(two, f.name)) for f in dataclasses.fields(one))


def stored(env: ParallelBatch) -> Any:
    return decode(*encode(env.state_dict()))  # as a checkpoint has it


@pytest.mark.parametrize("make", [Walk, Drifters, Nested, mpe])
def test_a_continuation_is_exact(make: Callable[[], Any]) -> None:
    whole, early = ParallelBatch(make, 3), ParallelBatch(make, 3)
    assert isinstance(whole, Resumable)
    whole.reset(5), early.reset(5)
    ended = 0
    for time in range(30):
        if make is not Nested:
            step = act(whole, time)
            act(early, time)
            ended += int(step.ended.sum())
        if time % 3 == 0:
            state, late = stored(early), ParallelBatch(make, 3)
            with warnings.catch_warnings():
                warnings.simplefilter("error")
                late.load_state_dict(state)
            early = late
    if make is not Nested:
        assert ended > 3
        assert equal(act(whole, 99), act(early, 99))
    assert equal(whole.reset(), early.reset())


def test_in_workers_too_and_from_one_to_the_other() -> None:
    here, there = ParallelBatch(Walk, 5), ParallelBatch(Walk, 5, workers=2)
    other = ParallelBatch(Walk, 5, workers=3)
    here.reset(1), there.reset(1)
    for time in range(17):
        act(here, time), act(there, time)
    assert same_state(stored(here), stored(there))
    other.load_state_dict(stored(there))
    for time in range(20, 50):
        assert equal(act(here, time), act(other, time))
    there.close(), other.close()


def same_state(one: Any, two: Any) -> bool:
    return torch.equal(one.pop("actions"), two.pop("actions")) and one == two


def test_a_state_is_a_copy() -> None:
    env = ParallelBatch(Walk, 2)
    env.reset(3), act(env, 0)
    state = env.state_dict()
    kept = stored(env)
    act(env, 1)
    assert same_state(state, kept)


def test_without_a_seed_it_can_be_stored_too() -> None:
    env, late = ParallelBatch(Walk, 2), ParallelBatch(Walk, 2)
    env.reset(), act(env, 0)
    late.load_state_dict(stored(env))
    assert equal(act(env, 1), act(late, 1))
    assert not torch.equal(ParallelBatch(Walk, 1).reset().state, ParallelBatch(Walk, 1).reset().state)


def test_before_the_first_reset_and_after_the_last_close() -> None:
    env, late = ParallelBatch(Walk, 2), ParallelBatch(Walk, 2)
    late.reset(0)
    late.load_state_dict(stored(env))
    with pytest.raises(QuorateError, match="must be reset"):
        act(late, 0)
    env.close()
    with pytest.raises(QuorateError, match="closed"):
        env.state_dict()


def test_another_number_of_rows_is_refused() -> None:
    env = ParallelBatch(Walk, 2)
    env.reset(0)
    with pytest.raises(QuorateError, match="of 2 rows, but the batch has 3"):
        ParallelBatch(Walk, 3).load_state_dict(env.state_dict())


@pytest.mark.parametrize("workers", [0, 1])
@pytest.mark.parametrize("when", ["always", "once"])
def test_an_environment_that_does_not_repeat_itself_is_found_out(workers: int, when: str) -> None:
    env, late = (ParallelBatch(lambda: Forgetful(when), 2, name="acme/forgetful-v1", workers=workers) for _ in "ab")
    env.reset(0)
    for time in range(3):
        act(env, time)
    with pytest.warns(UserWarning, match=r"acme/forgetful-v1 could.* 2 of 2 rows.*Row 0: its 3 steps did not"):
        late.load_state_dict(stored(env))
    assert late.state_dict()["episodes"] == [1, 1]
    act(late, 4)
    env.close(), late.close()


def test_an_episode_that_ends_earlier_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Fickle, "count", 0)
    env, late = ParallelBatch(Fickle, 1), ParallelBatch(Fickle, 1)
    env.reset(0)
    for _ in range(5):
        env.step(torch.zeros(1, 2, dtype=torch.int64))
    monkeypatch.setattr(Fickle, "count", 9)
    with pytest.warns(UserWarning, match="its episode ended after 3 steps, where it had gone on"):
        late.load_state_dict(stored(env))
    assert late.state_dict()["episodes"] == [1]


def test_an_episode_that_is_too_long_begins_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(episode_module, "LONGEST", 4)
    env, late = (ParallelBatch(Nested, 1) for _ in "ab")
    env.reset(0)
    for _ in range(5):
        env.step(torch.zeros(1, 2, dtype=torch.int64))
    assert env.state_dict()["steps"] == [None]
    with pytest.warns(UserWarning, match="had more than"):
        late.load_state_dict(stored(env))


def test_seeds_of_episodes() -> None:
    seeds = [episode_seed(11, number) for number in range(50)]
    assert seeds[0] == 11
    assert len(set(seeds)) == 50
    assert all(0 <= seed < 2**31 for seed in seeds)


@pytest.mark.parametrize("workers", [0, 2])
def test_rows_that_began_anew_are_told_with_what_they_show(workers: int) -> None:
    env, late = (ParallelBatch(Walk, 3, workers=workers) for _ in range(2))
    env.reset(5)
    for time in range(4):
        step = act(env, time)
    state = stored(env)
    state["checksums"][1] += 1  # as if it had shown something else
    with pytest.warns(UserWarning, match="1 of 3 rows"):
        restarts = late.load_state_dict(state)
    assert restarts is not None
    assert restarts.rows.tolist() == [False, True, False]
    assert not restarts.step.ended.any()
    assert not restarts.step.reward.any()
    assert not torch.equal(restarts.step.state[1], step.state[1])
    assert torch.equal(restarts.step.state[::2], step.state[::2])
    for time in range(4, 7):
        one, two = act(env, time), act(late, time)
        assert torch.equal(one.observation[::2], two.observation[::2])
    assert late.load_state_dict(stored(env)) is None
    assert "new ones begin" in late.resumption
    env.close(), late.close()


def test_an_action_that_fails_when_it_is_played_again_begins_a_new_episode() -> None:
    """What was valid then need not be so where the environment shows something else; it is not to blame for that."""

    class Picky(Walk):
        refuses = False

        def step(self, actions: dict[str, Any]) -> Any:
            assert not (type(self).refuses and self.time == 1), "an illegal action"
            return super().step(actions)

    env, late = ParallelBatch(Picky, 2), ParallelBatch(Picky, 2)
    env.reset(0)
    for time in range(3):
        act(env, time)
    Picky.refuses = True
    with pytest.warns(UserWarning, match="step 2 of its episode, which had gone well, failed"):
        restarts = late.load_state_dict(stored(env))
    assert restarts is not None
    assert restarts.rows.all()
    Picky.refuses = False
    act(late, 0)
