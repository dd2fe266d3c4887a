"""Components that this process alone knows: what `quorate.register` was given. Targets find them as its attributes."""

from collections.abc import Iterable
from typing import Any

from quorate.errors import RegistryError
from quorate.registry.entries import HERE
from quorate.registry.rows import Row, parse_row
from quorate.settings import Component

MANIFEST = "Put it into a module, with a row in a manifest: `quorate new` writes a package to start from."
"""What to do where another process would have to know a component."""

_rows: dict[tuple[str, str], Row] = {}


def register_here(kind: str, name: str, target: Any, settings: type[Any] | None, **row: Any) -> Row:
    """Add a component, or put another in its place.

    Args:
        kind: of component.
        name: unique within its kind.
        target: a class or a function, as a manifest's row would name it.
        settings: its settings dataclass; None: as its first parameter is annotated.
        row: further keys of a manifest's row.

    Raises:
        ManifestError: the row is not as a manifest's must be.
    """
    number = len(globals())
    named = {"target": (f"target_{number}", target), "settings": (f"settings_{number}", settings)}
    targets = {key: f"{__name__}:{name}" for key, (name, value) in named.items() if value is not None}
    given, where = {"kind": kind, "name": name, **targets, **row}, f"register({kind!r}, {name!r})"
    known = parse_row(given, where, distribution=HERE)
    globals().update(named.values())
    _rows[kind, name] = known
    return known


def rows_here() -> tuple[Row, ...]:
    """What was registered."""
    return tuple(_rows.values())


def refuse_elsewhere(components: Iterable[Component | Row], what: str) -> None:
    """Refuse what another process would have to know.

    Raises:
        RegistryError: a component was registered in this process.
    """
    for part in components:
        if part.target.startswith(f"{__name__}:"):
            problem = f"The {part.kind} {part.name!r} is registered in this process only, and {what} run in others."
            raise RegistryError(problem, fix=MANIFEST)
