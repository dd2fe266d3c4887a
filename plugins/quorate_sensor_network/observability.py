"""What the sensors' reports of one step reveal of the state."""

from collections.abc import Collection

from quorate.interfaces import Observability
from quorate_sensor_network.network import grid_network
from quorate_sensor_network.settings import SensorNetworkSettings


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
