import numpy as np
import pytest
import torch
from pettingzoo.test import parallel_api_test

from quorate.environments import to_parallel
from quorate_sensor_network.environment import SensorNetwork
from quorate_sensor_network.settings import SensorNetworkSettings


@pytest.mark.parametrize("grid", [[1, 2], [2, 2], [3, 3]])
def test_passes_the_parallel_api_test(grid):
    settings = SensorNetworkSettings(grid=grid, miss=[0.3], move=0.3, horizon=5)
    parallel_api_test(to_parallel(SensorNetwork(settings), seed=0), num_cycles=40)


def test_the_bridge_tells_what_the_environment_tells():
    settings = SensorNetworkSettings(grid=[3, 3], targets=2, miss=[0.3], move=0.3, horizon=4)
    native, bridged = SensorNetwork(settings), to_parallel(SensorNetwork(settings), seed=3)
    step = native.reset(3)
    observations, _ = bridged.reset()
    for time in range(4):
        assert np.array_equal(bridged.state(), step.state[0].numpy())
        for agent, (name, size) in enumerate(zip(native.spec.agents, native.spec.observation_sizes, strict=True)):
            seen = observations[name]["observation"]
            assert np.array_equal(seen, step.observation[0, agent, :size].numpy())
            assert observations[name]["action_mask"].sum() == size + 1
        step = native.step(torch.ones(1, 9, dtype=torch.int64))
        observations, rewards, _, truncations, _ = bridged.step(dict.fromkeys(native.spec.agents, 1))
        assert list(rewards.values()) == pytest.approx([step.reward.item()] * 9)
        assert set(truncations.values()) == {time == 3}
        if time == 3:
            assert np.array_equal(bridged.state(), step.final_state[0].numpy())
