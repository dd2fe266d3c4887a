import copy

import pytest
import torch
from pettingzoo.test import parallel_api_test

from quorate.environments import to_parallel
from quorate.interfaces import Observability, Resumable
from quorate.registry import load_registry
from quorate.settings import load_target

from .conftest import make, random_actions

ROWS = [row for row in load_registry([], plugins=False).rows("environment") if row.name.startswith("mpe/")]
PARTS = ("observation", "state", "reward", "truncated")


def _rollout(environment, steps, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return [environment.step(random_actions(environment, generator)) for _ in range(steps)]


def _equal(first, second):
    return all(
        torch.equal(getattr(mine, part), getattr(its, part))
        for mine, its in zip(first, second, strict=True)
        for part in PARTS
    )


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_rows_are_what_their_tags_say(row):
    environment = load_target(row.target)(load_target(row.settings)(**row.defaults), batch=2, device="cpu")
    spec, tags = environment.spec, row.tags
    assert row.name.rpartition("-v")[0] == spec.name
    assert spec.observability == tags["observability"]
    assert spec.agent_count == tags["agents"]
    assert all(space.shape for space in spec.action_spaces) == (tags["actions"] == "continuous")
    assert not spec.binary_state
    assert tags["state"] == "continuous"


def test_the_spec_tells_the_conventions():
    assert len(ROWS) == 4
    assert "continuous actions, force" in make("spread", parametrisation="force").spec.simulator
    assert "continuous actions, box" in make("spread").spec.simulator
    assert make("spread", actions="discrete").spec.simulator.endswith("simple_spread_v3; discrete actions")
    assert make("spread", reward="mean").spec.reward.startswith("mean over the agents")
    assert make("spread", agents=1).spec.observability == Observability.FULL


def test_the_teams_reward_is_the_sum_or_the_mean(scenario):
    total, mean = make(scenario, 8), make(scenario, 8, reward="mean")
    total.reset(1), mean.reset(1)
    for ours, other in zip(_rollout(total, 3), _rollout(mean, 3), strict=True):
        if ours.agent_reward is not None:
            assert torch.allclose(ours.reward, ours.agent_reward.sum(dim=1))
        assert torch.allclose(other.reward * total.spec.agent_count, ours.reward)


def test_what_is_paid_later_is_what_is_paid_at_once(scenario):
    once, later = make(scenario, 8, horizon=5), make(scenario, 8, horizon=5)
    once.reset(1), later.reset(1)
    steps, generator = _rollout(once, 12), torch.Generator().manual_seed(0)
    for _ in steps:
        later.step_unpaid(random_actions(later, generator))
    reward, own = later.pay()
    assert torch.equal(reward, torch.stack([step.reward for step in steps]))
    assert (own is None) is (steps[0].agent_reward is None)
    assert own is None or torch.equal(own, torch.stack([step.agent_reward for step in steps]))


def test_episodes_start_anywhere_at_rest_and_silent():
    environment = make("reference", 20_000)
    environment.reset(0)
    world = environment.state_dict()["world"]
    for places in (world["position"], world["landmarks"]):
        assert places.abs().max() <= 1
        quantiles = torch.quantile(places[:5000].flatten().float(), torch.tensor([0.0, 0.25, 0.5, 0.75, 1.0]))
        assert torch.allclose(quantiles, torch.tensor([-1.0, -0.5, 0.0, 0.5, 1.0]), atol=0.03)
    assert not world["velocity"].any()
    assert not world["utterance"].any()
    pairs = torch.bincount(3 * world["goals"][:, 0] + world["goals"][:, 1], minlength=9) / 20_000
    assert (pairs - 1 / 9).abs().max() < 5 * (8 / 81 / 20_000) ** 0.5


def test_doing_nothing_earns_what_is_known():
    environment = make("spread", 4000, parametrisation="force")
    environment.reset(0)
    total = sum(environment.step(torch.zeros(4000, 3, 2)).reward.mean() for _ in range(25))
    assert total.item() == pytest.approx(-71.7, abs=1.5)


def test_all_rows_are_truncated_at_the_horizon_and_begin_anew(scenario):
    environment = make(scenario, 5, horizon=4)
    environment.reset(0)
    for number in range(1, 10):
        (step,) = _rollout(environment, 1, seed=number)
        ended = number in (4, 8)
        assert step.truncated.tolist() == [ended] * 5
        assert not step.terminated.any()
        assert ended == (step.final_observation is not None) == (step.final_state is not None)
        if ended:
            assert not torch.equal(step.final_state, step.state)
            velocity = environment.state_dict()["world"]["velocity"]
            assert not velocity.any()
        assert step.state.shape == (5, environment.spec.state_size)


def test_rows_are_independent(scenario):
    environment = make(scenario, 6)
    environment.reset(0)
    start = environment.state_dict()
    whole = _rollout(environment, 20)
    changed = copy.deepcopy(start)
    for tensor in changed["world"].values():
        tensor[3:] = tensor[3:].flip(0)
    environment.load_state_dict(changed)
    other = _rollout(environment, 20)
    for mine, its in zip(whole, other, strict=True):
        assert torch.equal(mine.observation[:3], its.observation[:3])
        assert torch.equal(mine.reward[:3], its.reward[:3])
    assert not torch.equal(whole[0].observation[3:], other[0].observation[3:])


def test_a_seed_decides_everything(scenario):
    first, second = make(scenario, 4), make(scenario, 4)
    assert torch.equal(first.reset(7).state, second.reset(7).state)
    assert _equal(_rollout(first, 60), _rollout(second, 60))
    assert not torch.equal(first.reset(8).state, second.reset(7).state)
    assert not torch.equal(first.reset().state, first.reset().state)


def test_goes_on_from_the_middle_of_an_episode_bit_for_bit(scenario, actions):
    environment = make(scenario, 4, actions=actions)
    assert isinstance(environment, Resumable)
    environment.reset(3)
    _rollout(environment, 12)
    stored = environment.state_dict()
    untouched = copy.deepcopy(stored)
    expected = _rollout(environment, 60, seed=1)
    assert all(torch.equal(stored["world"][name], value) for name, value in untouched["world"].items())
    fresh = make(scenario, 4, actions=actions)
    fresh.load_state_dict(stored)
    assert _equal(expected, _rollout(fresh, 60, seed=1))
    fresh.load_state_dict(stored | {"generator": torch.Generator().manual_seed(0).get_state()})
    assert not _equal(expected, _rollout(fresh, 60, seed=1))


def test_steps_do_not_change_what_earlier_ones_gave(scenario):
    environment = make(scenario, 3)
    first = environment.reset(0)
    kept = first.observation.clone(), first.state.clone()
    first.state += 1
    assert torch.equal(first.observation, kept[0])
    _rollout(environment, 30)
    assert torch.equal(first.observation, kept[0])
    assert torch.equal(first.state, kept[1] + 1)


def test_stepping_before_reset_is_refused(scenario):
    environment = make(scenario)
    with pytest.raises(RuntimeError, match="before reset"):
        environment.step(torch.zeros(1))


@pytest.mark.parametrize("parametrisation", ["box", "force"])
def test_passes_the_parallel_api_test(scenario, parametrisation):
    parallel_api_test(to_parallel(make(scenario, parametrisation=parametrisation), seed=0), num_cycles=60)


def test_passes_the_parallel_api_test_with_choices(scenario):
    parallel_api_test(to_parallel(make(scenario, actions="discrete"), seed=0), num_cycles=60)
