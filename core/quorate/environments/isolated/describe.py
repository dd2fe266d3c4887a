"""Composing a component in the interpreter that it lives in; imports no torch."""

import dataclasses
from typing import Any

from quorate.config.interpolation import contains_reference
from quorate.config.resolved import plain
from quorate.config.resolver import resolve
from quorate.config.walk import Part, Walk
from quorate.documents import KeyPath, Places
from quorate.errors import ConfigError
from quorate.registry import registry_from
from quorate.registry.rows import Row
from quorate.settings import Component


def describe(message: dict[str, Any]) -> dict[str, Any]:
    """Answer the command ``describe``.

    Args:
        message: ``origin`` of the registry; ``given``, the whole configuration as far as the user gave it; ``path`` and
            ``value`` of the component in it; ``file`` and ``known``, where values are from (`Places`); ``final``:
            there are no references in the value any more.

    Returns:
        ``tree``, every setting with references as they are; ``row``; ``places`` of defaults; and, unless references
        are still to be resolved, ``settings`` and ``tags``.

    Raises:
        QuorateError: the component is unknown, not installed, or its settings do not fit.
    """
    walk, part, path = _walked(message)
    before = {tuple(key) for key, _ in message["known"]}
    answer = {
        "tree": part.tree,
        "row": dataclasses.asdict(walk.rows[path]),
        "places": [[key, place] for key, place in walk.places.known.items() if key not in before],
    }
    if message["final"] or not contains_reference(part.tree):
        component = _made(walk, part)
        answer |= {"settings": plain(component.settings), "tags": component.tags}
    return answer


def compose_component(message: dict[str, Any]) -> tuple[Component, Row]:
    """The component of a message that is final (see `describe`), ready to build."""
    walk, part, path = _walked(message)
    return _made(walk, part), walk.rows[path]


def _walked(message: dict[str, Any]) -> tuple[Walk, Part, KeyPath]:
    known = {tuple(key): place for key, place in message["known"]}
    walk = Walk(registry_from(message["origin"]), Places(message["file"], ConfigError, known), message["given"])
    path: KeyPath = tuple(message["path"])
    return walk, walk.component("environment", message["value"], path), path


def _made(walk: Walk, part: Part) -> Component:
    """What still looks like a reference is text that was escaped."""
    component: Component = part.make(resolve({"value": part.tree}, walk.places)["value"])
    return component
