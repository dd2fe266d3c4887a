"""Fill in defaults: those of settings dataclasses and those of manifest rows, below what the user gives."""

import dataclasses
import functools
import re
import types
import typing
from typing import Any

from quorate.config.conform import found
from quorate.config.elsewhere import Elsewhere
from quorate.config.interpolation import has_reference
from quorate.config.resolved import plain
from quorate.config.resolver import Resolver
from quorate.documents import KeyPath, Places, show
from quorate.errors import ConfigError, QuorateError
from quorate.interpreters import find_interpreter
from quorate.nearest import few, nearest
from quorate.registry import Registry, Row
from quorate.settings import REQUIRED, RunReference

_LONE = re.compile(r"\$\{[^{}]*\}")
"""A reference that is all of a value."""


@dataclasses.dataclass
class Expander:
    """Expands one configuration.

    Attributes:
        registry: finds components.
        places: knows where values come from, and learns where defaults do.
        given: what the user gives, for references to whole components.
        rows: the row of every component, by its key path; filled in by `expand`.
        elsewhere: likewise, the components that live in another interpreter.
        whole: what the configuration is of, for messages.
    """

    registry: Registry
    places: Places
    given: dict[str, Any]
    rows: dict[KeyPath, Row] = dataclasses.field(default_factory=dict)
    elsewhere: dict[KeyPath, Elsewhere] = dataclasses.field(default_factory=dict)
    whole: str = "a run"

    def expand(self, cls: type[Any], given: dict[str, Any], path: KeyPath = ()) -> dict[str, Any]:
        """Every setting of a dataclass as plain data, references left as they are.

        Raises:
            ConfigError: a key or a component is unknown, or a value has the wrong shape.
        """
        fields = {field.name: field for field in dataclasses.fields(cls) if field.init}
        for key in given:
            if key not in fields:
                self._unknown(key, list(fields), path)
        hints = typing.get_type_hints(cls)
        result = {}
        for name, field in fields.items():
            value = given[name] if name in given else _default(field)
            result[name] = self._value(field, hints[name], value, (*path, name))
        return result

    def component(self, kind: str, value: Any, path: KeyPath, default: Any = None) -> Any:
        """A component as ``{name: ..., every setting}``."""
        value = self._named(kind, value, path, default)
        if kind == "environment" and (interpreter := self._interpreter(value, path)) is not None:
            return self._expand_elsewhere(interpreter, value, path)
        row = self._find(kind, value["name"], path)
        self.rows[path] = row
        given = {key: item for key, item in value.items() if key != "name"}
        if kind == "environment":
            given.pop("interpreter", None)
        given = self._below(dict(row.defaults), given, path, row)
        cls = self.registry.settings_class(row)
        return {"name": row.name, **self.expand(cls, given, path)}

    def _interpreter(self, value: dict[str, Any], path: KeyPath) -> Any:
        """The name of the interpreter that an environment is to live in, if it is another."""
        name = value.get("interpreter")
        return self._follow(str(name), (*path, "interpreter")) if has_reference(name) else name

    def _expand_elsewhere(self, interpreter: Any, value: dict[str, Any], path: KeyPath) -> dict[str, Any]:
        try:
            python = find_interpreter(interpreter, self.registry.interpreters)
        except ConfigError as error:
            if error.where:  # the user's settings have a mistake
                raise
            at = (*path, "interpreter")
            raise self.places.error(error.problem, at, choices=error.choices, fix=error.fix) from error
        other = self.elsewhere[path] = Elsewhere(interpreter, python, self.registry, self.places, path)
        mine = {key: item for key, item in value.items() if key != "interpreter"}
        tree, self.rows[path] = other.expand(mine, self.given)
        return tree

    def _value(self, field: Any, hint: Any, value: Any, path: KeyPath) -> Any:
        kind = field.metadata.get("kind")
        inner, many, optional = _shape(hint)
        if kind is None and inner is None:
            return value
        if _stands_for_another(inner, value):
            value = self._follow(value, path)
        if value is None and optional:
            return None
        if not many:
            return self._one(kind, inner, value, path, _default(field))
        if value == REQUIRED:
            raise self.places.error("This value is missing.", path, fix=f"Give {show(path)}: a list.")
        if kind is not None and isinstance(value, (str, dict)):
            value = [value]  # one component stands for a list of one
        if not isinstance(value, list):
            fix = f"Write [{value}]." if isinstance(value, str) else "Begin each entry with a dash."
            raise self.places.error(f"Expected a list, found {found(value)}.", path, fix=fix)
        return [self._one(kind, inner, item, (*path, index), None) for index, item in enumerate(value)]

    def _one(self, kind: str | None, inner: Any, value: Any, path: KeyPath, default: Any) -> Any:
        if _stands_for_another(inner, value):
            value = self._follow(value, path)
        if kind is not None:
            return self.component(kind, value, path, default)
        if inner is RunReference:
            value = self._run(value, path)
        if not isinstance(value, dict):
            keys = [field.name for field in dataclasses.fields(inner)]
            fix = f"Write {show(path)}: {{{keys[0] if keys else ''}: ...}}."
            raise self.places.error(f"Expected a mapping, found {found(value)}.", path, choices=keys, fix=fix)
        return self.expand(inner, _over(default, value), path)

    def _run(self, value: Any, path: KeyPath) -> Any:
        """A reference to a run as its mapping; a path alone is its folder."""
        if value == REQUIRED:
            raise self.places.error("The run is missing.", path, fix=f"Give {show(path)}: the path of a run's folder.")
        return {"folder": value} if isinstance(value, str) else value

    def _follow(self, value: str, path: KeyPath) -> Any:
        """A reference that stands for a whole component or section, looked up in what the user gives."""
        try:
            return self._references.text(value)
        except ConfigError as error:
            fix = (
                error.fix if "grow" in error.problem else "Refer to the full path of a key that the file itself gives."
            )
            raise self.places.error(error.problem, path, fix=fix) from None

    @functools.cached_property
    def _references(self) -> Resolver:
        return Resolver(self.given, Places(self.places.file, ConfigError))

    def _named(self, kind: str, value: Any, path: KeyPath, default: Any) -> dict[str, Any]:
        """A component's mapping with a name; a lone name is short for ``{name: ...}``."""
        if isinstance(value, str):
            value = {"name": value}
        if not isinstance(value, dict):
            fix = f"Write {show(path)}: {{name: ...}}; `quorate list {kind}` shows the names."
            raise self.places.error(f"Expected a component of the kind {kind}, found {found(value)}.", path, fix=fix)
        base = default if isinstance(default, dict) else {}
        value = {**base, **value} if "name" not in value else dict(value)
        name = value.get("name", REQUIRED)
        if has_reference(name):
            name = self._follow(name, (*path, "name"))
        if name == REQUIRED:
            names = few(self.registry.choices(kind, self._facts()), f"`quorate list {kind}`")
            problem = f"The {kind} is missing." if len(path) == 1 else f"This component of the kind {kind} has no name."
            raise self.places.error(problem, path, choices=names, fix=f"Write {show(path)}: {{name: ...}}.")
        if not isinstance(name, str):
            raise self.places.error(f"Expected a name, found {found(name)}.", (*path, "name"), fix="Put it in quotes.")
        return {**value, "name": name}

    def _find(self, kind: str, name: str, path: KeyPath) -> Row:
        try:
            return self.registry.find(kind, name)
        except QuorateError as error:
            choices = error.choices
            if choices and not self.registry.kinds_of(name):
                fitting = self.registry.choices(kind, self._facts())
                choices = nearest(name, fitting) or few(fitting, f"`quorate list {kind}`")
            raise self.places.error(error.problem, (*path, "name"), choices=choices, fix=error.fix) from error

    def _facts(self) -> dict[str, Any]:
        """What is known of the run's environment, which is expanded first; an error suggests nothing else."""
        row = self.rows.get(("environment",))
        return {} if row is None else dict(row.tags)

    def _below(self, defaults: dict[str, Any], given: dict[str, Any], path: KeyPath, row: Row) -> dict[str, Any]:
        """The row's defaults with what is given on top of them."""
        result = dict(defaults)
        for key, value in given.items():
            base = result.get(key)
            if isinstance(base, str) and isinstance(value, dict) and "name" not in value:
                base = {"name": base}
            if isinstance(base, dict) and isinstance(value, dict) and value.get("name") in (None, base.get("name")):
                value = self._below(base, value, (*path, key), row)
            result[key] = value
        for key in defaults.keys() - given.keys():
            self.places.known.setdefault((*path, key), f"the defaults of {row.name!r}: {row.where}")
        return result

    def _unknown(self, key: str, keys: list[str], path: KeyPath) -> None:
        if path == () and key == "seeds" and "seed" in keys:
            fix = "Write seed, one number, as in seed=1; several seeds are what `quorate compare` runs."
            raise self.places.error(
                "There is no key 'seeds' in a run, which has one.", (key,), choices=["seed"], fix=fix
            )
        if (*path, key) == ("algorithm", "evaluation"):
            problem = "How a run is evaluated is not a setting of its algorithm, since version 0.2."
            fix = "Move it to the section `evaluation` of the run: episodes, environments and mode are there now."
            raise self.places.error(problem, (*path, key), fix=fix)
        row = self.rows.get(path)
        owner = f"the {row.kind} {row.name!r}" if row else show(path) or self.whole
        close = nearest(key, keys)
        fix = f"Write {close[0]!r}, or remove it." if close else "Remove it."
        if row and not close:
            fix = f"Remove it; setting {show(path)} to a name alone starts from that component's defaults."
        none = "" if keys else f" {owner[0].upper()}{owner[1:]} has no settings."
        raise self.places.error(
            f"There is no key '{key}' in {owner}.{none}", (*path, key), choices=close or keys, fix=fix
        )


def section(hint: Any) -> Any:
    """The settings dataclass inside an annotation such as ``X``, ``X | None`` or ``list[X]``, or None."""
    return _shape(hint)[0]


def _shape(hint: Any) -> tuple[Any, bool, bool]:
    """The dataclass in an annotation (or None), whether it is in a list, and whether null is allowed."""
    optional = False
    if typing.get_origin(hint) in (typing.Union, types.UnionType):
        arms = [arm for arm in typing.get_args(hint) if arm is not type(None)]
        optional = len(arms) < len(typing.get_args(hint))
        hint = arms[0] if len(arms) == 1 else None
    optional = optional or hint in (Any, object)
    many = hint is list or typing.get_origin(hint) is list
    inner = next(iter(typing.get_args(hint)), None) if many else hint
    return (inner if isinstance(inner, type) and dataclasses.is_dataclass(inner) else None), many, optional


def _stands_for_another(inner: Any, value: Any) -> bool:
    """Whether a value is a reference to a whole component or section; in a path, it is to text."""
    return has_reference(value) and (inner is not RunReference or bool(_LONE.fullmatch(value)))


def _over(default: Any, value: dict[str, Any]) -> dict[str, Any]:
    """A section's own defaults, which may differ from those of its dataclass, with what is given on top of them."""
    if not isinstance(default, dict):
        return value
    merged = {**default, **value}
    for key, base in default.items():
        given = value.get(key)
        if isinstance(base, dict) and isinstance(given, dict) and "name" not in {*base, *given}:
            merged[key] = _over(base, given)
    return merged


def _default(field: Any) -> Any:
    if field.default is not dataclasses.MISSING:
        return plain(field.default)
    if field.default_factory is not dataclasses.MISSING:
        return plain(field.default_factory())
    return REQUIRED
