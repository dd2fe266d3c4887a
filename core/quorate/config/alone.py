"""Compose one component outside a run."""

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

from quorate.config.compose import compose_settings
from quorate.config.overrides import apply_overrides
from quorate.documents import Places
from quorate.errors import ConfigError
from quorate.registry import Registry
from quorate.settings import REQUIRED, Component
from quorate.settings import component as component_field


def compose_component(
    kind: str,
    name: str,
    registry: Registry,
    settings: Mapping[str, Any] | None = None,
    overrides: Sequence[str] = (),
) -> Component:
    """One component with its settings: those of its row, what is given on top of them, and the overrides.

    Args:
        kind: of component.
        name: the registered name.
        registry: finds it, and the components that its settings choose.
        settings: plain data, as a file would have it below the component; an environment's `interpreter` too, which
            then finds it.
        overrides: ``key.path=value``, the path beginning inside the component.

    Raises:
        ConfigError: as of `quorate.config.compose`.
        ImportRefusedError: settings name a module that may not be imported.
        RegistryError: there is no such component, or its settings are broken.
    """
    given, places = dict(settings or {}), Places("the settings given", ConfigError)
    apply_overrides(given, overrides, places)
    if kind != "environment" or given.get("interpreter") is None:
        registry.find(kind, name)
    word = registry.kinds[kind].word
    places.known = {(word, *path): place for path, place in places.known.items()}
    alone = dataclasses.make_dataclass("Alone", [(word, Component, component_field(kind, REQUIRED, "It."))])
    composed = compose_settings(alone, {word: {**given, "name": name}}, places, registry)
    component: Component = getattr(composed, word)
    return component
