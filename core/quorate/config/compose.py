"""Compose a run from a YAML file, overrides and defaults, and check every value of it."""

import dataclasses
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from quorate.commands import command_line
from quorate.config.fit import check_fit
from quorate.config.overrides import apply_overrides
from quorate.config.resolved import ResolvedRun
from quorate.config.resolver import resolve
from quorate.config.schema import RunSettings
from quorate.config.source import as_read, read_source, refuse_empty
from quorate.config.walk import Walk
from quorate.documents import Places
from quorate.errors import ConfigError
from quorate.registry import Registry
from quorate.settings import REQUIRED, Component, component

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
    cls: type[Any],
    given: dict[str, Any],
    places: Places,
    registry: Registry,
    whole: str = "a run",
    *,
    alone: bool = False,
) -> Any:
    """An instance of a settings dataclass from plain data: defaults filled in, references resolved, values checked.

    Args:
        cls: the dataclass; its settings may choose components.
        given: plain data.
        places: where each value is from, for messages; learns where defaults are from.
        registry: finds the components.
        whole: what the data describe, for messages.
        alone: they describe one component, and whoever gives them does not write its key.

    Raises:
        QuorateError: as `compose` raises them.
    """
    part = Walk(registry, places, given, whole, alone).settings(cls, given)
    return part.make(resolve(part.tree, places))


def compose_component(
    kind: str,
    name: str,
    registry: Registry,
    settings: Mapping[str, Any] | None = None,
    overrides: Sequence[str] = (),
) -> Component:
    """One component with its settings: those of its row, what is given on top of them, and the overrides.

    Args:
        kind: of component.
        name: the registered name.
        registry: finds it, and the components that its settings choose.
        settings: plain data, as a file would have it below the component; an environment's `interpreter` too, which
            then finds it.
        overrides: ``key.path=value``, the path beginning inside the component.

    Raises:
        ConfigError: as of `compose`.
        ImportRefusedError: settings name a module that may not be imported.
        RegistryError: there is no such component, or its settings are broken.
    """
    where = "the settings given"
    given, places = as_read(settings or {}, where), Places(where, ConfigError)
    apply_overrides(given, overrides, places)
    if given.setdefault("name", name) != name:
        problem = f"The {kind} is {name!r}; it can not have the name {given['name']!r} too."
        raise ConfigError(problem, where="name", fix="Give one name.")
    if kind != "environment" or given.get("interpreter") is None:
        registry.find(kind, name)
    word = registry.kinds[kind].word
    places.known = {(word, *path): place for path, place in places.known.items()}
    alone = dataclasses.make_dataclass("Alone", [(word, Component, component(kind, REQUIRED, "It."))])
    composed: Component = getattr(compose_settings(alone, {word: given}, places, registry, alone=True), word)
    return composed


def _slug(stem: str) -> str:
    return re.sub(r"[^A-Za-z0-9._-]+", "-", stem).strip("-.")[:100] or "run"
