"""The pages on what a third party may rely on, from the public list."""

import importlib
import inspect
import pkgutil
import re
from collections.abc import Iterator, Sequence
from enum import Enum
from types import ModuleType
from typing import Any

from docstrings import docstring, python_block

import quorate
from quorate import public


def python_pages() -> dict[str, str]:
    """What a third party may rely on: a page for the door, one for each room, one for all single modules."""
    pages = {"python.md": ("What `import quorate` offers", [("quorate", quorate)])}
    for room in public.ROOMS:
        package = importlib.import_module(room)
        below = [f"{room}.{module.name}" for module in pkgutil.iter_modules(package.__path__)]
        found = [(name, importlib.import_module(name)) for name in below]
        pages[f"python-{room.rpartition('.')[2]}.md"] = (f"`{room}`", [(room, package), *found])
    others = [(name, importlib.import_module(name)) for name in public.MODULES if name != "quorate"]
    pages["python-modules.md"] = ("Modules for plugins", others)
    return {file: public_page(*page) for file, page in pages.items()}


def public_page(title: str, modules: Sequence[tuple[str, ModuleType]]) -> str:
    """Every class and function of some modules; what is not documented on these pages is private."""
    parts = [f"# {title}"]
    for name, module in modules:
        members = list(public_members(module))
        if len(modules) > 1:
            parts += [f"## `{name}` {{ #{anchor_of(name)} }}"] if members or module.__doc__ else []
            parts += docstring(inspect.getdoc(module) or "")
        for member, value in members:
            parts += [f"### `{member}` {{ #{anchor_of(f'{name}.{member}')} }}", *described(member, value)]
    return "\n\n".join(parts)


def public_members(module: ModuleType) -> Iterator[tuple[str, Any]]:
    """What a module defines, or a package names as its own."""
    if module is quorate:
        names = sorted(quorate._HOMES)
    elif getattr(module, "__path__", None):  # a module that names have left has an empty one
        names = getattr(module, "__all__", ())
        if module.__name__ in public.ROOMS:  # the others are on the pages of its modules
            names = [name for name in names if not getattr(module, name).__module__.startswith(module.__name__)]
    else:
        names = [name for name, value in vars(module).items() if getattr(value, "__module__", "") == module.__name__]
    for name in names:
        value = getattr(module, name)
        if not name.startswith("_") and (inspect.isclass(value) or inspect.isfunction(value)):
            yield name, value


def described(name: str, value: Any) -> Iterator[str]:
    """A class or a function with its signature; of a class also its methods and properties."""
    yield python_block(signature(name, value))
    yield from docstring(inspect.getdoc(value) or "")
    for key, member in vars(value).items() if inspect.isclass(value) else ():
        function = getattr(member, "fget", getattr(member, "func", getattr(member, "__func__", member)))
        if inspect.isfunction(function) and not key.startswith("_") and inspect.getdoc(function):
            called = key if function is not member and not isinstance(member, (classmethod, staticmethod)) else ""
            yield f"#### `{name}.{called or signature(key, function).removeprefix('def ')}`"
            yield from docstring(inspect.getdoc(function) or "")


def signature(name: str, value: Any) -> str:
    """As it would be written, defaults included."""
    try:
        text = str(inspect.signature(value))
    except (TypeError, ValueError):
        text = ""
    text = re.sub(r"<.*?( at 0x\w+|factory)>", "...", re.sub(r"\b(\w+\.)+(?=\w+)", "", text))
    if not inspect.isclass(value):
        return f"def {name}{text}"
    bases = ", ".join(base.__name__ for base in value.__bases__ if base is not object)
    plain = issubclass(value, Enum) or "..." in text or len(text) > 300
    return f"class {name}({bases})" if plain else f"class {name}{text.partition(' ->')[0]}"


def anchor_of(name: str) -> str:
    """Where a name is on its page."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
