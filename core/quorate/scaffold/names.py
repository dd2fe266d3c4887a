"""The names in a new plugin package, all made of two that its author gives."""

import re
from collections.abc import Collection
from dataclasses import dataclass

from quorate.errors import QuorateError

LONGEST = 24
"""Characters of a plugin's or component's name; what is longer would need other line breaks in the generated code."""

_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_VERSION = re.compile(r"-v\d+$")


@dataclass(frozen=True)
class Names:
    """What things are called.

    Attributes:
        distribution: the name that pip knows, such as ``acme-quorate``; also the folder's.
        package: what Python imports, such as ``acme_quorate``.
        key: of the entry point, such as ``acme``; the names of all components begin with it.
        component: the registered name, such as ``acme/foraging-v1``.
        class_name: of the component.
        settings_class: of its settings.
    """

    distribution: str
    package: str
    key: str
    component: str
    class_name: str
    settings_class: str


def make_names(name: str, component: str, suffix: str, *, versioned: bool, reserved: Collection[str]) -> Names:
    """All names of a package.

    Args:
        name: of the plugin, as its author gave it; ``acme``, ``acme-quorate`` and ``quorate-acme`` have one key.
        component: of the component, without the key.
        suffix: what the class's name ends with.
        versioned: the registered name must end with a version such as ``-v1``.
        reserved: names of classes that the generated module imports.

    Raises:
        QuorateError: one of the two is no valid name.
    """
    _check("name of a plugin", name, "acme")
    parts = name.split("-")
    key = "-".join(part for part in parts if part != "quorate")
    if not key:
        raise QuorateError(f"{name!r} says nothing of whose plugin it is.", fix=f"Put a name before it: acme-{name}.")
    distribution = name if "quorate" in parts else f"{name}-quorate"
    component = component.removeprefix(f"{key}/")
    _check("name of a component", component, "foraging")
    bare = _VERSION.sub("", component)
    registered = f"{bare}-v1" if versioned and bare == component else component
    class_name = _class_name(bare, suffix, reserved)
    package = distribution.replace("-", "_")
    return Names(distribution, package, key, f"{key}/{registered}", class_name, f"{class_name}Settings")


def _check(what: str, name: str, example: str) -> None:
    if _NAME.fullmatch(name) and len(name) <= LONGEST:
        return
    near = re.sub(r"[^a-z0-9]+", "-", re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", name).lower()).strip("-0123456789")
    near = near[:LONGEST].strip("-")
    rule = f"lower case words of letters and digits, joined by '-', at most {LONGEST} characters, a letter first"
    raise QuorateError(f"{name!r} can not be the {what}: {rule}.", fix=f"Write it like {near or example!r}.")


def _class_name(component: str, suffix: str, reserved: Collection[str]) -> str:
    words = "".join(word.capitalize() for word in component.split("-"))
    if words.endswith(suffix) and words not in reserved:
        return words
    return f"{words}{suffix}"
