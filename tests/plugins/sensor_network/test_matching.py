from itertools import product

import torch

from quorate_sensor_network.environment import SensorNetwork
from quorate_sensor_network.matching import MatchingController, enumerate_matchings
from quorate_sensor_network.network import grid_network
from quorate_sensor_network.settings import SensorNetworkSettings


def test_counts_of_matchings_of_grids():
    counts = {size: len(enumerate_matchings(grid_network(size, size))) for size in (2, 3, 4)}
    assert counts == {2: 7, 3: 131, 4: 10012}


def test_no_joint_action_earns_more_where_the_state_is_known():
    settings = SensorNetworkSettings(grid=[2, 2], targets=2, scan_cost=0.3)
    environment = SensorNetwork(settings, batch=200)
    controller = MatchingController(settings, environment.network)
    state = environment.reset(0).state
    earned = environment.step(controller.act(state)).reward
    for joint in product(range(3), repeat=4):
        environment.reset(0)
        assert (environment.step(torch.tensor(joint).expand(200, 4)).reward <= earned + 1e-6).all()


def test_nothing_is_scanned_where_it_costs_more_than_it_brings():
    settings = SensorNetworkSettings(grid=[2, 2], scan_cost=0.6)
    controller = MatchingController(settings, grid_network(2, 2))
    assert not controller.act(torch.eye(4)).any()
