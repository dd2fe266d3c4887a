"""Blueprints: folders of templates with a file ``blueprint.yaml``, from which components of a kind are generated."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from quorate.documents import read_document
from quorate.errors import QuorateError, RegistryError
from quorate.registry.entries import package_roots
from quorate.registry.kinds import Kind, find_kind
from quorate.registry.rows import check_keys


@dataclass(frozen=True)
class Blueprint:
    """One kind's component.

    Attributes:
        kind: what it is one of.
        folder: of the templates ``component.py.jinja`` and ``settings.py.jinja``, and where there is something to try
            ``test.py.jinja`` (the body of a test), ``run.yaml.jinja`` and ``compare.yaml.jinja``.
        component: what it is called where its author gives no name.
        summary: of the manifest's row.
        suffix: what the name of its class ends with.
        tags: of the manifest's row, as YAML, or empty.
        target: what the row names; empty: the class.
        requires: what the generated modules import, besides Quorate.
        reserved: names of classes that the generated module imports and that the component can not have.
        style: its name among the blueprints of a kind that has several.
    """

    kind: Kind
    folder: Path
    component: str
    summary: str
    suffix: str = ""
    tags: str = ""
    target: str = ""
    requires: tuple[str, ...] = ()
    reserved: tuple[str, ...] = ()
    style: str = ""

    def has(self, template: str) -> bool:
        """Whether there is a template of that name, such as ``compare.yaml``."""
        return (self.folder / f"{template}.jinja").is_file()


def find_blueprint(kinds: Mapping[str, Kind], name: str, style: str | None = None) -> Blueprint:
    """The blueprint of a kind.

    Args:
        kinds: those that there are.
        name: of the kind.
        style: the blueprint's, where a kind has several; None: the first.

    Raises:
        QuorateError: there is no such kind, it has no blueprint, or none of that style, or the blueprint is broken.
    """
    kind = find_kind(kinds, name)
    if not kind.blueprints:
        choices = [other.name for other in kinds.values() if other.blueprints]
        raise QuorateError(f"The kind {name!r} can not be generated.", choices=choices, fix="Choose one of these.")
    found = [_read(kind, place) for place in kind.blueprints]
    if style is None:
        return found[0]
    for blueprint in found:
        if blueprint.style == style:
            return blueprint
    styles = [blueprint.style for blueprint in found if blueprint.style]
    fix = "Choose one of these." if styles else "Leave out --style."
    raise QuorateError(f"A component of the kind {name} has no style {style!r}.", choices=styles, fix=fix)


def _read(kind: Kind, place: str) -> Blueprint:
    package, _, inner = place.partition(":")
    top, *parts = package.split(".")
    for root in package_roots(top):
        if (file := root.joinpath(*parts, inner, "blueprint.yaml")).is_file():
            return _blueprint(kind, file)
    fix = "Its author must include the folder, with a file blueprint.yaml, in the package."
    raise RegistryError(f"The blueprint {place!r} of the kind {kind.name!r} does not exist.", fix=fix)


def _blueprint(kind: Kind, file: Path) -> Blueprint:
    data, places = read_document(file, RegistryError)
    data = data if isinstance(data, dict) else {}
    keys = tuple(name for name in Blueprint.__dataclass_fields__ if name not in ("kind", "folder"))
    check_keys(places, (), data, keys, ("component", "summary"), "the blueprint")
    values: dict[str, Any] = {
        key: tuple(map(str, value)) if isinstance(value, list) else str(value) for key, value in data.items()
    }
    return Blueprint(kind, file.parent, **values)
