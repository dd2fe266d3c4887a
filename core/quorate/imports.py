"""Code that settings name: it is imported only from packages that a manifest's row or the command line allows.

A YAML file is data, and so is the record of a run. Neither can make Quorate import a module: the row of the component
says with its key ``allow`` which packages its settings may name modules of, and ``--allow-import`` adds others for one
call. The settings say with a property ``imports`` which modules they name, and are refused before anything is imported.
"""

import functools
import pkgutil
import re
import sys
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import Any

from quorate.errors import ConfigError, RegistryError
from quorate.failures import told_as
from quorate.foreign import Foreign, printing_aside
from quorate.nearest import nearest
from quorate.settings import load_target

_MODULE = re.compile(r"[A-Za-z][A-Za-z0-9_]*(\.[A-Za-z][A-Za-z0-9_]*)*")
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
_INSTALLED = {"site-packages", "dist-packages"}
_WRAPPERS = ("pettingzoo.utils.conversions",)
"""Where PettingZoo makes the functions that environments have under names of their own."""


class ImportRefusedError(ConfigError):
    """Settings name a module outside the packages that are allowed.

    Attributes:
        package: the package to allow, where that would help.
    """

    package: str = ""

    def permission(self) -> tuple[str, Sequence[str]] | None:
        """Allow the package, where that would help."""
        return (f"the package {self.package}", ("--allow-import", self.package)) if self.package else None


def check_package(name: str) -> str:
    """The name of a package, as ``--allow-import`` takes it.

    Raises:
        ConfigError: it is none.
    """
    if _MODULE.fullmatch(name):
        return name
    raise ConfigError(f"{name!r} is no name of a package.", where="--allow-import", fix="Write it like acme_sim.")


def importable(module: str) -> bool:
    """Whether a module is installed; it is not imported.

    A folder of that name without an ``__init__.py`` could be imported, too, as the clone of a repository that one
    stands beside; it counts where packages are installed only.
    """
    if module in sys.modules:
        return sys.modules[module] is not None
    try:
        with Foreign(), printing_aside():  # to look for it runs the finders of third parties
            spec = find_spec(module)
    except Exception:
        return False
    if spec is None or spec.origin is not None:
        return spec is not None
    return any(_INSTALLED & set(Path(place).parts) for place in spec.submodule_search_locations or ())


def check_allowed(module: str, allow: Sequence[str]) -> None:
    """Hold a module's name against the packages that are allowed; nothing is imported.

    Args:
        module: such as ``mpe2.simple_spread_v3``.
        allow: packages; each allows itself and the modules inside it, not names that merely begin alike.

    Raises:
        ImportRefusedError: it is in none of them.
    """
    if not _MODULE.fullmatch(module):
        fix = "Write it like package.module; no part may begin with an underscore."
        raise ImportRefusedError(f"{module!r} is no name of a module that may be imported.", fix=fix)
    if not any(_inside(module, package) for package in allow):
        raise _refused(f"The module {module!r} is in no package that may be imported here.", module, allow)


def load_allowed(module: str, name: str, allow: Sequence[str]) -> Any:
    """Import a module that is allowed, and return a function or class of it.

    Args:
        module: see `check_allowed`.
        name: of a function or class, without dots and not beginning with an underscore. It must have been defined in an
            allowed package too, so that a package that is allowed does not hand out what it has imported itself.
        allow: see `check_allowed`.

    Raises:
        ImportRefusedError: it is not allowed.
        ConfigError: it does not exist, or is nothing that can be called.
        RegistryError: the module can not be imported.
    """
    check_allowed(module, allow)
    if not _NAME.fullmatch(name):
        raise ImportRefusedError(f"{name!r} may not be taken from {module}.", fix="Name a public function or class.")
    package = _module(module)
    real = str(getattr(package, "__name__", ""))
    if real != module:  # such as six.moves, which puts other modules under names of its own
        check_allowed(real, allow)
    with told_as(f"taking {name!r} from the module {module!r}", RegistryError, "Repair it, or name something else."):
        found = getattr(package, name, None)
    if not callable(found):
        raise _no_function(package, name, found)
    home = str(getattr(found.func if isinstance(found, functools.partial) else found, "__module__", None))
    if home not in _WRAPPERS and not any(_inside(home, package) for package in allow):
        raise _refused(f"{f'{module}:{name}'!r} was defined in {home!r}, which may not be imported here.", home, allow)
    return found


def _module(name: str) -> ModuleType:
    try:
        module: ModuleType = load_target(name)
    except RegistryError as error:
        missing = error.__cause__.name if isinstance(error.__cause__, ModuleNotFoundError) else None
        if missing and _inside(name, missing):  # and not something that it needs itself
            raise _missing(missing) from error
        raise
    return module


def _missing(name: str) -> RegistryError:
    home, _, last = name.rpartition(".")
    if not (package := sys.modules.get(home)):
        return RegistryError(f"No module named {name!r}.", fix="Install what provides it, or correct the name.")
    if callable(vars(package).get(last)):
        problem = f"No module named {name!r}: it is a function or class in the module {home!r}."
        return RegistryError(problem, choices=[f"{home}:{last}"], fix="Write a colon before its name.")
    choices = _modules_like(last, package) or [f"{home}:{function}" for function in _functions(package)[:5]]
    return RegistryError(f"No module named {name!r}.", choices=choices, fix="Correct the name.")


def _no_function(module: ModuleType, name: str, found: Any) -> ConfigError:
    target = f"{module.__name__}:{name}"
    if isinstance(found, ModuleType):
        problem, fix = f"{target!r} is a module, not a function or class.", "Write a dot before its name."
        return ConfigError(problem, choices=[f"{module.__name__}.{name}"], fix=fix)
    problem = f"{target!r} {'does not exist' if found is None else 'can not be called'}."
    functions = _functions(module)
    if modules := [] if functions else _modules_like(name, module):
        return ConfigError(problem, choices=modules, fix="Name a module in this package.")
    return ConfigError(
        problem, choices=nearest(name, functions) or functions[:5], fix="Name a function or class of it."
    )


def _functions(module: ModuleType) -> list[str]:
    """Public functions and classes in a module; in a package, those that were defined there."""
    found = {key: value for key, value in vars(module).items() if key[0] != "_" and callable(value)}
    if not hasattr(module, "__path__"):
        return list(found)
    homes = {key: str(getattr(value, "__module__", "")) for key, value in found.items()}
    return [key for key, home in homes.items() if _inside(home, module.__name__)]


def _modules_like(name: str, package: ModuleType) -> list[str]:
    """Public modules in a package, those with such a name where there are any; none where it is a plain module."""
    found = [module.name for module in pkgutil.iter_modules(getattr(package, "__path__", ())) if module.name[0] != "_"]
    return [f"{package.__name__}.{module}" for module in nearest(name, found) or found[:5]]


def _inside(module: str, package: str) -> bool:
    return module == package or module.startswith(f"{package}.")


def _refused(problem: str, module: str, allow: Sequence[str]) -> ImportRefusedError:
    package = module.partition(".")[0]
    fix = f"If you trust the package, allow it for this call with --allow-import {package}."
    error = ImportRefusedError(problem, choices=tuple(allow), fix=fix)
    error.package = package
    return error
