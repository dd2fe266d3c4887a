import pytest
import torch
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from quorate.interfaces import Enumerable, Renderable, Resumable
from quorate_sensor_network.environment import SensorNetwork
from quorate_sensor_network.settings import SensorNetworkSettings


def _make(batch=1, device="cpu", **keywords):
    return SensorNetwork(SensorNetworkSettings(**keywords), batch=batch, device=device)


def _rollout(environment, seed, steps, actions=None):
    first = environment.reset(seed)
    actions = (
        torch.zeros(environment.batch, environment.spec.agent_count, dtype=torch.int64) if actions is None else actions
    )
    return [first, *(environment.step(actions) for _ in range(steps))]


@given(st.data())
@hypothesis_settings(max_examples=30, deadline=None)
def test_any_setting_runs_and_keeps_its_promises(data):
    grid = data.draw(st.sampled_from([[1, 2], [1, 4], [2, 2], [3, 1], [2, 3], [4, 3]]))
    areas = SensorNetworkSettings(grid=grid).areas
    rates = st.one_of(
        st.lists(st.floats(0, 1), min_size=1, max_size=1), st.lists(st.floats(0, 1), min_size=areas, max_size=areas)
    )
    environment = _make(
        data.draw(st.integers(1, 5)),
        grid=grid,
        targets=data.draw(st.integers(1, areas)),
        miss=data.draw(rates),
        false_alarm=[data.draw(st.floats(0, 0.9))],
        move=data.draw(st.floats(0, 1)),
        horizon=3,
    )
    spec, batch = environment.spec, environment.batch
    generator = torch.Generator().manual_seed(0)
    step = environment.reset(data.draw(st.integers(0, 2**31)))
    for _ in range(5):
        assert step.observation.shape == (batch, spec.agent_count, spec.observation_size)
        assert step.state.shape == (batch, spec.state_size)
        assert step.action_mask.shape == (batch, spec.agent_count, spec.observation_size + 1)
        assert step.reward.shape == step.terminated.shape == step.truncated.shape == (batch,)
        assert {step.observation.dtype, step.state.dtype, step.reward.dtype} == {torch.float32}
        assert {step.terminated.dtype, step.truncated.dtype, step.action_mask.dtype} == {torch.bool}
        assert step.state.device == environment.device
        assert (step.state.sum(dim=1) == environment.settings.targets).all()
        assert not step.observation[:, spec.observed_features < 0].any()
        assert step.action_mask.sum(dim=-1).tolist() == [[size + 1 for size in spec.observation_sizes]] * batch
        step = environment.step(torch.randint(-1, 6, (batch, spec.agent_count), generator=generator))


def test_reports_without_errors_are_the_state():
    environment = _make(64, grid=[3, 4], targets=3)
    step = environment.reset(0)
    watched = environment.spec.observed_features
    expected = step.state[:, watched.clamp_min(0)] * (watched >= 0)
    assert torch.equal(step.observation, expected)


def test_report_frequencies_match_the_error_rates():
    miss, alarm = [0.5, 0.2, 0.0, 1.0], [0.0, 0.1, 0.3, 0.6]
    environment = _make(40_000, miss=miss, false_alarm=alarm, targets=2)
    step = environment.reset(1)
    watched = environment.spec.observed_features
    for area in range(4):
        reports = step.observation[:, watched == area]
        for occupied, chance in ((True, 1 - miss[area]), (False, alarm[area])):
            rows = reports[(step.state[:, area] > 0) == occupied]
            error = (chance * (1 - chance) / rows.numel()) ** 0.5
            assert rows.mean().item() == pytest.approx(chance, abs=5 * error + 1e-6)


def test_reports_are_independent_between_sensors_rows_and_steps():
    environment = _make(20_000, targets=4, miss=[0.5])
    first, second = _rollout(environment, 2, 1)
    reports = torch.cat([first.observation.flatten(1), second.observation.flatten(1)], dim=1)
    shifted = torch.cat([reports, reports.roll(1, dims=0)], dim=1)
    correlation = torch.corrcoef(shifted.T) - torch.eye(32)
    assert correlation.abs().max() < 5 / 20_000**0.5


def test_rewards_by_hand():
    environment = _make(6, targets=1, scan_cost=0.1, catch_reward=2.0, horizon=100)
    actions = torch.tensor([
        [0, 0, 0, 0],
        [1, 1, 0, 0],  # both sensors of area 1
        [2, 0, 0, 2],  # both sensors of area 4
        [1, 0, 0, 0],  # one of the two
        [1, 2, 1, 1],  # areas 1, 2, 2, 3
        [2, 2, 2, 2],  # areas 4, 2, 3, 4
    ])  # fmt: skip
    joint = [set(), {0}, {3}, set(), {1}, {3}]
    scans = [0, 2, 2, 1, 4, 4]
    step = environment.reset(3)
    for _ in range(20):
        here = step.state.argmax(dim=1).tolist()
        step = environment.step(actions)
        expected = [2.0 * (here[row] in joint[row]) - 0.1 * scans[row] for row in range(6)]
        assert step.reward.tolist() == pytest.approx(expected)
        step = environment.reset()


def test_reward_is_for_the_state_before_the_targets_move():
    environment = _make(500, targets=1, move=1.0, scan_cost=0.0)
    before = environment.reset(0)
    after = environment.step(torch.tensor([[1, 1, 0, 0]]).expand(500, -1))
    assert torch.equal(after.reward, before.state[:, 0])
    assert not torch.equal(after.reward, after.state[:, 0])


def test_two_targets_can_be_caught_at_once():
    environment = _make(200, targets=2, scan_cost=0.0)
    state = environment.reset(0).state
    reward = environment.step(torch.tensor([[1, 1, 2, 1]]).expand(200, -1)).reward
    assert torch.equal(reward, state[:, 0] + state[:, 2])


@pytest.mark.parametrize("invalid", [-1, 3, 4, 2**40])
def test_invalid_actions_count_as_none(invalid):
    environment = _make(50, targets=4)
    environment.reset(0)
    actions = torch.tensor([[1, invalid, 1, invalid]]).expand(50, -1)
    assert environment.step(actions).reward.tolist() == pytest.approx([-0.2] * 50)


def test_masked_actions_of_a_corner_count_as_none():
    environment = _make(1, grid=[3, 3], targets=12)
    mask = environment.reset(0).action_mask[0]
    assert mask[0].tolist() == [True, True, True, False, False]
    actions = torch.zeros(1, 9, dtype=torch.int64)
    actions[0, 0] = 3
    assert environment.step(actions).reward.item() == 0


def test_all_rows_end_at_the_horizon_and_start_anew():
    environment = _make(200, targets=2, move=0.5, horizon=3)
    steps = _rollout(environment, 0, 7)
    assert [step.truncated.unique().tolist() for step in steps] == [[step in (3, 6)] for step in range(8)]
    assert not any(step.terminated.any() for step in steps)
    for number, step in enumerate(steps):
        assert (step.final_observation is None) == (step.final_state is None) == (number not in (3, 6))


def test_final_fields_belong_to_the_old_episode():
    environment = _make(300, targets=2, horizon=2)
    first, second, third = _rollout(environment, 0, 2)
    assert torch.equal(first.state, second.state)
    assert torch.equal(third.final_state, first.state)
    assert torch.equal(third.final_observation, first.observation)  # no errors, no movement
    assert not torch.equal(third.state, first.state)
    watched = environment.spec.observed_features
    assert torch.equal(third.observation, third.state[:, watched])


def test_reset_in_the_middle_restarts_the_clock():
    environment = _make(1, horizon=2)
    _rollout(environment, 0, 1)
    steps = _rollout(environment, None, 2)
    assert [step.truncated.item() for step in steps] == [False, False, True]


def _flat(steps):
    return torch.cat([torch.cat([step.observation.flatten(1), step.state, step.reward[:, None]], 1) for step in steps])


def test_a_seed_determines_everything_that_follows():
    keywords = {
        "batch": 8,
        "grid": [3, 3],
        "targets": 2,
        "miss": [0.5],
        "false_alarm": [0.1],
        "move": 0.5,
        "horizon": 4,
    }
    one, other = _make(**keywords), _make(**keywords)
    other.reset(5)
    assert torch.equal(_flat(_rollout(one, 7, 10)), _flat(_rollout(other, 7, 10)))
    assert not torch.equal(_flat(_rollout(one, 7, 10)), _flat(_rollout(other, 8, 10)))


def test_reset_without_a_seed_goes_on_with_the_generator():
    one, other = _make(64, targets=2), _make(64, targets=2)
    first = [one.reset(1).state, one.reset().state]
    again = [other.reset(1).state, other.reset().state]
    assert torch.equal(first[1], again[1])
    assert not torch.equal(first[0], first[1])


def test_a_seed_does_not_share_its_stream_with_other_uses_of_the_number():
    environment = _make(1000, targets=1)
    keys = torch.rand(1000, 4, generator=torch.Generator().manual_seed(3))
    same = (environment.reset(3).state.argmax(dim=1) == keys.argmax(dim=1)).float().mean().item()
    assert same == pytest.approx(0.25, abs=0.07)


def test_global_randomness_is_neither_used_nor_disturbed():
    torch.manual_seed(0)
    expected = torch.rand(3)
    torch.manual_seed(0)
    _rollout(_make(4, move=0.5, miss=[0.5]), 0, 12)
    assert torch.equal(torch.rand(3), expected)


def test_results_are_the_callers_to_change():
    environment = _make(3, targets=2, miss=[0.2], horizon=50)
    one = _flat(_rollout(environment, 0, 3))
    step = environment.reset(0)
    changed = []
    for _ in range(4):
        changed.append(_flat([step]))
        step.state.fill_(9)
        step.observation.fill_(9)
        step = environment.step(torch.zeros(3, 4, dtype=torch.int64))
    assert torch.equal(one, torch.cat(changed))


def test_misuse_is_refused():
    environment = _make(2)
    with pytest.raises(RuntimeError, match="reset"):
        environment.step(torch.zeros(2, 4, dtype=torch.int64))
    environment.reset(0)
    with pytest.raises(ValueError, match=r"\(2, 4\)"):
        environment.step(torch.zeros(4, dtype=torch.int64))
    environment.close()
    environment.close()


@pytest.mark.parametrize(("rule", "expected"), [("random", -0.51), ("seen", 0.26), ("known", 1.2645)])
def test_fixed_rules_earn_what_an_independent_study_measured(rule, expected):
    """3 x 3, reward per step: random actions; scan the first area with a report; with a target."""
    environment = _make(3000, grid=[3, 3], targets=2, miss=[0.5], move=0.3, horizon=20)
    watched = environment.spec.observed_features
    generator = torch.Generator().manual_seed(0)
    step, total = environment.reset(0), 0.0
    for _ in range(20):
        reports = step.observation if rule == "seen" else step.state[:, watched.clamp_min(0)] * (watched >= 0)
        actions = torch.where(reports.any(dim=-1), reports.argmax(dim=-1) + 1, 0)
        if rule == "random":
            actions = (torch.rand(3000, 9, generator=generator) * step.action_mask.sum(dim=-1)).long()
        step = environment.step(actions)
        total += step.reward.mean().item() / 20
    assert total == pytest.approx(expected, abs=0.02)


def test_it_can_be_enumerated_and_drawn():
    assert isinstance(_make(), Enumerable)
    assert isinstance(_make(), Renderable)


CONTROL = {"grid": [3, 3], "targets": 2, "miss": [0.5], "move": 0.3, "horizon": 4}


def _random_actions(environment, count):
    generator = torch.Generator().manual_seed(7)
    return torch.randint(0, 5, (count, environment.batch, 9), generator=generator)


@pytest.mark.parametrize("respawn", [False, True])
def test_an_episode_goes_on_bit_for_bit_after_a_stop(respawn):
    environment = _make(8, **CONTROL, respawn=respawn)
    actions = _random_actions(environment, 9)
    environment.reset(3)
    for joint in actions[:2]:
        environment.step(joint)
    stored = environment.state_dict()
    expected = [environment.step(joint) for joint in actions[2:]]
    other = _make(8, **CONTROL, respawn=respawn)
    assert isinstance(other, Resumable)
    other.load_state_dict(stored)
    for joint, step in zip(actions[2:], expected, strict=True):
        again = other.step(joint)
        for name in ("observation", "state", "reward", "truncated"):
            assert torch.equal(getattr(again, name), getattr(step, name))
    world = stored["world"]
    other.load_state_dict({**stored, "world": {**world, "areas": world["areas"].roll(1, 0)}})
    assert not torch.equal(other.step(actions[2]).state, expected[0].state)


def test_what_is_stored_does_not_change_afterwards():
    environment = _make(4, **CONTROL)
    environment.reset(0)
    stored = environment.state_dict()
    parts = {**stored["world"], "generator": stored["generator"]}
    copies = {name: value.clone() for name, value in parts.items()}
    for joint in _random_actions(environment, 3):
        environment.step(joint)
    assert all(torch.equal(parts[name], copy) for name, copy in copies.items())


def _scan(environment, state):
    """Everybody scans the first occupied area of its own: catches every target whose sensors agree."""
    seen = state[:, environment.spec.observed_features] * (environment.spec.observed_features >= 0)
    return torch.where(seen.any(-1), seen.argmax(-1) + 1, 0)


def test_caught_targets_jump_anywhere_and_others_stay():
    environment = _make(20_000, grid=[2, 3], targets=1, move=0.0, horizon=50, respawn=True)
    before = environment.reset(0).state
    step = environment.step(_scan(environment, before))
    assert (step.state.sum(1) == 1).all()
    share = (before.argmax(1) * 7 + step.state.argmax(1)).bincount(minlength=49).reshape(7, 7) / 20_000 * 7
    assert torch.allclose(share, torch.full((7, 7), 1 / 7), atol=0.02)
    after = environment.step(torch.zeros(20_000, 6, dtype=torch.int64))
    assert torch.equal(after.state, step.state)
    stays = _make(20, grid=[2, 3], targets=1, move=0.0, horizon=50)
    before = stays.reset(0).state
    assert torch.equal(stays.step(_scan(stays, before)).state, before)


def test_targets_that_jump_keep_to_areas_of_their_own():
    environment = _make(500, grid=[2, 2], targets=3, move=0.5, horizon=100, respawn=True)
    step = environment.reset(0)
    for _ in range(20):
        step = environment.step(_scan(environment, step.state))
        assert (step.state.sum(1) == 3).all()
        assert (step.state <= 1).all()


def test_the_outcome_is_how_many_catches_an_episode_had():
    environment = _make(60, grid=[2, 2], targets=1, horizon=4, move=0.5, catch_reward=1.0, scan_cost=0.0)
    environment.reset(3)
    assert environment.spec.outcomes == ("caught",)
    generator, total = torch.Generator().manual_seed(0), torch.zeros(60)
    for time in range(1, 13):
        step = environment.step(torch.randint(0, 3, (60, 4), generator=generator))
        total += step.reward
        if time == 6:  # stored in the middle of an episode
            state = environment.state_dict()
            environment.reset(1)
            environment.load_state_dict(state)
        if time % 4:
            assert step.outcomes is None
            continue
        assert total.max() > 1
        assert torch.equal(step.outcomes, total[:, None])
        total.zero_()
