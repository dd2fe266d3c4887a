"""Other Python interpreters: what configurations call them, the user's own settings file, and a worker in one.

A YAML file of a run may name an interpreter and never say where it is, because whoever says that says which program is
run. Only the user does: in a settings file of their own, or by ``--interpreter NAME=PATH``.
"""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

from quorate import paths
from quorate.errors import ConfigError
from quorate.nearest import nearest

if TYPE_CHECKING:
    from quorate.documents import KeyPath, Places
    from quorate.registry.rows import Row

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
START_TIMEOUT = 900.0
_PYTHONS = ("bin/python", "bin/python3")


class Crossing(StrEnum):
    """What tensors cross in between two interpreters."""

    AUTO = "auto"
    """Memory of a GPU, where both have it; else of the host."""
    SHARED_MEMORY = "shared-memory"
    CUDA = "cuda"


@dataclass(frozen=True)
class UserSettings:
    """What a user's own settings file says.

    Attributes:
        interpreters: paths of Python interpreters, or of virtual environments, by name.
        interpreter_timeout: seconds that one command to another interpreter may take, such as a step of all rows.
        interpreter_start_timeout: seconds until another interpreter has built an environment; None: what the plugin
            says, else `START_TIMEOUT`.
        variables: of the environment of processes, by the interpreter's name: where a simulator finds what it needs.
        interpreter_spin: seconds that both sides wait for a message without sleeping; 0 never does.
        interpreter_transport: what tensors cross in.
        file: where it was read from.
    """

    interpreters: Mapping[str, str] = field(default_factory=dict)
    interpreter_timeout: float = 300.0
    interpreter_start_timeout: float | None = None
    variables: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    interpreter_spin: float = 0.0005
    interpreter_transport: Crossing = Crossing.AUTO
    file: Path = Path()


@dataclass(frozen=True)
class Interpreter:
    """The other interpreter that a component lives in, and what was found of the component there.

    Attributes:
        name: as configurations call it.
        path: of the executable; it is in no file that Quorate writes.
        row: the component's row of a manifest there.
        versions: of Python, Quorate and other distributions there.
        origin: from which the registry there is made (`Registry.origin`).
    """

    name: str
    path: str
    row: "Row"
    versions: Mapping[str, str]
    origin: Mapping[str, Any]


def settings_file() -> Path:
    """The user's settings: ``QUORATE_SETTINGS``, else ``settings.yaml`` in the user's folder for applications."""
    if given := os.environ.get("QUORATE_SETTINGS"):
        return Path(given)
    import click

    return Path(click.get_app_dir("quorate")) / "settings.yaml"


def user_settings() -> UserSettings:
    """Read the user's settings; without a file, they are the defaults.

    Raises:
        ConfigError: the file is malformed, or says something that no user's settings say, naming file and line.
    """
    from quorate.documents import read_document

    file = settings_file()
    if not file.exists() and "QUORATE_SETTINGS" not in os.environ:
        return UserSettings(file=file)
    data, places = read_document(file, ConfigError)
    if data is None:
        return UserSettings(file=file)
    if not isinstance(data, dict):
        raise places.error("The user's settings must be a mapping.", (), fix="Write 'interpreters: {NAME: PATH}'.")
    times = ("interpreter_timeout", "interpreter_start_timeout", "interpreter_spin")
    keys = ("interpreters", *times, "interpreter_transport")
    for key in data:
        if key not in keys:
            close = nearest(key, keys)
            fix = f"Write {close[0]!r}, or remove it." if close else "Remove it."
            raise places.error(f"There is no key {key!r} in a user's settings.", (key,), choices=close or keys, fix=fix)
    seconds = {key: _seconds(data[key], key, places) for key in times if key in data}
    interpreters, variables = _interpreters(data.get("interpreters"), places, file.parent)
    transport = _transport(data.get("interpreter_transport", Crossing.AUTO), places)
    more: dict[str, Any] = {"interpreter_transport": transport, **seconds}
    return UserSettings(interpreters, file=file, variables=variables, **more)


def _transport(value: Any, places: "Places") -> Crossing:
    choices = [crossing.value for crossing in Crossing]
    if value not in choices:
        fix = f"Write one of {', '.join(choices)}."
        raise places.error(f"{value!r} is no transport.", ("interpreter_transport",), choices=choices, fix=fix)
    return Crossing(value)


def _seconds(value: Any, key: str, places: "Places") -> float:
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if not number or not 0 <= value < float("inf") or (value == 0 and key != "interpreter_spin"):
        least = "0 or more" if key == "interpreter_spin" else "greater than 0"
        raise places.error(f"{value!r} is no number of seconds.", (key,), fix=f"Give a number {least}.")
    return float(value)


def _interpreters(value: Any, places: "Places", folder: Path) -> tuple[dict[str, str], dict[str, dict[str, str]]]:
    """Paths and variables by name; relative paths are from the file's folder."""
    if value is None:
        return {}, {}
    if not isinstance(value, dict):
        raise places.error("The interpreters must be a mapping.", ("interpreters",), fix="Write 'NAME: PATH' lines.")
    found, variables = {}, {}
    for name, said in value.items():
        at: KeyPath = ("interpreters", name)
        if not _NAME.fullmatch(name):
            raise places.error(f"{name!r} is no name of an interpreter.", at, fix="Use letters, digits, '_' and '-'.")
        path = said
        if isinstance(said, dict):
            path, variables[name] = _in_full(said, places, at)
            at = (*at, "path")
        if not isinstance(path, str) or not path:
            fix = "Give the path of a Python executable or of a virtual environment, in quotes if need be."
            raise places.error(f"{path!r} is no path.", at, fix=fix)
        try:
            found[name] = str(paths.absolute(path, folder))
        except ValueError as error:
            raise places.error(str(error), at, fix=paths.FIX) from None
    return found, variables


def _in_full(said: dict[str, Any], places: "Places", at: "KeyPath") -> tuple[Any, dict[str, str]]:
    """The path and the variables of ``{path: ..., variables: {NAME: TEXT}}``."""
    keys = ("path", "variables")
    for key in said:
        if key not in keys:
            fix = "Write {path: PATH, variables: {NAME: TEXT}}."
            raise places.error(f"There is no key {key!r} in an interpreter.", (*at, key), choices=keys, fix=fix)
    if "path" not in said:
        raise places.error("The interpreter has no path.", at, fix="Add 'path: PATH'.")
    variables = said.get("variables") or {}
    inside = (*at, "variables")
    if not isinstance(variables, dict):
        raise places.error("The variables must be a mapping.", inside, fix="Write {NAME: TEXT}.")
    for name, text in variables.items():
        if not _VARIABLE.fullmatch(name) or not isinstance(text, (str, int, float)) or "\0" in str(text):
            raise places.error(f"{name}: {text!r} is no variable.", (*inside, name), fix="Write NAME: TEXT.")
    return said["path"], {name: str(text) for name, text in variables.items()}


def parse_interpreter(text: str) -> tuple[str, str]:
    """The name and the absolute path in ``NAME=PATH``, as ``--interpreter`` takes it.

    Raises:
        ConfigError: it is not of that form.
    """
    name, equals, path = text.partition("=")
    if not equals or not path or not _NAME.fullmatch(name):
        fix = "Write it like isaac=PATH, the path being a Python executable or a virtual environment."
        raise ConfigError(f"{text!r} gives no interpreter a meaning.", where="--interpreter", fix=fix)
    try:
        return name, str(paths.absolute(path))
    except ValueError as error:
        raise ConfigError(str(error), where="--interpreter", fix=paths.FIX) from None


def check_name(name: Any) -> str:
    """The name of an interpreter, as a configuration may give it.

    Raises:
        ConfigError: it is none, for instance a path.
    """
    if isinstance(name, str) and _NAME.fullmatch(name):
        return name
    fix = "Give a name, and say what it means with --interpreter NAME=PATH: a configuration can not say what is run."
    raise ConfigError(f"{name!r} is no name of an interpreter.", fix=fix)


def known_interpreters(given: Mapping[str, str]) -> dict[str, str]:
    """Paths by name: those of the user's settings, and on top of them those given for one call."""
    return {**user_settings().interpreters, **given}


def find_interpreter(name: str, given: Mapping[str, str]) -> str:
    """The Python executable that a name means.

    Args:
        name: of the interpreter.
        given: meanings for this call, which win over the user's settings.

    Raises:
        ConfigError: the name has no meaning, or what it means is no executable.
    """
    check_name(name)
    known = known_interpreters(given)
    if name not in known:
        fix = (
            f"Say what it means: for one call with --interpreter {name}=PATH (a Python executable or a virtual "
            f"environment), or for all with the lines 'interpreters:' and '  {name}: PATH' in {settings_file()}."
        )
        problem = f"Nobody has said what the interpreter {name!r} is."
        raise ConfigError(problem, choices=nearest(name, list(known)) or list(known), fix=fix)
    path = Path(known[name])
    candidates = [path / python for python in _PYTHONS] if path.is_dir() else [path]
    for candidate in candidates:
        if candidate.is_file() and os.access(candidate, os.X_OK):
            return str(candidate)  # not resolved: a virtual environment is known by the link in it
    what = "a folder without bin/python in it" if path.is_dir() else "no file" if not path.exists() else "no executable"
    fix = "Give the path of a Python executable, or of the folder of a virtual environment."
    raise ConfigError(f"The interpreter {name!r} is said to be {path}, which is {what}.", fix=fix)
