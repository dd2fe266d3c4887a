"""What the value of each key of a manifest's row must look like."""

import re
from collections.abc import Callable
from typing import Any

from quorate.conventions import EvaluationActions
from quorate.nearest import nearest
from quorate.registry import fit
from quorate.registry.kinds import KINDS

_NAME = re.compile(r"[a-z0-9]+([._-][a-z0-9]+)*(/[a-z0-9]+([._-][a-z0-9]+)*)*")
_TARGET = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)*:[^\W\d]\w*(\.[^\W\d]\w*)*")
_ARXIV = re.compile(r"arXiv:\d{4}\.\d{4,5}")
_PACKAGE = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)*")

Fault = tuple[str, ...] | None
"""What is wrong with a value, how to mend it, and any valid choices; None where nothing is."""


def _kind(value: Any) -> Fault:
    if isinstance(value, str) and (value in KINDS or ("/" in value and _NAME.fullmatch(value))):
        return None  # a plugin's kind is looked up when all manifests are read
    close = nearest(str(value), KINDS)
    fix = f"Did you mean {close[0]!r}?" if close else "Choose one of these kinds."
    return (f"is {value!r}, which is no kind", fix, *KINDS)


def _must(fits: Callable[[Any], object], what: str, fix: str) -> Callable[[Any], Fault]:
    return lambda value: None if fits(value) else (f"must be {what}, not {value!r}", fix)


def _like(pattern: re.Pattern[str]) -> Callable[[Any], object]:
    return lambda value: isinstance(value, str) and pattern.fullmatch(value)


def _matching(pattern: re.Pattern[str], what: str, example: str) -> Callable[[Any], Fault]:
    return _must(_like(pattern), what, f"Write it like {example!r}.")


def _list(value: Any, fits: Callable[[Any], object]) -> bool:
    return isinstance(value, (list, tuple)) and all(map(fits, value))


text = _must(
    lambda value: isinstance(value, str) and value.strip(),
    "text",
    "Write one line of text; put quotes around it where it looks like a number.",
)
_mapping = _must(
    lambda value: isinstance(value, dict) and all(isinstance(key, str) for key in value),
    "a mapping",
    "Write it like '{key: value}'.",
)
_packages = _must(
    lambda value: _list(value, _like(_PACKAGE)), "a list of packages", "Write it like '[package_a, package_b.part]'."
)
modules = _must(
    lambda value: _list(value, lambda item: isinstance(item, str) and item.isidentifier()),
    "a list of top-level modules",
    "Write it like '[module_a, module_b]'.",
)
interpreter_name = _matching(_NAME, "lower case words joined by '-', '_', '.' or '/'", "acme")
_seconds = _must(
    lambda value: isinstance(value, (int, float)) and not isinstance(value, bool) and 0 < value < float("inf"),
    "a number of seconds above 0",
    "Write it like '1800'.",
)
_paper = _must(
    lambda value: (
        _like(_ARXIV)(value) or (isinstance(value, dict) and set(value) == {"bibtex"} and text(value["bibtex"]) is None)
    ),
    "an arXiv identifier or a BibTeX entry",
    "Write 'arXiv:2410.13953', or '{bibtex: \"@article{...}\"}'.",
)
_presets = _must(
    lambda value: _mapping(value) is None and value and all(_mapping(item) is None for item in value.values()),
    "a mapping of presets, each of them a mapping",
    "Write it like '{small-v1: {summary: ..., defaults: {...}}}'.",
)


def _tags(value: Any) -> Fault:
    if (fault := _mapping(value)) is not None:
        return fault
    said = value.get("evaluation_actions")
    if said is not None and said not in list(EvaluationActions):
        return (f"has {said!r} for evaluation_actions", "Choose one of these words.", *EvaluationActions)
    for key in ("gives", "policy_gives"):
        words = value.get(key, [])
        if not isinstance(words, list) or not set(map(str, words)) <= set(fit.GIVES):
            return (f"has {words!r} for {key}", "Give a list of these words.", *fit.GIVES)
    return fit.fault(value["requires"]) if "requires" in value else None


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
    "summary": text,
    "settings": _target,
    "defaults": _mapping,
    "tags": _tags,
    "allow": _packages,
    "extra": text,
    "needs": modules,
    "install": text,
    "interpreter": interpreter_name,
    "start_timeout": _seconds,
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
    "plural": text,
    "summary": text,
    "called_with": text,
    "interface": _target,
    "accepts": _list_of(_target, "classes"),
    "checks": _target,
    "blueprints": _list_of(_folder, "folders"),
}
"""The check of every key of a kind that a plugin declares (see `quorate.registry.kinds.Kind`)."""

KIND_REQUIRED = ("name", "plural", "summary", "called_with")
"""The keys that such a kind must have."""
