from math import log

import pytest
import torch
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from quorate.errors import QuorateError
from quorate.interfaces import Filtering, HistoryBuffer, HistoryLayout
from quorate_sensor_network.environment import SensorNetwork
from quorate_sensor_network.posterior import SensorPosterior
from quorate_sensor_network.settings import SensorNetworkSettings

NOISY = [0.5, 0.5, 0.0, 0.0]


def _histories(environment, length, seed, steps):
    """A stream of steps: histories [T, B, n, h] and states [T, B, A]."""
    buffer = HistoryBuffer(HistoryLayout.of(environment.spec, length), environment.batch, "cpu")
    none = torch.zeros(environment.batch, environment.spec.agent_count, dtype=torch.int64)
    step, histories, states = environment.reset(seed), [], []
    for _ in range(steps):
        buffer.push(step.observation, step.ended)
        histories.append(buffer.histories)
        states.append(step.state)
        step = environment.step(none)
    return torch.stack(histories), torch.stack(states)


def _square(miss, observations):
    """The posterior on the 2 x 2 grid given {agent: its reports} (agents from 1), as probabilities [4]."""
    environment = SensorNetwork(SensorNetworkSettings(miss=miss))
    layout = HistoryLayout.of(environment.spec, 1)
    windows = torch.zeros(4, layout.window_size)
    for agent, reports in observations.items():
        windows[agent - 1] = torch.tensor([1.0, *reports])
    rows = [agent - 1 for agent in observations]
    posterior = environment.posterior(layout)
    by_state = posterior.log_probability(layout.identify(windows)[rows]).exp()
    return (by_state @ posterior.states).tolist()


def test_the_third_agent_confuses_areas_one_and_four():
    assert _square([0.0], {3: (0, 0)}) == pytest.approx([0.5, 0, 0, 0.5])
    assert _square([0.0], {4: (0, 0)}) == pytest.approx([0.5, 0.5, 0, 0])


def test_noisy_second_agent_as_in_figure_one():
    assert _square(NOISY, {2: (0, 0)}) == pytest.approx([1 / 6, 1 / 6, 1 / 3, 1 / 3])


def test_all_silent_leaves_the_noisy_areas():
    assert _square(NOISY, dict.fromkeys(range(1, 5), (0, 0))) == pytest.approx([0.5, 0.5, 0, 0])


def test_collectively_observable_network_is_always_known():
    environment = SensorNetwork(SensorNetworkSettings(grid=[3, 4], targets=3), batch=200)
    histories, states = _histories(environment, 1, 0, 1)
    posterior = environment.posterior(HistoryLayout.of(environment.spec, 1))
    log_p = posterior.log_probability(histories[0])
    assert torch.equal(posterior.states[log_p.argmax(dim=-1)], states[0])
    assert log_p.max(dim=-1).values.tolist() == pytest.approx([0.0] * 200)
    assert (log_p.sort(dim=-1).values[:, -2] <= -9e3).all()


def _bayes(settings, views, histories, layout, states):
    """Static Bayes' rule, written out for one row of histories [m, h]."""
    weights = []
    for state in states.tolist():
        weight = 1.0
        for history in histories:
            agent = int(layout.identity(history).argmax())
            for valid, reports in zip(layout.valid(history), layout.observations(history), strict=True):
                for area, report in zip(views[agent], reports.tolist(), strict=False):
                    chance = 1 - settings.misses[area] if state[area] else settings.false_alarms[area]
                    weight *= (chance if report else 1 - chance) if valid else 1.0
        weights.append(weight)
    return [weight / sum(weights) for weight in weights]


@given(st.data())
@hypothesis_settings(max_examples=25, deadline=None)
def test_static_posterior_is_bayes_rule_for_any_settings(data):
    grid = data.draw(st.sampled_from([[1, 2], [1, 4], [2, 2], [2, 3], [3, 3]]))
    areas = SensorNetworkSettings(grid=grid).areas
    rates = st.sampled_from([0.0, 0.1, 0.5, 0.9, 1.0])
    settings = SensorNetworkSettings(
        grid=grid,
        targets=data.draw(st.integers(1, min(3, areas))),
        miss=data.draw(st.lists(rates, min_size=areas, max_size=areas)),
        false_alarm=data.draw(st.lists(rates.filter(lambda rate: rate < 1), min_size=areas, max_size=areas)),
    )
    environment = SensorNetwork(settings, batch=3)
    layout = HistoryLayout.of(environment.spec, 3)
    histories, _ = _histories(environment, 3, data.draw(st.integers(0, 999)), data.draw(st.integers(1, 4)))
    posterior = environment.posterior(layout)
    agents = data.draw(st.lists(st.integers(0, environment.spec.agent_count - 1), min_size=1, unique=True))
    chosen = histories[-1][:, agents]
    got = posterior.log_probability(chosen).exp()
    for row in range(3):
        expected = _bayes(settings, environment.network.views, chosen[row], layout, posterior.states)
        assert got[row].tolist() == pytest.approx(expected, abs=1e-4)


def _worst_z(posterior, histories, states, least=300):
    """Largest |z| of the state counts against the posterior, among histories [N, m, h] that recur."""
    unique, group, counts = histories.flatten(1).unique(dim=0, return_inverse=True, return_counts=True)
    p = posterior.log_probability(unique.reshape(-1, *histories.shape[1:])).exp().double()
    index = (states @ posterior.states.T).argmax(dim=-1)
    seen = (group * p.shape[1] + index).bincount(minlength=p.numel()).reshape(p.shape)
    expected = counts[:, None] * p
    often = (counts[:, None] >= least) & (expected > 10)
    assert often.sum() > 10
    assert (seen[(p < 1e-30)] == 0).all()
    return ((seen - expected)[often] / (expected * (1 - p) + 1e-6)[often].sqrt()).abs().max().item()


MOVING = [
    # grid, targets, length, agents that report
    ([2, 2], 2, 2, [2]),
    ([2, 2], 1, 3, [0, 1, 3]),
    ([2, 3], 1, 2, [1]),
    ([2, 3], 1, 1, [0, 4]),
    ([2, 3], 2, 4, [0]),
]


def _moving(grid, targets, length, agents):
    # Rows of one batch are independent and each gives one time, so that samples are independent too.
    settings = SensorNetworkSettings(grid, targets, miss=[0.4], false_alarm=[0.05], move=0.7, horizon=4)
    environment = SensorNetwork(settings, batch=40_000)
    histories, states = _histories(environment, length, 0, 4)
    time = torch.arange(environment.batch) % 4
    rows = torch.arange(environment.batch)
    return settings, environment, histories[time, rows][:, agents], states[time, rows]


@pytest.mark.parametrize("case", MOVING)
def test_moving_posterior_matches_simulation(case):
    _, environment, histories, states = _moving(*case)
    posterior = environment.posterior(HistoryLayout.of(environment.spec, case[2]))
    assert _worst_z(posterior, histories, states) < 5


def test_simulation_refutes_a_wrong_model():
    settings, environment, histories, states = _moving(*MOVING[3])
    layout = HistoryLayout.of(environment.spec, 1)
    for wrong in ({"miss": [0.5]}, {"false_alarm": [0.1]}, {"horizon": 1}):
        other = SensorPosterior(SensorNetworkSettings(**{**vars(settings), **wrong}), layout)
        assert _worst_z(other, histories, states) > 6


def test_null_histories_say_nothing():
    for move in (0.0, 0.5):
        environment = SensorNetwork(SensorNetworkSettings(grid=[2, 3], targets=2, miss=[0.3], move=move), batch=5)
        layout = HistoryLayout.of(environment.spec, 3)
        posterior = environment.posterior(layout)
        histories, _ = _histories(environment, 3, 0, 2)
        with_null = histories[-1].clone()
        with_null[:, 1:] = 0
        alone, padded = posterior.log_probability(histories[-1][:, :1]), posterior.log_probability(with_null)
        assert torch.allclose(alone, padded)
        null = posterior.log_probability(torch.zeros(1, layout.size)).exp()
        occupancy = torch.full((21,), 1 / 21)
        ages = [occupancy]
        for _ in range(9):
            ages.append(ages[-1] @ posterior.transition())
        assert torch.allclose(null, torch.stack(ages).mean(dim=0), atol=1e-6)


def test_leading_dimensions_and_normalisation():
    for move in (0.0, 0.5):
        environment = SensorNetwork(SensorNetworkSettings(grid=[2, 3], miss=[0.3], move=move), batch=4)
        layout = HistoryLayout.of(environment.spec, 2)
        histories, _ = _histories(environment, 2, 0, 3)
        log_p = environment.posterior(layout).log_probability(histories[..., None, :])
        assert log_p.shape == (3, 4, 6, 7)
        assert torch.allclose(log_p.logsumexp(dim=-1), torch.zeros(3, 4, 6), atol=1e-5)


def test_more_reports_sharpen_and_long_histories_stay_exact():
    environment = SensorNetwork(SensorNetworkSettings(grid=[5, 5], targets=2, miss=[0.3], horizon=100), batch=50)
    histories, states = _histories(environment, 50, 0, 50)
    posterior = environment.posterior(HistoryLayout.of(environment.spec, 50))
    log_p = posterior.log_probability(histories[-1])
    assert torch.equal(posterior.states[log_p.argmax(dim=-1)], states[-1])
    assert torch.isfinite(log_p).all()


def test_contradictory_histories_stay_finite():
    # Agents 1 and 2 disagree about area 1 although nobody errs.
    for move in (0.0, 0.5):
        environment = SensorNetwork(SensorNetworkSettings(move=move))
        layout = HistoryLayout.of(environment.spec, 1)
        windows = torch.zeros(4, 3)
        windows[0], windows[1] = torch.tensor([1.0, 1.0, 0.0]), torch.tensor([1.0, 0.0, 0.0])
        log_p = environment.posterior(layout).log_probability(layout.identify(windows)[:2])
        assert torch.isfinite(log_p).all()
        assert log_p.exp().sum().item() == pytest.approx(1)


def test_impossible_is_about_minus_ten_thousand():
    for move in (0.0, 0.5):
        environment = SensorNetwork(SensorNetworkSettings(move=move))
        histories, states = _histories(environment, 3, 0, 3)
        log_p = environment.posterior(HistoryLayout.of(environment.spec, 3)).log_probability(histories[-1])
        assert (log_p[states[-1] == 0] <= -9e3).all()


def test_enumeration_has_limits_that_name_the_settings():
    for keywords in ({"grid": [9, 9], "targets": 4}, {"grid": [5, 5], "targets": 3, "move": 0.1}):
        environment = SensorNetwork(SensorNetworkSettings(**keywords))
        with pytest.raises(QuorateError) as error:
            environment.posterior(HistoryLayout.of(environment.spec, 1))
        assert all(name in str(error.value) for name in ("grid", "targets", "move", "limit"))


def test_a_foreign_layout_is_refused():
    environment = SensorNetwork(SensorNetworkSettings())
    with pytest.raises(QuorateError, match="9 agents"):
        environment.posterior(HistoryLayout(9, 4, 1))


def test_one_report_by_hand():
    settings = SensorNetworkSettings(grid=[1, 3], miss=[0.2], false_alarm=[0.1])
    layout = HistoryLayout(3, 2, 1)
    history = torch.tensor([[1.0, 0, 0, 1.0, 1.0, 0.0]])  # sensor 1 of three in a row watches the first area only
    log_p = SensorPosterior(settings, layout).log_probability(history)
    assert log_p.tolist() == pytest.approx([log(0.8 / 0.9), log(0.1 / 0.9)])


@pytest.mark.parametrize("move", [0.0, 0.5])
def test_queries_stay_on_the_device(move):
    # The meta device computes shapes only: reading a value or mixing devices raises.
    layout = HistoryLayout(6, 3, 2)
    posterior = SensorPosterior(SensorNetworkSettings(grid=[2, 3], move=move), layout, "meta")
    log_p = posterior.log_probability(torch.zeros(5, 6, layout.size, device="meta"))
    assert (log_p.device.type, log_p.shape) == ("meta", (5, 7))


@pytest.mark.parametrize("move", [0.0, 0.4])
def test_filter_agrees_with_histories_of_whole_episodes(move):
    environment = SensorNetwork(
        SensorNetworkSettings(grid=[2, 3], targets=2, miss=[0.4], false_alarm=[0.1], move=move, horizon=6), batch=30
    )
    layout = HistoryLayout.of(environment.spec, 6)
    posterior = environment.posterior(layout)
    assert isinstance(posterior, Filtering)
    buffer, step, known = HistoryBuffer(layout, 30, "cpu"), environment.reset(0), None
    for _ in range(6):
        buffer.push(step.observation)
        known = posterior.filter(known, step.observation)
        assert torch.allclose(known.exp(), posterior.log_probability(buffer.histories).exp(), atol=1e-5)
        step = environment.step(torch.zeros(30, 6, dtype=torch.int64))
    alone = posterior.filter(None, step.observation)
    assert not torch.allclose(known.exp(), alone.exp(), atol=0.1)


def test_actions_that_move_targets_are_refused():
    environment = SensorNetwork(SensorNetworkSettings(respawn=True))
    with pytest.raises(QuorateError, match="actions"):
        environment.posterior(HistoryLayout.of(environment.spec, 1))


@pytest.mark.parametrize("hidden", [1, 2])
def test_where_the_newest_steps_are_hidden_targets_have_moved_on(hidden):
    """What is known of the state now is what was known then, moved by so many steps."""
    environment = SensorNetwork(SensorNetworkSettings(grid=[3, 3], targets=2, miss=[0.5], move=0.3), batch=20)
    layout = HistoryLayout.of(environment.spec, 5)
    posterior = environment.posterior(layout)
    histories, _ = _histories(environment, 5, 0, 2 + hidden)
    steps = layout.steps(histories[-1]).clone()
    steps[..., 5 - hidden :, :] = 0
    late = posterior.log_probability(torch.cat([layout.identity(histories[-1]), steps.flatten(-2)], -1)).exp()
    then = posterior.log_probability(histories[1]).exp()
    for _ in range(hidden):
        assert not torch.allclose(late, then, atol=1e-3)
        then = then @ posterior.transition()
    assert torch.allclose(late, then, atol=1e-5)
