import pytest
import torch

from quorate_sensor_network.control import filtered, play, pooled, random_value, true_state, visits
from quorate_sensor_network.environment import SensorNetwork
from quorate_sensor_network.local import LocalTables
from quorate_sensor_network.settings import SensorNetworkSettings

MAIN = {"grid": [3, 3], "targets": 2, "miss": [0.5], "move": 0.3, "horizon": 20}


def _settings(**changes):
    return SensorNetworkSettings(**{**MAIN, **changes})


@pytest.mark.parametrize(
    ("believe", "expected"),
    [(lambda _: true_state, 1.30), (filtered, 1.18), (pooled, 1.03)],
    ids=["true", "all", "one"],
)
def test_values_of_the_main_task(believe, expected):
    environment = SensorNetwork(_settings(), batch=1000)
    value = play(environment, believe(environment), seed=1)
    assert value.error < 0.01
    assert value.mean == pytest.approx(expected, abs=0.02)


def test_without_errors_one_look_is_as_good_as_the_state():
    environment = SensorNetwork(_settings(miss=[0.0]), batch=200)
    values = {
        play(environment, believe, 3).mean for believe in (true_state, pooled(environment), filtered(environment))
    }
    assert max(values) == pytest.approx(min(values), abs=1e-6)


def test_a_wrong_belief_is_worth_less_than_any():
    environment = SensorNetwork(_settings(), batch=200)
    assert play(environment, lambda step: 1 - step.state, 3).mean < 0


def test_random_value_is_what_random_play_earns():
    environment = SensorNetwork(_settings(), batch=2000)
    step, generator, total = environment.reset(0), torch.Generator().manual_seed(0), 0.0
    for _ in range(20):
        mask = step.action_mask.reshape(-1, 5).float()
        step = environment.step(torch.multinomial(mask, 1, generator=generator).reshape(2000, 9))
        total += float(step.reward.mean()) / 20
    assert random_value(environment.settings) == pytest.approx(-0.51, abs=0.02)
    assert total == pytest.approx(random_value(environment.settings), abs=0.01)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [({}, 0.267), ({"miss": [0.4], "false_alarm": [0.05]}, 0.293), ({"miss": [0.3], "false_alarm": [0.05]}, 0.462)],
)
def test_local_optimum_of_states_as_at_the_reset(changes, expected):
    tables = LocalTables(_settings(**changes), at_reset=True)
    assert tables.optimise(10, torch.Generator().manual_seed(0)) == pytest.approx(expected, abs=0.001)


def test_local_value_is_what_playing_the_rule_earns():
    """On the main task the optimum is to scan a reported area; which one hardly matters."""
    environment = SensorNetwork(_settings(), batch=4000)
    step, total = environment.reset(0), torch.zeros(4000)
    for _ in range(20):
        step = environment.step(torch.where(step.observation.any(-1), step.observation.argmax(-1) + 1, 0))
        total += step.reward / 20
    best = LocalTables(environment.settings).optimise(10, torch.Generator().manual_seed(0))
    assert best == pytest.approx(float(total.mean()), abs=4 * float(total.std()) / 4000**0.5)


def test_visits_start_uniform():
    _, chance = visits(_settings(horizon=1))
    assert torch.allclose(chance, torch.full_like(chance, 1 / 66))
    assert visits(_settings())[1].sum() == pytest.approx(1)
