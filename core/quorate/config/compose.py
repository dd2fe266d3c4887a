"""Compose a run from a YAML file, overrides and defaults, and check every value of it."""

import dataclasses
import re
import typing
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from quorate.commands import command_line
from quorate.config.conform import MisfitError, check_limits, conform, describe
from quorate.config.expand import Expander, section
from quorate.config.fit import check_fit
from quorate.config.interpolation import check_references
from quorate.config.overrides import apply_overrides
from quorate.config.resolved import ResolvedRun
from quorate.config.resolver import resolve
from quorate.config.schema import RunSettings
from quorate.config.source import read_source, refuse_empty
from quorate.documents import KeyPath, Places, show
from quorate.errors import ConfigError, QuorateError, RunError
from quorate.failures import told_as
from quorate.folders.reference import locate
from quorate.foreign import Foreign, printing_aside, raised_at, text_of, told
from quorate.imports import ImportRefusedError, check_allowed
from quorate.registry import Registry
from quorate.settings import REQUIRED, Component, RunReference

_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,99}")


def compose(source: Path | Mapping[str, Any], overrides: Sequence[str], registry: Registry) -> ResolvedRun:
    """The run that a file describes.

    Args:
        source: the YAML file, or a mapping of what one would hold.
        overrides: ``key.path=value``, set in their order after the file is read.
        registry: finds the components.

    Raises:
        ConfigError: naming the full key path, the file and line (or the command line), and the fix; also where the
            algorithm and the environment do not fit, by their tags.
        ImportRefusedError: settings name a module that may not be imported.
        RegistryError: a component's settings are broken.
    """
    given, places = read_source(source)
    _refuse_comparison(given, places)
    apply_overrides(given, overrides, places)
    refuse_empty(given, places)
    return compose_data(
        given, places, registry, name="run" if isinstance(source, Mapping) else _slug(Path(source).stem)
    )


def _refuse_comparison(given: dict[str, Any], places: Places) -> None:
    found = [key for key in ("base", "variants") if key in given]
    if found and not {"environment", "algorithm"} & given.keys():
        problem = f"This looks like the file of a comparison, not of a run: it has the key {found[0]!r}."
        raise places.error(problem, (found[0],), fix=f"Run it with `{command_line('compare', places.file)}`.")


def compose_data(given: dict[str, Any], places: Places, registry: Registry, *, name: str = "run") -> ResolvedRun:
    """The run that plain data describe (see `compose`).

    Args:
        given: what a file holds.
        places: where each value of it is from, for messages.
        registry: finds the components.
        name: of the run, where the data give none.
    """
    if given.get("name", "") == "":
        given = {**given, "name": name}
    settings: RunSettings = compose_settings(RunSettings, given, places, registry)
    if not _NAME.fullmatch(settings.name):
        fix = "Use letters, digits, '.', '_' and '-'; it becomes the name of a folder."
        raise places.error(f"{settings.name!r} can not name a run.", ("name",), fix=fix)
    run = ResolvedRun(settings, places)
    check_fit(run, registry)
    return run


def compose_settings(
    cls: type[Any], given: dict[str, Any], places: Places, registry: Registry, whole: str = "a run"
) -> Any:
    """An instance of a settings dataclass from plain data: defaults filled in, references resolved, values checked.

    Args:
        cls: the dataclass; its settings may choose components.
        given: plain data.
        places: where each value is from, for messages; learns where defaults are from.
        registry: finds the components.
        whole: what the data describe, for messages.

    Raises:
        QuorateError: as `compose` raises them.
    """
    check_references(given, places)
    expander = Expander(registry, places, given, whole=whole)
    tree = expander.expand(cls, given)
    return Builder(expander).settings(cls, resolve(tree, places), ())


def _slug(stem: str) -> str:
    return re.sub(r"[^A-Za-z0-9._-]+", "-", stem).strip("-.")[:100] or "run"


class Builder:
    """Turns a tree without references into settings, checking types and limits.

    Args:
        expander: that made the tree.
    """

    def __init__(self, expander: Expander) -> None:
        self._registry = expander.registry
        self._places: Places = expander.places
        self._rows, self._elsewhere = expander.rows, expander.elsewhere

    def settings(self, cls: type[Any], tree: dict[str, Any], path: KeyPath) -> Any:
        """An instance of a dataclass of settings.

        Raises:
            ConfigError: a value is missing or does not fit.
        """
        hints = typing.get_type_hints(cls)
        fields = [field for field in dataclasses.fields(cls) if field.init]
        values = {f.name: self._value(f, hints[f.name], tree[f.name], (*path, f.name)) for f in fields}
        try:
            with Foreign(), printing_aside():
                return cls(**values)
        except (ValueError, TypeError, ArithmeticError, LookupError) as error:
            said = text_of(error)
            problem = f"The settings do not fit each other: {said}"
            key = said.split(maxsplit=1)[0].rstrip(":,.") if said else ""
            at = (*path, key) if key in values else path
            raise self._places.error(problem, at, fix="Change one of them.") from error
        except QuorateError:
            raise
        except Exception as error:
            problem = f"The settings can not be made: {told(error)} ({raised_at(error)})."
            raise self._places.error(problem, path, fix=f"The author of {cls.__qualname__} must mend it.") from error

    def _value(self, field: Any, hint: Any, value: Any, path: KeyPath) -> Any:
        kind, inner = field.metadata.get("kind"), section(hint)
        if value is None and (kind is not None or inner is not None):
            return None  # the expansion let it pass, so it is optional
        if kind is not None:
            if isinstance(value, list):
                return [self.component(item, (*path, index)) for index, item in enumerate(value)]
            return self.component(value, path)
        if inner is not None:
            make = self._reference if inner is RunReference else self.settings
            if isinstance(value, list):
                return [make(inner, item, (*path, index)) for index, item in enumerate(value)]
            return make(inner, value, path)
        return self._leaf(field, hint, value, path)

    def _reference(self, cls: type[RunReference], tree: dict[str, Any], path: KeyPath) -> RunReference:
        """What a reference to a run means by now."""
        given: RunReference = self.settings(cls, tree, path)
        try:
            return locate(given)
        except RunError as error:
            at = f"{show(path)} ({self._places.of(path)}); {error.where}"
            raise ConfigError(error.problem, where=at, choices=error.choices, fix=error.fix) from error

    def component(self, tree: dict[str, Any], path: KeyPath) -> Component:
        """A component with its settings.

        Raises:
            ConfigError: as of `settings`; also where its settings name modules that may not be imported.
        """
        if (elsewhere := self._elsewhere.get(path)) is not None:
            return elsewhere.component(tree)
        row = self._rows[path]
        settings = self.settings(self._registry.settings_class(row), tree, path)
        component = self._registry.component(row.kind, row.name, settings)
        self._check_imports(component, path)
        return component

    def _check_imports(self, component: Component, path: KeyPath) -> None:
        """Settings that name modules are refused where those are not allowed, before anything is imported."""
        if component.allow is None:
            return
        with told_as(f"reading which modules {show(path)} names", ConfigError, "The author of its class must mend it."):
            modules = [str(module) for module in getattr(component.settings, "imports", ())]
        for module in modules:
            try:
                check_allowed(module, component.allow)
            except ImportRefusedError as error:
                error.where = self._place_of(module, component.settings, path)
                raise

    def _place_of(self, module: str, settings: Any, path: KeyPath) -> str:
        values = {field.name: getattr(settings, field.name) for field in dataclasses.fields(settings)}
        keys = [key for key, value in values.items() if isinstance(value, str) and value.startswith(module)]
        at = (*path, *keys[:1])
        return f"{show(at)} ({self._places.of(at)})"

    def _leaf(self, field: Any, hint: Any, value: Any, path: KeyPath) -> Any:
        if value == REQUIRED:
            problem = f"The value is missing: {field.metadata.get('help', field.name)}"
            raise self._places.error(problem, path, fix=f"Give {show(path)}: {describe(hint)}.")
        try:
            result = conform(hint, value)
            check_limits(result, field.metadata)
        except MisfitError as misfit:
            at = (*path, *misfit.at)
            fix = misfit.fix or ("Choose one of these." if misfit.choices else f"Give {show(path)}: {describe(hint)}.")
            raise self._places.error(misfit.problem, at, choices=misfit.choices, fix=fix) from None
        return result
