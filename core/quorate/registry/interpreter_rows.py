"""Python interpreters that plugins describe, as data; `quorate interpreter create` makes them."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from quorate.documents import KeyPath, Places
from quorate.errors import ManifestError
from quorate.registry.fields import Fault, interpreter_name, modules, text
from quorate.registry.rows import checked_values


@dataclass(frozen=True)
class InterpreterRow:
    """A virtual environment that a manifest describes.

    Attributes:
        name: what ``--for`` and the key `interpreter` of rows call it.
        summary: one sentence.
        python: the versions of Python that will do, such as ``>=3.12,<3.13``.
        requirements: what pip installs, together with Quorate and the plugin.
        no_dependencies: what pip installs after that, without what it asks for.
        modules: that are imported to check it.
        size: on the disk, in words.
        host: Quorate and the plugin are installed in it too, so that components can live there.
        distribution: whose it is.
        path: the manifest.
    """

    name: str
    summary: str
    python: str
    requirements: tuple[str, ...]
    no_dependencies: tuple[str, ...] = ()
    modules: tuple[str, ...] = ()
    size: str = ""
    host: bool = True
    distribution: str = "quorate"
    path: str = ""


def read_interpreter(data: Any, index: int, places: Places, origin: dict[str, Any]) -> InterpreterRow:
    """A row of a manifest's ``interpreters``, by its number from 0.

    Raises:
        ManifestError: at its first mistake.
    """
    at: KeyPath = ("interpreters", index)
    values = checked_values(data, at, f"interpreter {index + 1}", places, _CHECKS, _REQUIRED)
    return InterpreterRow(**values, distribution=origin.get("distribution", "quorate"), path=places.file)


def check_owner(row: InterpreterRow, namespace: str | None, where: str) -> None:
    """Refuse a name that is not its plugin's to give: the plugin's key, or what begins with it.

    Raises:
        ManifestError: it is another's.
    """
    if namespace is None or row.name == namespace or row.name.startswith(f"{namespace}/"):
        return
    problem = f"The name {row.name!r} is outside the namespace of its plugin."
    raise ManifestError(problem, where=where, fix=f"Call it '{namespace}', or '{namespace}/...'.")


# Every manifest is read by every command, so that `packaging`, which knows it all, is left to pip.
_CLAUSE = r"(===|~=|==|!=|<=|>=|<|>)\s*[\w.*+!-]+"
_RANGE = rf"{_CLAUSE}(\s*,\s*{_CLAUSE})*"
_VERSIONS = re.compile(_RANGE)
_REQUIREMENT = re.compile(
    rf"[A-Za-z0-9]([\w.-]*[A-Za-z0-9])?\s*(\[[\w.,\s-]+\])?\s*({_RANGE}|@\s+(git\+)?https://\S+)?(\s*;\s*[a-z_]+\s*[=<>!~].+)?"
)


def _requirements(value: Any) -> Fault:
    fix = "Write it like '[torch==2.11.0, \"acme[sim]>=1\"]'; options of pip and paths are no requirements."
    if not isinstance(value, list):
        return (f"must be a list of requirements, not {value!r}", fix)
    wrong = [item for item in value if not (isinstance(item, str) and _REQUIREMENT.fullmatch(item))]
    return (f"has {wrong[0]!r}, which is no requirement of pip", fix) if wrong else None


def _versions(value: Any) -> Fault:
    if isinstance(value, str) and _VERSIONS.fullmatch(value):
        return None
    return (f"must be a range of versions, not {value!r}", "Write it like '\">=3.12,<3.13\"'.")


def _truth(value: Any) -> Fault:
    return None if isinstance(value, bool) else (f"must be true or false, not {value!r}", "Write true or false.")


_CHECKS: dict[str, Callable[[Any], Fault]] = {
    "name": interpreter_name,
    "summary": text,
    "python": _versions,
    "requirements": _requirements,
    "no_dependencies": _requirements,
    "modules": modules,
    "size": text,
    "host": _truth,
}
_REQUIRED = ("name", "summary", "python", "requirements")
