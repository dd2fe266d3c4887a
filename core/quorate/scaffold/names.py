"""The names in a new plugin package, all made of two that its author gives."""

import re
from collections.abc import Collection
from dataclasses import dataclass, replace

from quorate.errors import QuorateError
from quorate.registry.registry import Registry
from quorate.scaffold.blueprints import Blueprint

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
        module: of the component, such as ``environment``.
        settings_module: of its settings.
    """

    distribution: str
    package: str
    key: str
    component: str
    class_name: str
    settings_class: str
    module: str
    settings_module: str


def make_names(name: str, component: str, blueprint: Blueprint) -> Names:
    """All names of a new package.

    Args:
        name: of the plugin, as its author gave it; ``acme``, ``acme-quorate`` and ``quorate-acme`` have one key.
        component: of the component, without the key.
        blueprint: of the component.

    Raises:
        QuorateError: one of the two is no valid name.
    """
    _check("name of a plugin", name, "acme")
    parts = name.split("-")
    key = "-".join(part for part in parts if part != "quorate")
    if not key:
        raise QuorateError(f"{name!r} says nothing of whose plugin it is.", fix=f"Put a name before it: acme-{name}.")
    distribution = name if "quorate" in parts else f"{name}-quorate"
    names = further_names(distribution, distribution.replace("-", "_"), key, component, blueprint)
    return replace(names, module=blueprint.kind.word, settings_module="settings")


def check_free(registry: Registry, names: Names) -> None:
    """Refuse names of a new package that would get into the way of another's.

    Raises:
        QuorateError: another distribution has a plugin, or components, of that key.
    """
    plugins = {plugin.name: plugin.distribution for plugin in registry.plugins}
    spaces = {row.name.split("/")[0]: row.distribution for row in registry.rows() if "/" in row.name}
    for taken in (spaces, plugins):
        if names.key in taken and (owner := taken[names.key]) != names.distribution:
            problem = f"The names below {names.key}/ belong to {owner}."
            raise QuorateError(problem, fix=f"Choose another name, such as my-{names.key}.")


def further_names(distribution: str, package: str, key: str, component: str, blueprint: Blueprint) -> Names:
    """All names of a further component in a package that is there: its modules are called after it and its kind.

    Raises:
        QuorateError: the component's is no valid name.
    """
    component = component.removeprefix(f"{key}/")
    _check("name of a component", component, "foraging")
    bare, word = _VERSION.sub("", component), blueprint.kind.word
    registered = f"{bare}-v1" if blueprint.kind.versioned and bare == component else component
    class_name = _class_name(bare, blueprint.suffix, blueprint.reserved)
    module = f"{bare.replace('-', '_').removesuffix(f'_{word}')}_{word}"
    settings = f"{class_name}Settings", module, f"{module}_settings"
    return Names(distribution, package, key, f"{key}/{registered}", class_name, *settings)


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
