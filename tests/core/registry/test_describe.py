from dataclasses import dataclass, field

from quorate.learning.settings import MLPSettings, gru, network
from quorate.registry.describe import describe_settings
from quorate.settings import Component


@dataclass
class Outer:
    plain: MLPSettings = field(default_factory=MLPSettings)
    small: MLPSettings = field(default_factory=lambda: MLPSettings(hidden=[3], layer_norm=True))
    own: Component = network()
    changed: Component = network(hidden=[3], layer_norm=True)
    other: Component = network("Remembers.", gru())


def shown():
    return {item.key: item for item in describe_settings(Outer, {"small": {"hidden": [5]}})}


def test_a_section_is_shown_with_the_defaults_of_its_place():
    found = shown()
    assert found["plain.hidden"].default == [256, 256]
    assert (found["small.hidden"].default, found["small.hidden"].from_row) == ([5], True)
    assert (found["small.layer_norm"].default, found["small.layer_norm"].from_row) == (True, False)


def test_a_component_is_shown_with_what_its_place_changes():
    found = shown()
    assert (found["own"].default, found["other"].default, found["own"].type) == ("mlp", "gru", "network")
    assert found["changed"].default == {"name": "mlp", "hidden": [3], "layer_norm": True}
