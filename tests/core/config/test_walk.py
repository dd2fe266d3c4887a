"""What is given, on top of defaults: of a section's own, of a row's, and of a preset's."""

import dataclasses

import pytest

from quorate.config import compose
from quorate.config.compose import compose_settings
from quorate.documents import Places
from quorate.errors import ConfigError
from quorate.registry import load_registry
from quorate.registry.rows import on_top
from quorate.settings import REQUIRED, Component, component


@dataclasses.dataclass
class Section:
    net: Component = component("denoiser", "toy/net", "A network.")


@dataclasses.dataclass
class Theirs:
    wide: Section = dataclasses.field(default_factory=lambda: Section(Component("denoiser", "toy/wide")))


def test_a_component_of_a_sections_own_default_keeps_its_name(toy_registry):
    given = {"wide": {"net": {"dropout": 0.5}}}
    made = compose_settings(Theirs, given, Places("their.yaml", ConfigError), toy_registry)
    assert (made.wide.net.name, made.wide.net.settings.dropout) == ("toy/wide", 0.5)


def test_settings_alone_go_to_the_component_that_is_there():
    base = {"policy": "gaussian", "rate": 0.1}
    assert on_top(base, {"policy": {"width": 3}}) == {"policy": {"name": "gaussian", "width": 3}, "rate": 0.1}
    assert on_top(base, {"policy": {"name": "ddpm"}})["policy"] == {"name": "ddpm"}
    assert on_top({"table": REQUIRED}, {"table": {"a": 1}}) == {"table": {"a": 1}}


def algorithm(*overrides):
    given = {"environment": "mpe/simple-spread-v3", "algorithm": {"name": "mappo"}, "budget": {"train_steps": 1}}
    return compose(given, overrides, load_registry()).settings.algorithm.settings


def test_what_is_given_for_a_network_without_a_name_is_on_top_of_its_places_own():
    changed = algorithm("algorithm.critic={hidden: [7]}").critic
    assert (changed.name, changed.settings.hidden, changed.settings.layer_norm) == ("mlp", [7], True)


def test_a_network_of_another_name_starts_from_its_own_defaults():
    other = algorithm("algorithm.critic={name: gru, memory: 9}").critic.settings
    assert (other.memory, other.hidden, other.layer_norm) == (9, [128], False)
    assert algorithm("algorithm.critic=gru").critic.name == "gru"


def test_an_unknown_key_of_a_network_names_the_network():
    with pytest.raises(ConfigError, match="There is no key 'memory' in the network 'mlp'"):
        algorithm("algorithm.actor.memory=3")
