"""The tiny world is what its documentation says, by counting and by enumeration."""

import itertools
import math

import pytest
import torch
from pettingzoo.test import parallel_api_test

from quorate.environments import to_parallel
from quorate.interfaces import Enumerable, Filtering, HistoryBuffer, HistoryLayout, Resumable
from quorate.registry import load_registry
from quorate.seeding import generator
from quorate.testing import assert_conforms
from quorate.testing.tiny import tiny_manifest
from quorate.testing.tiny.settings import Actions, TinyWorldSettings
from quorate.testing.tiny.world import TinyWorld


def right(state: torch.Tensor, discrete: bool) -> torch.Tensor:
    """The best actions for a state [B, 3] of two agents."""
    if discrete:
        return torch.stack([state[:, 0], state[:, 1] + 2 * state[:, 2]], 1).long()
    zero = torch.zeros(len(state))
    return torch.stack([torch.stack([state[:, 0], zero], 1), state[:, 1:]], 1) + 0.5


def test_its_rows_are_found_by_name() -> None:
    names = [row.name for row in load_registry([tiny_manifest()]).rows("environment") if row.name.startswith("tiny/")]
    assert names == ["tiny/world-v1", "tiny/world-continuous-v1"]
    assert not [row for row in load_registry().rows() if row.name.startswith("tiny/")]


@pytest.mark.parametrize("actions", list(Actions))
def test_the_best_play_and_random_play(actions: Actions) -> None:
    discrete = actions is Actions.DISCRETE
    world = TinyWorld(TinyWorldSettings(actions=actions), batch=4000)
    step = world.reset(0)
    randomness = generator(0, "test")
    best = random = 0.0
    for turn in range(8):
        if turn < 4:
            step = world.step(right(step.state, discrete))
            best += float(step.reward.mean())
            continue
        drawn = torch.rand(4000, 2, 2, generator=randomness)
        play = (drawn[..., 0] * torch.tensor([2, 4])).long() if discrete else 2 * drawn
        step = world.step(play)
        random += float(step.reward.mean())
    assert best == pytest.approx(4)
    assert random == pytest.approx(2 if discrete else 5 / 3, abs=0.05)  # standard error 0.01


def test_invalid_choices_name_nothing() -> None:
    world = TinyWorld(TinyWorldSettings(), batch=8)
    world.reset(0)
    assert world.step(torch.tensor([[2, 4]] * 8)).reward.tolist() == [0.0] * 8


def test_the_last_step_of_an_episode_is_told_apart() -> None:
    world = TinyWorld(TinyWorldSettings(stop=0.3), batch=64)
    world.reset(0)
    ended = 0
    for _ in range(20):
        before = world.world.values
        step = world.step(right(before, True))
        rows = step.ended
        assert step.reward.tolist() == [1.0] * 64
        assert torch.equal(step.observation, step.state[:, torch.tensor([[0, 1], [1, 2]])])
        if step.final_state is not None:
            assert bool((step.final_state[~rows] == step.state[~rows]).all())
            assert bool((step.final_observation[~rows] == step.observation[~rows]).all())
            ended += int((step.final_state[rows] != step.state[rows]).any())
    assert ended > 5


@pytest.mark.parametrize("error", [0.0, 0.2])
@pytest.mark.parametrize("members", [[0], [1], [0, 1]])
def test_the_posterior_is_that_of_enumerated_paths(error: float, members: list[int]) -> None:
    settings = TinyWorldSettings(flip=0.3, error=error)
    layout = HistoryLayout(2, 2, 2)
    world = TinyWorld(settings, batch=6)
    step = world.reset(1)
    buffer = HistoryBuffer(layout, 6, "cpu")
    buffer.push(step.observation)
    seen = [step.observation]
    for _ in range(1):
        step = world.step(torch.zeros(6, 2, dtype=torch.int64))
        buffer.push(step.observation)
        seen.append(step.observation)
    posterior = world.posterior(layout)
    exact = posterior.log_probability(buffer.histories[:, members]).exp()
    for row in range(6):
        weights = torch.zeros(8)
        for one, two in itertools.product(range(8), repeat=2):
            first, second = posterior.states[one], posterior.states[two]
            chance = math.prod(0.3 if a != b else 0.7 for a, b in zip(first.tolist(), second.tolist(), strict=True))
            for state, observation in ((first, seen[0]), (second, seen[1])):
                for agent in members:
                    told = observation[row, agent].tolist()
                    for bit, report in zip(state[agent : agent + 2].tolist(), told, strict=True):
                        chance *= 1 - error if bit == report else error
            weights[two] += chance
        assert torch.allclose(exact[row], weights / weights.sum(), atol=1e-5)


def test_the_filter_agrees_with_histories_and_null_histories_say_nothing() -> None:
    layout = HistoryLayout(2, 2, 4)
    world = TinyWorld(TinyWorldSettings(error=0.2), batch=16)
    assert isinstance(world, Enumerable)
    posterior = world.posterior(layout)
    assert isinstance(posterior, Filtering)
    buffer = HistoryBuffer(layout, 16, "cpu")
    step, log_p = world.reset(2), None
    for _ in range(3):
        buffer.push(step.observation)
        log_p = posterior.filter(log_p, step.observation)
        step = world.step(torch.zeros(16, 2, dtype=torch.int64))
    assert torch.allclose(log_p.exp(), posterior.log_probability(buffer.histories).exp(), atol=1e-5)
    assert torch.allclose(posterior.log_probability(torch.zeros(1, 1, layout.size)).exp(), torch.tensor(1 / 8))


def test_it_goes_on_from_its_state() -> None:
    world, other = (TinyWorld(TinyWorldSettings(stop=0.2, error=0.1), batch=5) for _ in range(2))
    assert isinstance(world, Resumable)
    world.reset(3)
    play = torch.ones(5, 2, dtype=torch.int64)
    for _ in range(3):
        world.step(play)
    other.load_state_dict(world.state_dict())
    for _ in range(6):
        one, two = world.step(play), other.step(play)
        assert torch.equal(one.observation, two.observation)
        assert torch.equal(one.state, two.state)
        assert torch.equal(one.ended, two.ended)


@pytest.mark.parametrize("actions", list(Actions))
@pytest.mark.parametrize("agents", [1, 2, 3])
def test_pettingzoo_accepts_it(actions: Actions, agents: int) -> None:
    parallel_api_test(to_parallel(TinyWorld(TinyWorldSettings(agents=agents, actions=actions))), num_cycles=20)


@pytest.mark.parametrize(
    ("name", "settings"),
    [("tiny/world-v1", {}), ("tiny/world-continuous-v1", {}), ("tiny/world-v1", {"stop": 0.3, "error": 0.1})],
)
def test_it_conforms(name: str, settings: dict[str, float]) -> None:
    assert_conforms(load_registry([tiny_manifest()]), "environment", name, settings)


def test_its_manifest_brings_no_modules_on_the_path() -> None:
    assert [path.name for path in tiny_manifest().parent.iterdir()] == [tiny_manifest().name]
