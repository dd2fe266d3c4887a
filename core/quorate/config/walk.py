"""The one walk from words to objects, over everything that a settings dataclass declares."""

import functools
import re
from collections.abc import Callable
from dataclasses import dataclass, field, fields
from typing import Any

from quorate.config.conform import found
from quorate.config.fit import POLICY
from quorate.config.interpolation import has_reference
from quorate.config.making import check_imports, make_leaf, make_reference, make_settings
from quorate.config.other_interpreter import OtherInterpreter
from quorate.config.resolved import plain
from quorate.config.resolver import Resolver
from quorate.documents import KeyPath, Places, show
from quorate.errors import ConfigError, QuorateError
from quorate.interpreters import find_interpreter
from quorate.nearest import few, nearest
from quorate.registry import Registry, Row
from quorate.registry.fit import serves
from quorate.registry.rows import on_top
from quorate.registry.slots import Slot, slots_of
from quorate.settings import REQUIRED, Component, RunReference

_LONE = re.compile(r"\$\{[^{}]*\}")
"""A reference that is all of a value."""


@dataclass(frozen=True)
class Part:
    """What stands somewhere in a configuration.

    Attributes:
        tree: every setting as plain data, defaults filled in, references left as they are.
        make: the settings, component or value, from `tree` without references; it raises what does not fit.
    """

    tree: Any
    make: Callable[[Any], Any]


@dataclass
class Walk:
    """Walks over one configuration: finds its components, fills in defaults, and knows what each value becomes.

    References may lead to any setting, so that they are resolved between the two halves of a `Part`.

    Attributes:
        registry: finds components.
        places: knows where values come from, and learns where defaults do.
        given: what the user gives, for references to whole components.
        whole: what the configuration is of, for messages.
        alone: it is of one component, whose settings are given without its own key before them.
        rows: the row of every component, by its key path; filled in on the way.
    """

    registry: Registry
    places: Places
    given: dict[str, Any]
    whole: str = "a run"
    alone: bool = False
    rows: dict[KeyPath, Row] = field(default_factory=dict)

    def settings(self, cls: type[Any], given: dict[str, Any], path: KeyPath = ()) -> Part:
        """Every setting of a dataclass.

        Raises:
            ConfigError: a key or a component is unknown, or a value has the wrong shape.
        """
        slots = {slot.name: slot for slot in slots_of(cls)}
        for key in given:
            if key not in slots:
                self._unknown(key, list(slots), path)
        parts = {
            name: self._slot(slot, given[name] if name in given else plain(slot.default), (*path, name))
            for name, slot in slots.items()
        }

        def make(tree: dict[str, Any]) -> Any:
            values = {name: part.make(tree[name]) for name, part in parts.items()}
            return make_settings(cls, values, path, self.places)

        return Part({name: part.tree for name, part in parts.items()}, make)

    def component(self, kind: str, value: Any, path: KeyPath, default: Any = None) -> Part:
        """A component, as ``{name: ..., every setting}``.

        Raises:
            QuorateError: as of `settings`; its making also where its settings name modules that may not be imported.
        """
        value = self._named(kind, value, path, default)
        if kind == "environment" and (interpreter := self._interpreter(value, path)) is not None:
            return self._in_another(interpreter, value, path)
        row = self.rows[path] = self._find(kind, value["name"], path)
        own = {"name"} if kind != "environment" else {"name", "interpreter"}
        given = {key: item for key, item in value.items() if key not in own}
        merged = on_top(dict(row.defaults), given)
        self._note_defaults(merged, given, path, f"the defaults of {row.name!r}: {row.where}")
        part = self.settings(self.registry.settings_class(row), merged, path)

        def make(tree: dict[str, Any]) -> Component:
            component = self.registry.component(row.kind, row.name, part.make(tree))
            check_imports(component, path, self.places)
            return component

        return Part({"name": row.name, **part.tree}, make)

    def _interpreter(self, value: dict[str, Any], path: KeyPath) -> Any:
        """The name of the interpreter that an environment is to live in, if it is another."""
        name = value.get("interpreter")
        return self._follow(str(name), (*path, "interpreter")) if has_reference(name) else name

    def _in_another(self, interpreter: Any, value: dict[str, Any], path: KeyPath) -> Part:
        try:
            python = find_interpreter(interpreter, self.registry.origin["interpreters"])
        except ConfigError as error:
            if error.where:  # the user's settings have a mistake
                raise
            at = (*path, "interpreter")
            raise self.places.error(error.problem, at, choices=error.choices, fix=error.fix) from error
        other = OtherInterpreter(interpreter, python, self.registry, self.places, path)
        mine = {key: item for key, item in value.items() if key != "interpreter"}
        tree, self.rows[path] = other.expand(mine, self.given)
        return Part(tree, other.component)

    def _slot(self, slot: Slot, value: Any, path: KeyPath) -> Part:
        inner, many, optional = slot.shape
        if slot.kind is None and inner is None:
            return Part(value, lambda tree: make_leaf(slot, tree, path, self.places))
        if _stands_for_another(inner, value):
            value = self._follow(value, path)
        if value is None and optional:
            return Part(None, lambda _: None)
        if not many:
            return self._one(slot.kind, inner, value, path, plain(slot.default))
        if value == REQUIRED:
            raise self.places.error("This value is missing.", path, fix=f"Give {show(path)}: a list.")
        if slot.kind is not None and isinstance(value, (str, dict)):
            value = [value]  # one component stands for a list of one
        if not isinstance(value, list):
            fix = f"Write [{value}]." if isinstance(value, str) else "Begin each entry with a dash."
            raise self.places.error(f"Expected a list, found {found(value)}.", path, fix=fix)
        parts = [self._one(slot.kind, inner, item, (*path, index), None) for index, item in enumerate(value)]
        return Part(
            [part.tree for part in parts],
            lambda tree: [part.make(item) for part, item in zip(parts, tree, strict=True)],
        )

    def _one(self, kind: str | None, inner: Any, value: Any, path: KeyPath, default: Any) -> Part:
        if _stands_for_another(inner, value):
            value = self._follow(value, path)
        if kind is not None:
            return self.component(kind, value, path, default)
        if inner is RunReference:
            value = self._run(value, path)
        if not isinstance(value, dict):
            keys = [item.name for item in fields(inner)]
            fix = f"Write {show(path)}: {{{keys[0] if keys else ''}: ...}}."
            raise self.places.error(f"Expected a mapping, found {found(value)}.", path, choices=keys, fix=fix)
        part = self.settings(inner, on_top(default, value) if isinstance(default, dict) else value, path)
        if inner is not RunReference:
            return part
        return Part(part.tree, lambda tree: make_reference(part.make(tree), path, self.places))

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
        value = on_top(base, value) if "name" not in value else dict(value)
        name = value.get("name", REQUIRED)
        if has_reference(name):
            name = self._follow(name, (*path, "name"))
        if name == REQUIRED:
            names = few(self._choices(kind, path), f"`quorate list {kind}`")
            problem = f"The {kind} is missing." if len(path) == 1 else f"This component of the kind {kind} has no name."
            fix = f"Give {show(path[1:])}=NAME." if self.alone else f"Write {show(path)}: {{name: ...}}."
            raise self.places.error(problem, path, choices=names, fix=fix)
        if not isinstance(name, str):
            raise self.places.error(f"Expected a name, found {found(name)}.", (*path, "name"), fix="Put it in quotes.")
        return {**value, "name": name}

    def _find(self, kind: str, name: str, path: KeyPath) -> Row:
        try:
            return self.registry.find(kind, name)
        except QuorateError as error:
            choices = error.choices
            if choices and not self.registry.kinds_of(name) and not self.registry.above_presets(name, kind):
                fitting = self._choices(kind, path)
                choices = nearest(name, fitting) or few(fitting, f"`quorate list {kind}`")
            raise self.places.error(error.problem, (*path, "name"), choices=choices, fix=error.fix) from error

    def _choices(self, kind: str, path: KeyPath) -> list[str]:
        """Names that suit the run's environment, and of its policy the algorithm."""
        names = self.registry.choices(kind, self._facts())
        row = self.rows.get(path[:-1]) if path == POLICY else None
        return [name for name in names if row is None or serves(self.registry.find(kind, name).tags, row.tags)]

    def _facts(self) -> dict[str, Any]:
        """What is known of the run's environment, which is expanded first; an error suggests nothing else."""
        row = self.rows.get(("environment",))
        return {} if row is None else dict(row.tags)

    def _note_defaults(self, merged: dict[str, Any], given: dict[str, Any], path: KeyPath, place: str) -> None:
        """Remember where those values are from that were not given."""
        for key, value in merged.items():
            if key not in given:
                self.places.known.setdefault((*path, key), place)
            elif isinstance(value, dict) and isinstance(given[key], dict):
                self._note_defaults(value, given[key], (*path, key), place)

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


def _stands_for_another(inner: Any, value: Any) -> bool:
    """Whether a value is a reference to a whole component or section; in a path, it is to text."""
    return has_reference(value) and (inner is not RunReference or bool(_LONE.fullmatch(value)))
