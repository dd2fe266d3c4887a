"""What does not change while a sensor network runs."""

from collections.abc import Collection

import torch
from gymnasium.spaces import Discrete

from quorate import __version__
from quorate.conventions import RewardRule
from quorate.interfaces import EnvironmentSpec, Observability
from quorate_sensor_network.network import Network, grid_network, pad
from quorate_sensor_network.settings import SensorNetworkSettings


def make_spec(settings: SensorNetworkSettings, network: Network) -> EnvironmentSpec:
    """Describe a sensor network to the components that work with it."""
    degrees = tuple(len(view) for view in network.views)
    return EnvironmentSpec(
        name=f"sensor-network/{network.height}x{network.width}",
        agents=network.names,
        observation_sizes=degrees,
        state_size=network.areas,
        action_spaces=tuple(Discrete(degree + 1) for degree in degrees),
        horizon=settings.horizon,
        observability=observability(settings),
        reward_rule=RewardRule.SHARED,
        reward="team reward, shared by all agents: catch_reward per jointly scanned target minus scan_cost per scan",
        simulator=f"quorate_sensor_network {__version__}",
        binary_state=True,
        outcomes=("caught",),
        observed_features=torch.tensor(pad(network.views, -1)),
    )


def observability(settings: SensorNetworkSettings) -> Observability:
    """Derive the observability of one step's observation from the geometry and the error rates.

    An area is known for certain to those who watch it if it has neither misses nor false alarms. As the number of
    targets is known, one uncertain area can be inferred from the others; two can not, unless every area is occupied.
    """
    network = grid_network(*settings.grid)
    rates = zip(settings.misses, settings.false_alarms, strict=True)
    certain = {area for area, (miss, alarm) in enumerate(rates) if miss == 0 and alarm == 0}
    if all(_determined(settings, certain.intersection(view)) for view in network.views):
        return Observability.FULL
    return Observability.COLLECTIVE if _determined(settings, certain) else Observability.PARTIAL


def _determined(settings: SensorNetworkSettings, certain: Collection[int]) -> bool:
    return settings.targets == settings.areas or settings.areas - len(certain) <= 1
