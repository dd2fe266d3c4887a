"""What the value of each key of a manifest's row must look like."""

import re
from collections.abc import Callable
from typing import Any

from quorate.nearest import nearest
from quorate.registry import fit
from quorate.registry.kinds import KINDS

_NAME = re.compile(r"[a-z0-9]+([._-][a-z0-9]+)*(/[a-z0-9]+([._-][a-z0-9]+)*)*")
_TARGET = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)*:[^\W\d]\w*(\.[^\W\d]\w*)*")

_PACKAGE = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)*")

Fault = tuple[str, ...] | None
"""What is wrong with a value, how to mend it, and any valid choices; None where nothing is."""


def _kind(value: Any) -> Fault:
    if isinstance(value, str) and (value in KINDS or ("/" in value and _NAME.fullmatch(value))):
        return None  # a plugin's kind is looked up when all manifests are read
    close = nearest(str(value), KINDS)
    fix = f"Did you mean {close[0]!r}?" if close else "Choose one of these kinds."
    return (f"is {value!r}, which is no kind", fix, *KINDS)


def _text(value: Any) -> Fault:
    if isinstance(value, str) and value.strip():
        return None
    return (
        f"must be text, not {value!r}",
        "Write one line of text; put quotes around it where it looks like a number.",
    )


def _matching(pattern: re.Pattern[str], what: str, example: str) -> Callable[[Any], Fault]:
    def check(value: Any) -> Fault:
        if isinstance(value, str) and pattern.fullmatch(value):
            return None
        return (f"must be {what}, not {value!r}", f"Write it like {example!r}.")

    return check


def _mapping(value: Any) -> Fault:
    if isinstance(value, dict) and all(isinstance(key, str) for key in value):
        return None
    return (f"must be a mapping, not {value!r}", "Write it like '{key: value}'.")


def _tags(value: Any) -> Fault:
    fault = _mapping(value)
    return fit.fault(value["requires"]) if fault is None and "requires" in value else fault


def _packages(value: Any) -> Fault:
    if isinstance(value, (list, tuple)) and all(isinstance(item, str) and _PACKAGE.fullmatch(item) for item in value):
        return None
    return (f"must be a list of packages, not {value!r}", "Write it like '[package_a, package_b.part]'.")


def _modules(value: Any) -> Fault:
    if isinstance(value, (list, tuple)) and all(isinstance(item, str) and item.isidentifier() for item in value):
        return None
    return (f"must be a list of top-level modules, not {value!r}", "Write it like '[module_a, module_b]'.")


def _paper(value: Any) -> Fault:
    if isinstance(value, str) and re.fullmatch(r"arXiv:\d{4}\.\d{4,5}", value):
        return None
    if isinstance(value, dict) and set(value) == {"bibtex"} and _text(value["bibtex"]) is None:
        return None
    fix = "Write 'arXiv:2410.13953', or '{bibtex: \"@article{...}\"}'."
    return (f"must be an arXiv identifier or a BibTeX entry, not {value!r}", fix)


def _presets(value: Any) -> Fault:
    if _mapping(value) is None and value and all(_mapping(item) is None for item in value.values()):
        return None
    fix = "Write it like '{small-v1: {summary: ..., defaults: {...}}}'."
    return (f"must be a mapping of presets, each of them a mapping, not {value!r}", fix)


def _list_of(check: Callable[[Any], Fault], what: str) -> Callable[[Any], Fault]:
    def check_all(value: Any) -> Fault:
        if isinstance(value, (list, tuple)):
            return next(filter(None, map(check, value)), None)
        return (f"must be a list of {what}, not {value!r}", "Write it like '[...]'.")

    return check_all


_target = _matching(_TARGET, "module:attribute", "acme_quorate.environments:Warehouse")
_folder = _matching(re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)*:[\w./-]+"), "package:folder", "acme_quorate:blueprint")
CHECKS: dict[str, Callable[[Any], Fault]] = {
    "kind": _kind,
    "name": _matching(_NAME, "lower case words joined by '-', '_', '.' or '/'", "acme/warehouse-v1"),
    "target": _target,
    "summary": _text,
    "settings": _target,
    "defaults": _mapping,
    "tags": _tags,
    "allow": _packages,
    "extra": _text,
    "needs": _modules,
    "install": _text,
    "paper": _paper,
    "presets": _presets,
}
"""The check of every key of a row."""

REQUIRED = ("kind", "name", "target", "summary")
"""The keys that a row must have."""

PRESET = ("summary", "defaults", "tags", "paper")
"""What a preset may say; the rest is its row's."""

KIND_CHECKS: dict[str, Callable[[Any], Fault]] = {
    "name": _matching(re.compile(r"[a-z0-9]+(-[a-z0-9]+)*/[a-z][a-z0-9]*(-[a-z0-9]+)*"), "key/kind", "acme/curriculum"),
    "plural": _text,
    "summary": _text,
    "called_with": _text,
    "interface": _target,
    "accepts": _list_of(_target, "classes"),
    "checks": _target,
    "blueprints": _list_of(_folder, "folders"),
}
"""The check of every key of a kind that a plugin declares (see `quorate.registry.kinds.Kind`)."""

KIND_REQUIRED = ("name", "plural", "summary", "called_with")
"""The keys that such a kind must have."""
