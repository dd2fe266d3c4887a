"""Arguments that Python callers give, held against what they must be: the door says in words what YAML says of keys."""

import math
import numbers
import os
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

from quorate.commands import command_line
from quorate.errors import ConfigError
from quorate.paths import there
from quorate.whole import whole_number

LEAST, MOST = -(2**63), 2**63 - 1
"""What 64 bits hold, as settings do."""


def whole(name: str, value: Any, least: int = LEAST, most: int = MOST) -> int:
    """A whole number, numpy's included.

    Raises:
        ConfigError: it is another thing, or outside its limits.
    """
    number = whole_number(value)
    if number is None:
        raise _misfit(name, value, "a whole number")
    if not least <= number <= most:
        problem = f"{name} is {_shown(number)}, but must be at least {least} and at most {most}."
        raise ConfigError(problem, where=name, fix=f"Give a {'larger' if number < least else 'smaller'} number.")
    return number


def between(name: str, value: Any, low: float, high: float, *, ends: bool = True) -> float:
    """A number from `low` to `high`; without `ends`, neither of them.

    Raises:
        ConfigError: it is another thing, or outside.
    """
    if isinstance(value, bool) or not isinstance(value, numbers.Real):
        raise _misfit(name, value, "a number")
    try:
        number = float(value)
    except OverflowError:
        number = math.inf  # or below all limits: outside in any case
    if math.isnan(number):
        raise _misfit(name, value, "a number")
    if not (low <= number <= high if ends else low < number < high):
        words = f"from {low:g} to {high:g}" if ends else f"above {low:g} and below {high:g}"
        raise ConfigError(
            f"{name} is {_shown(value)}, but must be {words}.", where=name, fix="Give a number in between."
        )
    return number


def truth(name: str, value: Any) -> Any:
    """True, false or None, numpy's included; text that says so is none of these.

    Raises:
        ConfigError: it is another thing.
    """
    if value is None or isinstance(value, bool):
        return value
    if str(getattr(value, "dtype", "")) in ("bool", "torch.bool") and not value.shape:
        return bool(value)
    raise _misfit(name, value, "True, False or None")


def one_of(name: str, value: Any, choices: Sequence[Any]) -> None:
    """One of some choices.

    Raises:
        ConfigError: none of them.
    """
    if not any(value is one or (isinstance(value, str) and value == one) for one in choices):
        shown = [str(one) for one in choices if one is not None]
        raise ConfigError(f"{name} is {_shown(value)}.", where=name, choices=shown, fix="Give one of these.")


def text(name: str, value: Any, wanted: str = "a string") -> str:
    """A string, which is called as it is `wanted`.

    Raises:
        ConfigError: it is another thing.
    """
    if isinstance(value, str):
        return value
    raise _misfit(name, value, wanted)


def path(name: str, value: Any, wanted: str = "a path") -> str:
    """A path, as a string; it is called as it is `wanted`.

    Raises:
        ConfigError: it is another thing.
    """
    found = value.__fspath__() if hasattr(value, "__fspath__") else value
    return found if isinstance(found, str) else text(name, found, wanted)


def texts(name: str, values: Sequence[Any]) -> Sequence[str]:
    """Strings, each of which `name` describes.

    Raises:
        ConfigError: one is another thing.
    """
    return [text(name, value) for value in values]


def one_run(command: str, run: str | Path, overrides: Sequence[str]) -> None:
    """Refuse a second run where overrides of the one are expected, such as a shell makes of ``runs/demo/*``.

    Args:
        command: that takes one.
        run: its folder, or one with runs in it.
        overrides: what is given after it.

    Raises:
        ConfigError: one of them is no override, but a folder.
    """
    second = next((text for text in overrides if "=" not in text and (os.sep in text or there(text))), None)
    if second is not None:
        folder = Path(run).parent if Path(run, "config.yaml").is_file() else Path(run)
        fix = f"Give one run; `{command_line(command, folder)}` takes the newest of those in {folder}."
        problem = f"`quorate {command}` takes one run at a time, and this is a second one."
        raise ConfigError(problem, where=second, fix=fix)


def words(name: str, value: Any) -> list[Any]:
    """Several; a string or path that stands alone is one, and not its letters.

    Raises:
        ConfigError: it is another thing.
    """
    if isinstance(value, Collection) and not isinstance(value, str | bytes | Mapping):
        return list(value)
    if isinstance(value, str) or hasattr(value, "__fspath__"):
        return [value]
    raise _misfit(name, value, "a list")


def mapping(name: str, value: Any) -> Mapping[Any, Any]:
    """A mapping.

    Raises:
        ConfigError: it is another thing.
    """
    if isinstance(value, Mapping):
        return value
    raise _misfit(name, value, "a mapping")


def _misfit(name: str, value: Any, wanted: str) -> ConfigError:
    return ConfigError(f"{name} is {_shown(value)}, but must be {wanted}.", where=name, fix=f"Give {wanted}.")


def _shown(value: Any) -> str:
    try:
        shown = repr(value)
    except ValueError:  # Python does not write whole numbers of thousands of digits
        return "a number of thousands of digits"
    return shown if len(shown) <= 60 else f"a {type(value).__name__}"
