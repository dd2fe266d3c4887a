"""What there is, and how to add to it: list, show, make, register."""

import inspect
import re
from collections.abc import Callable
from typing import Any, TypeVar

from quorate.door import arguments, session
from quorate.door.rows import Rows
from quorate.errors import QuorateError, RegistryError
from quorate.registry.entries import HERE
from quorate.registry.listing import find_any, listed, shown
from quorate.registry.rows import Row
from quorate.registry.this_process import register_here

T = TypeVar("T")


def list_components(kind: str | None = None, *, fits: str | None = None) -> Rows:
    """The components that can be used, as ``quorate list --json`` tells them.

    Args:
        kind: such as ``environment``; None: all.
        fits: an environment; what requires something that it is not known to have is left out.

    Raises:
        RegistryError: there is no such kind, or no such environment.
    """
    kind, fits = (
        None if given is None else arguments.text(what, given) for what, given in (("kind", kind), ("fits", fits))
    )
    return Rows(listed(session.registry(), kind, fits), ("kind", "name", "summary"))


def show(name: str, kind: str | None = None) -> dict[str, Any]:
    """Everything about a component, as ``quorate show --json`` tells it.

    Args:
        name: registered.
        kind: needed where components of two kinds have the name.

    Raises:
        RegistryError: there is no such component.
    """
    return shown(session.registry(), _row(name, kind))


def make(name: str, /, **settings: Any) -> Any:
    """Build a component: its settings are checked, and defaults filled in.

    ``make("mpe/simple-spread-v3", batch=32, agents=4)`` is an `Environment`. Other kinds are built with what
    ``quorate.show(name)["called_with"]`` says, given by name too.

    Args:
        name: registered; with its kind before it, as in ``inference/composite``, where several have the name.
        settings: of the component; of an environment also ``batch`` (1), ``device`` (cpu) and ``workers`` (0).

    Raises:
        QuorateError: there is no such component, or its settings do not fit it.
    """
    from quorate.config import compose_component
    from quorate.environments import build_environment
    from quorate.run.device import prepare_device

    registry = session.registry()
    arguments.text("name", name)
    row = {f"{row.kind}/{row.name}": row for row in registry.rows()}.get(name) or _row(name)
    if row.kind == "environment":
        given: dict[str, Any] = {"batch": 1, "device": "cpu", "workers": 0, **settings}
        batch, device, workers = (given.pop(key) for key in ("batch", "device", "workers"))
        component = compose_component(row.kind, row.name, registry, given)
        return build_environment(component, batch, prepare_device(str(device)), workers=workers)
    needed = _built_with(row)
    if missing := [key for key in needed if key not in settings]:
        fix = f"Give {', '.join(f'{key}=...' for key in missing)}."
        raise QuorateError(f"The {row.kind} {row.name!r} is built with {', '.join(needed)}.", fix=fix)
    own = {key: value for key, value in settings.items() if key not in needed}
    return compose_component(row.kind, row.name, registry, own).build(*(settings[key] for key in needed))


def register(
    kind: str,
    name: str,
    *,
    settings: type[Any] | None = None,
    summary: str | None = None,
    paper: str | None = None,
    **tags: Any,
) -> Callable[[T], T]:
    """Say that a class or a function is a component, in this process only; a manifest says it for all.

    Args:
        kind: of component.
        name: such as ``mine/world-v1``; given again, the newest counts.
        settings: its settings dataclass; None: as its first parameter is annotated.
        summary: one sentence; None: the first line of its docstring.
        paper: as in a manifest.
        tags: facts to search by, which other components may require, such as ``actions="discrete"``.

    Raises:
        ManifestError: the name, the kind or the tags are not as a manifest's must be.
        RegistryError: a manifest has the name.
    """

    def add(target: T) -> T:
        known = [row for row in session.registry().rows(kind) if row.name == name and row.distribution != HERE]
        if known:
            fix = "Choose another name, such as one that begins with mine/."
            raise RegistryError(f"There is a {kind} {name!r} already.", where=known[0].where, fix=fix)
        said = summary or (inspect.getdoc(target) or name).partition("\n")[0]
        row = {"summary": said, "tags": tags} | ({"paper": paper} if paper else {})
        register_here(kind, name, target, settings, **row)
        session.forget_registry()
        return target

    return add


def _row(name: str, kind: str | None = None) -> Row:
    kind = None if kind is None else arguments.text("kind", kind)
    return find_any(session.registry(), arguments.text("name", name), kind)


def _built_with(row: Row) -> list[str]:
    """What a target of its kind is called with, besides settings."""
    return re.findall(r"(\w+)(?:=[\w.]+)?", session.registry().kinds[row.kind].called_with)[1:]
