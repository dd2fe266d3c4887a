"""What is given, on top of defaults: of a section's own, of a row's, and of a preset's."""

import dataclasses

from quorate.config.compose import compose_settings
from quorate.documents import Places
from quorate.errors import ConfigError
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
