from dataclasses import dataclass, field

from quorate.learning.settings import Network, network
from quorate.registry.describe import describe_settings


@dataclass
class Outer:
    plain: Network = field(default_factory=Network)
    small: Network = network(hidden=[3], layer_norm=True)


def test_a_section_is_shown_with_the_defaults_of_its_place():
    shown = {item.key: item for item in describe_settings(Outer, {"small": {"hidden": [5]}})}
    assert shown["plain.hidden"].default == [256, 256]
    assert (shown["small.hidden"].default, shown["small.hidden"].from_row) == ([5], True)
    assert (shown["small.layer_norm"].default, shown["small.layer_norm"].from_row) == (True, False)
