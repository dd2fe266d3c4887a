from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from gymnasium import spaces
from gymnasium.utils.env_checker import data_equivalence
from native import Counter
from pettingzoo.test import api_test, parallel_api_test, parallel_seed_test, render_test, seed_test, state_test
from pettingzoo.utils import parallel_to_aec
from worlds import Drifters, Nested, Walk

from quorate.environments import ParallelBatch, row_seed, to_parallel
from quorate.environments.seeds import episode_seed
from quorate.errors import QuorateError


def bridged(make: Callable[[], Any]) -> Callable[[], Any]:
    return lambda: to_parallel(ParallelBatch(make, 1))


def mpe() -> Any:
    return pytest.importorskip("mpe2.simple_spread_v3").parallel_env(max_cycles=7)


def mpe_continuous() -> Any:
    module = pytest.importorskip("mpe2.simple_speaker_listener_v4")
    return module.parallel_env(max_cycles=7, continuous_actions=True)


def rps() -> Any:
    pytest.importorskip("pygame")
    from pettingzoo.classic import rps_v2

    return rps_v2.parallel_env(max_cycles=9)


WORLDS = [Walk, Drifters, mpe, mpe_continuous, rps]


@pytest.mark.filterwarnings("error::UserWarning")
@pytest.mark.parametrize("make", [*map(bridged, WORLDS), lambda: to_parallel(Counter(batch=1))])
def test_passes_pettingzoos_own_tests(make: Callable[[], Any]) -> None:
    parallel_api_test(make(), 40)
    parallel_seed_test(make, 40)


def test_a_masked_environment_passes_too() -> None:
    parallel_api_test(bridged(Nested)(), 10)


@pytest.mark.filterwarnings("ignore::UserWarning")  # what PettingZoo recommends
@pytest.mark.parametrize("make", [*map(bridged, [*WORLDS, Nested]), lambda: to_parallel(Counter(batch=1))])
def test_turn_by_turn_it_passes_the_tests_for_that(make: Callable[[], Any]) -> None:
    def turns(render_mode: str | None = None) -> Any:
        return parallel_to_aec(make())

    api_test(turns(), 10)
    seed_test(turns, 10)
    state_test(turns(), make())
    render_test(turns)


def test_seed_test_notices_when_the_seed_is_ignored() -> None:
    class Unseeded(Walk):
        def reset(self, seed: int | None = None, options: Any = None) -> Any:
            return super().reset()

    with pytest.raises(AssertionError):
        parallel_seed_test(bridged(Unseeded), 40)


@pytest.mark.parametrize("make", WORLDS)
def test_there_and_back_again(make: Callable[[], Any]) -> None:
    original, view = make(), bridged(make)()
    first, _ = original.reset(seed=row_seed(3, 0))
    second, _ = view.reset(seed=3)
    codecs, episode = view._environment._copies.layout.actions, 0
    for _ in range(30):
        assert list(original.agents) == view.agents
        for agent in first:
            flat = spaces.flatten(original.observation_space(agent), first[agent])
            assert np.array_equal(np.asarray(flat, np.float32), _plain(second[agent]))
        if not original.agents:
            episode += 1
            first, _ = original.reset(seed=episode_seed(row_seed(3, 0), episode))
            second, _ = view.reset()
            continue
        chosen = {agent: view.action_space(agent).sample() for agent in view.agents}
        decoded = {agent: codecs[view.possible_agents.index(agent)].decode(chosen[agent]) for agent in chosen}
        first, rewards, *ends, _ = original.step(decoded)
        second, team, *their_ends, infos = view.step(chosen)
        assert data_equivalence([{a: bool(e[a]) for a in team} for e in ends], their_ends)
        for agent, reward in rewards.items():
            assert infos[agent]["agent_reward"] == pytest.approx(float(reward), rel=1e-5, abs=1e-6)
            assert team[agent] == pytest.approx(sum(map(float, rewards.values())), rel=1e-5, abs=1e-5)


def _plain(observation: Any) -> Any:
    return observation["observation"] if isinstance(observation, dict) else observation


def test_native_through_pettingzoo_is_as_native() -> None:
    native = Counter(batch=1)
    batch = ParallelBatch(lambda: to_parallel(Counter(batch=1)), 1)
    assert batch.spec.observation_sizes == native.spec.observation_sizes
    assert (batch.spec.reward, batch.spec.horizon) == (native.spec.reward, native.spec.horizon)
    assert (batch.spec.simulator, batch.spec.observability) == ("counter 1", native.spec.observability)
    ours, theirs = batch.reset(7), native.reset(row_seed(7, 0))
    ended = 0
    for time in range(40):
        begun = theirs
        if theirs.final_state is not None:  # every episode of the bridge has a seed of its own
            begun = native.reset(episode_seed(row_seed(7, 0), ended + 1))
        assert torch.equal(ours.observation, begun.observation)
        assert torch.equal(ours.state, begun.state)
        assert torch.equal(ours.reward, theirs.reward)
        assert ours.action_mask is not None
        assert begun.action_mask is not None
        assert torch.equal(ours.action_mask, begun.action_mask)
        assert torch.equal(ours.terminated, theirs.terminated)
        assert torch.equal(ours.truncated, theirs.truncated)
        assert (ours.final_state is None) == (theirs.final_state is None)
        if ours.final_state is not None and theirs.final_state is not None:
            ended += 1
            assert torch.equal(ours.final_state, theirs.final_state)
        actions = torch.tensor([[time % 2, 2 * (time % 2)]])
        ours, theirs = batch.step(actions), native.step(actions)
    assert ended > 3


def test_views_show_real_sizes_and_masks() -> None:
    view = to_parallel(Counter(batch=1), seed=4)
    observations, _ = view.reset()
    assert observations["y"]["observation"].shape == (1,)
    assert observations["y"]["action_mask"].tolist() == [1, 0, 1]
    assert observations["x"]["action_mask"].tolist() == [1, 1]
    assert all(view.observation_space(agent).contains(observations[agent]) for agent in view.agents)
    assert view.state_space.contains(view.state())
    plain = to_parallel(Counter(batch=1, masked=False), seed=4)
    assert plain.observation_space("y").shape == (1,)
    assert np.array_equal(plain.reset()[0]["y"], observations["y"]["observation"])


def test_the_end_is_shown_as_it_was() -> None:
    view = to_parallel(Counter(batch=1), seed=4)
    view.reset()
    while view.agents:
        observations, *_ = view.step({"x": 1, "y": 0})
    time, noise = view.state()
    assert time > 0  # the next episode has begun at 0
    assert observations["x"]["observation"].tolist() == [time, noise]
    assert view.step({}) == ({}, {}, {}, {}, {})
    view.reset()
    assert view.state()[0] == 0


def test_wrong_use() -> None:
    with pytest.raises(QuorateError, match="batch of 2"):
        to_parallel(Counter(batch=2))
    view = to_parallel(Counter(batch=1))
    view.reset(seed=0)
    with pytest.raises(QuorateError, match="'y' was given no action"):
        view.step({"x": 0})
    with pytest.raises(QuorateError, match="no agent 'z'"):
        view.step({"x": 0, "y": 0, "z": 0})
