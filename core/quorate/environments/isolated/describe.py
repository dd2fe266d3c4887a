"""Composing a component in the interpreter that it lives in; imports no torch."""

import dataclasses
from typing import Any

from quorate.config.compose import Builder
from quorate.config.expand import Expander
from quorate.config.interpolation import has_reference
from quorate.config.resolved import plain
from quorate.config.resolver import resolve
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
    expander, tree, path = _expanded(message)
    row = expander.rows[path]
    before = {tuple(key) for key, _ in message["known"]}
    answer = {
        "tree": tree,
        "row": dataclasses.asdict(row),
        "places": [[key, place] for key, place in expander.places.known.items() if key not in before],
    }
    if message["final"] or not _has_references(tree):
        component = _built(expander, tree, path)
        answer |= {"settings": plain(component.settings), "tags": component.tags}
    return answer


def compose_component(message: dict[str, Any]) -> tuple[Component, Row]:
    """The component of a message that is final (see `describe`), ready to build."""
    expander, tree, path = _expanded(message)
    return _built(expander, tree, path), expander.rows[path]


def _expanded(message: dict[str, Any]) -> tuple[Expander, dict[str, Any], KeyPath]:
    known = {tuple(key): place for key, place in message["known"]}
    places = Places(message["file"], ConfigError, known)
    expander = Expander(registry_from(message["origin"]), places, message["given"])
    path: KeyPath = tuple(message["path"])
    tree: dict[str, Any] = expander.component("environment", message["value"], path)
    return expander, tree, path


def _built(expander: Expander, tree: dict[str, Any], path: KeyPath) -> Component:
    """What still looks like a reference is text that was escaped."""
    resolved = resolve({"value": tree}, expander.places)["value"]
    return Builder(expander).component(resolved, path)


def _has_references(value: Any) -> bool:
    if isinstance(value, (dict, list)):
        return any(map(_has_references, value.values() if isinstance(value, dict) else value))
    return has_reference(value)
