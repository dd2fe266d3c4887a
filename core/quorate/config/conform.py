"""Whether a plain value fits a type annotation and the limits of a setting.

Strict: nothing is converted but whole numbers to floats, lists to tuples, names to members of an `Enum`, and text to
absolute paths where the annotation is `Path`.
"""

import dataclasses
import math
import operator
import re
import types
import typing
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from enum import Enum
from pathlib import Path
from typing import Any

from quorate import paths
from quorate.documents import parse_document
from quorate.errors import ConfigError, QuorateError

_NAMES = {
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    str: "text",
    Path: "text",
    type(None): "null",
}

_WORDS = {"yes": True, "no": False, "on": True, "off": False, "true": True, "false": False, "1": True, "0": False}
"""What people write for true and false."""

_LARGEST, _WHOLE = 3.4e38, 2**63
"""What float32 and int64 hold: a greater setting would become infinite, or fail, once tensors are made of it."""

_RULES: dict[str, tuple[Callable[[float, float], bool], str]] = {
    "minimum": (operator.ge, "at least"),
    "maximum": (operator.le, "at most"),
    "above": (operator.gt, "greater than"),
    "below": (operator.lt, "less than"),
}


class MisfitError(Exception):
    """A value does not fit: what is wrong, where below the setting, valid choices and a fix."""

    def __init__(self, problem: str, *, at: tuple[str | int, ...] = (), choices: Sequence[str] = (), fix: str = ""):
        super().__init__(problem)
        self.problem, self.at, self.choices, self.fix = problem, at, tuple(choices), fix or None

    def inside(self, key: str | int) -> "MisfitError":
        """The same, seen from one level further out."""
        return MisfitError(self.problem, at=(key, *self.at), choices=self.choices, fix=self.fix or "")


def conform(hint: Any, value: Any) -> Any:
    """The value as the annotation wants it.

    Raises:
        MisfitError: it does not fit.
    """
    origin = typing.get_origin(hint)
    if hint is Any or hint is object:
        return value
    if origin in (typing.Union, types.UnionType):
        return _union(hint, value)
    if isinstance(hint, type) and issubclass(hint, Enum):
        return _member(hint, value)
    if hint is Path:
        return _path(value)
    if hint in _NAMES:
        return _scalar(hint, value)
    base = origin or hint
    if base in (list, tuple, Sequence):
        return _items(base, typing.get_args(hint), value)
    if base in (dict, Mapping):
        return _mapping(typing.get_args(hint), value)
    raise MisfitError(
        f"The annotation {hint!r} of this setting is not supported.", fix="Its author must use plain types."
    )


def label(member: Enum) -> str:
    """How a member of an Enum is written in YAML."""
    return member.value if isinstance(member.value, str) else member.name


def found(value: Any) -> str:
    """What a value is, for messages."""
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list):
        return "a list"
    text = "null" if value is None else str(value).lower() if isinstance(value, bool) else repr(value)
    kind = "the text " if isinstance(value, str) else ""
    return kind + (text if len(text) <= 80 else text[:77] + "...")


def _sentence(text: str) -> str:
    """With a capital at its beginning, and what a user wrote as it is."""
    return text[:1].upper() + text[1:]


def describe(hint: Any) -> str:
    """What an annotation asks for, in words."""
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        return " or ".join(describe(arm) for arm in arguments)
    if isinstance(hint, type) and issubclass(hint, Enum):
        return "one of " + ", ".join(map(label, hint))
    if dataclasses.is_dataclass(hint):
        return "a mapping"
    if (origin or hint) in (list, tuple, Sequence):
        return "a list"
    return "a mapping" if (origin or hint) in (dict, Mapping) else _NAMES.get(hint, str(hint))


def check_limits(value: Any, limits: Mapping[str, Any]) -> None:
    """Hold a value, or each element of a list or mapping, against ``minimum``, ``maximum``, ``above``, ...

    Raises:
        MisfitError: it is outside.
    """
    choices = limits.get("choices")
    if choices is not None and value is not None and value not in choices and not isinstance(value, (list, tuple)):
        names = [label(choice) if isinstance(choice, Enum) else str(choice) for choice in choices]
        raise MisfitError(f"{_sentence(found(value))} is no valid choice.", choices=names)
    if isinstance(value, (list, tuple, dict)):
        for key, item in value.items() if isinstance(value, dict) else enumerate(value):
            try:
                check_limits(item, limits)
            except MisfitError as misfit:
                raise misfit.inside(key) from None
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        _check_number(value, limits)


def _check_number(value: float, limits: Mapping[str, Any]) -> None:
    if isinstance(value, int) and not -_WHOLE <= value < _WHOLE:
        raise MisfitError("Whole numbers have at most 64 bits.", fix=f"Give a number below {_WHOLE}.")
    for name, (holds, words) in _RULES.items():
        limit = limits.get(name)
        if limit is not None and not holds(value, limit):
            raise MisfitError(f"{value} is out of range: it must be {words} {limit}.", fix=f"Give {_range(limits)}.")


def _range(limits: Mapping[str, Any]) -> str:
    """``a number that is at least 0 and less than 1``."""
    words = [f"{words} {limits[name]}" for name, (_, words) in _RULES.items() if limits.get(name) is not None]
    return f"a number that is {' and '.join(words)}"


def _scalar(hint: type, value: Any) -> Any:
    if hint is float and type(value) in (int, float):
        return _number(value)
    if type(value) is hint:
        return value
    raise MisfitError(f"Expected {_NAMES[hint]}, found {found(value)}.", fix=_hint(hint, value))


def _path(value: Any) -> Path:
    try:
        return paths.absolute(_scalar(str, value))
    except ValueError as error:
        raise MisfitError(str(error), fix=paths.FIX) from None


def _number(value: float) -> float:
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        shown = value if isinstance(value, float) else "one that is too large"
        raise MisfitError(f"Expected a finite number, found {shown}.", fix="Give a finite number.")
    if abs(number) > _LARGEST:
        raise MisfitError(f"{value:g} is beyond float32, in which all is computed.", fix=f"Give at most {_LARGEST}.")
    return number


def _hint(hint: type, value: Any) -> str:
    if hint is str and value is not None and not isinstance(value, (dict, list)):
        return f'Put it in quotes: "{str(value).lower() if isinstance(value, bool) else value}".'
    if hint is int and isinstance(value, float) and math.isfinite(value) and value.is_integer():
        return f"Write {int(value)}."
    if hint in (int, float) and isinstance(value, str):
        return _number_hint(hint, value)
    if hint is bool and (word := str(value).strip().lower()) in _WORDS:
        return f"Write {str(_WORDS[word]).lower()}."
    return ""


def _number_hint(hint: type, text: str) -> str:
    """How to write a number that is given as text; what YAML takes for text without quotes too is spelt out."""
    number = _read_number(text)
    if number is None or (hint is int and not math.isfinite(number)):
        return "" if number is None else "Give a whole number."
    if not math.isfinite(number):
        return "Give a finite number."
    with suppress(QuorateError):
        if type(parse_document(text, "", ConfigError)[0]) in (hint, int):
            return f"Write {text.strip()} without quotes."
    if hint is int and number != int(number):
        return ""
    return f"Write {int(number) if hint is int or isinstance(number, int) else number}."


def _read_number(text: str) -> float | None:
    """A number however people write it: 1_000, 1,000, 1e3, 0x10, .5."""
    digits = text.strip().replace("_", "")
    digits = digits.replace(",", "") if re.fullmatch(r"[-+]?\d{1,3}(,\d{3})+(\.\d*)?", digits) else digits
    for read in (lambda: int(digits, 0), lambda: float(digits)):
        with suppress(ValueError):
            return read()
    return None


def _union(hint: Any, value: Any) -> Any:
    misfits = []
    arms = typing.get_args(hint)
    for arm in sorted(arms, key=lambda arm: arm is not type(value)):
        try:
            return conform(arm, value)
        except MisfitError as misfit:
            misfits.append((arm, misfit))
    real = [misfit for arm, misfit in misfits if arm is not type(None)]
    shaped = [misfit for arm, misfit in misfits if isinstance(value, dict | list) and _shape(arm) is type(value)]
    if value is not None and len(shaped or real) == 1:  # what is meant is clear, and only a part of it is wrong
        raise (shaped or real)[0]
    fixes = [misfit.fix for arm, misfit in misfits if arm in _NAMES and misfit.fix and isinstance(value, str)]
    raise MisfitError(f"Expected {describe(hint)}, found {found(value)}.", fix=(fixes or [""])[0])


def _shape(arm: Any) -> type | None:
    base = typing.get_origin(arm) or arm
    return dict if base in (dict, Mapping) else list if base in (list, tuple, Sequence) else None


def _member(hint: type[Enum], value: Any) -> Enum:
    for member in hint:
        if isinstance(value, str) and value == label(member):
            return member
    raise MisfitError(f"{_sentence(found(value))} is no valid choice.", choices=[label(member) for member in hint])


def _items(base: Any, arguments: tuple[Any, ...], value: Any) -> Any:
    if not isinstance(value, list):
        fix = f"Write [{value}]." if isinstance(value, (int, float, str)) else ""
        raise MisfitError(f"Expected a list, found {found(value)}.", fix=fix)
    fixed = base is tuple and arguments and arguments[-1] is not Ellipsis
    if fixed and len(arguments) != len(value):
        raise MisfitError(f"Expected a list of {len(arguments)} values, found {len(value)}.")
    hints = arguments if fixed else [arguments[0] if arguments else Any] * len(value)
    items = [_inner(hint, item, index) for index, (hint, item) in enumerate(zip(hints, value, strict=True))]
    return tuple(items) if base is tuple else items


def _mapping(arguments: tuple[Any, ...], value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise MisfitError(f"Expected a mapping, found {found(value)}.")
    hint = arguments[1] if arguments else Any
    return {key: _inner(hint, item, key) for key, item in value.items()}


def _inner(hint: Any, value: Any, key: str | int) -> Any:
    try:
        return conform(hint, value)
    except MisfitError as misfit:
        raise misfit.inside(key) from None
