"""What the value of each key of a reference result must look like; as `quorate.registry.fields` for components."""

import math
from collections.abc import Callable, Mapping
from typing import Any

from quorate.config.schema import Goal
from quorate.conventions import CHOICES, is_data
from quorate.registry.fields import CHECKS as ROW
from quorate.registry.fields import Fault
from quorate.studies.references.model import CONVENTIONS, Source


def number(value: Any) -> bool:
    """Whether it is a finite number."""
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


def _number(value: Any) -> Fault:
    return None if number(value) else (f"must be a finite number, not {value!r}", "Write a number.")


def _positive(value: Any) -> Fault:
    good = number(value) and value > 0
    return None if good else (f"must be a number above 0, not {value!r}", "Leave it out, or give what was measured.")


def _whole(least: int) -> Callable[[Any], Fault]:
    def check(value: Any) -> Fault:
        if isinstance(value, int) and not isinstance(value, bool) and value >= least:
            return None
        return (f"must be a whole number from {least}, not {value!r}", "Write a whole number.")

    return check


def _seeds(value: Any) -> Fault:
    if value == "unknown" or _whole(1)(value) is None:
        return None
    return (f"must be a whole number from 1, or unknown, not {value!r}", "Write 'seeds: 3' or 'seeds: unknown'.")


def _values(value: Any) -> Fault:
    if isinstance(value, dict) and len(value) > 1 and all(key.isdecimal() and number(v) for key, v in value.items()):
        return None
    fix = 'Write \'values: {"0": 1.5, "1": 1.7}\', the number of the seed in quotes.'
    return (f"must give a finite number for each of at least two seeds, not {value!r}", fix)


def _one_of(choices: type[Source] | type[Goal]) -> Callable[[Any], Fault]:
    def check(value: Any) -> Fault:
        known = [str(choice) for choice in choices]
        return None if value in known else (f"is {value!r}", "Choose one of these.", *known)

    return check


def _texts(value: Any) -> Fault:
    if isinstance(value, list) and value and all(isinstance(item, str) and item.strip() for item in value):
        return None
    return (f"must be a list of texts, not {value!r}", "Write '- ...' before each sentence.")


def _versions(value: Any) -> Fault:
    if isinstance(value, dict) and value and all(isinstance(item, str) for item in value.values()):
        return None
    return (f"must be versions by package, not {value!r}", "Write 'versions: {quorate: \"0.1.0\"}'.")


def _conventions(value: Any) -> Fault:
    if not isinstance(value, dict) or not value:
        return (f"must be a mapping, not {value!r}", "Say at least how the reward is counted: 'reward: ...'.")
    for key, item in value.items():
        if key not in CONVENTIONS:
            return (f"has the key {key!r}", "Use one of these keys.", *CONVENTIONS)
        if not (isinstance(item, str) and item.strip()) and not number(item):
            return (f"has {item!r} for {key!r}", "Write a text or a number.")
        if key in CHOICES and is_data(item) and item not in list(CHOICES[key]):
            return (f"has {item!r} for {key!r}", "Choose one of these words, or write a sentence.", *CHOICES[key])
    return None


def _configuration(value: Any) -> Fault:
    if not isinstance(value, dict) or not value:
        return (f"must be the configuration of a run, or null, not {value!r}", "Write it as in a run's file.")
    for key in ("budget", "seed", "name", "directory"):
        if key in value:
            return (f"sets {key!r}", "Remove it: points have the budgets, and `quorate reproduce` chooses the others.")
    return None


def _points(value: Any) -> Fault:
    good = isinstance(value, list) and value and all(isinstance(item, dict) for item in value)
    return None if good else ("must be a list of mappings", "Write '- {train_steps: ..., values: {...}}'.")


REFERENCE: Mapping[str, Callable[[Any], Fault]] = {
    "name": ROW["name"],
    "summary": ROW["summary"],
    "source": _one_of(Source),
    "paper": ROW["paper"],
    "url": ROW["summary"],
    "configuration": _configuration,
    "simulator": ROW["summary"],
    "metric": ROW["summary"],
    "goal": _one_of(Goal),
    "statistic": ROW["summary"],
    "points": _points,
    "conventions": _conventions,
    "versions": _versions,
    "notes": _texts,
}
"""The check of every key of a reference."""

POINT: Mapping[str, Callable[[Any], Fault]] = {
    "train_steps": _whole(0),
    "environment_steps": _whole(0),
    "values": _values,
    "mean": _number,
    "std": _positive,
    "low": _number,
    "high": _number,
    "read_off": _positive,
    "seeds": _seeds,
    "notes": _texts,
}
"""The check of every key of a point."""
