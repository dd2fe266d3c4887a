"""How a component declares its settings: plain dataclasses whose fields carry help and limits.

This module imports neither torch nor omegaconf, so settings can be listed and shown at no cost.
"""

import copy
import dataclasses
import importlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from inspect import isabstract
from pathlib import Path
from traceback import extract_tb
from typing import TYPE_CHECKING, Any

from quorate.errors import RegistryError
from quorate.failures import told_as
from quorate.foreign import Foreign, cause, printing_aside, told

if TYPE_CHECKING:
    from quorate.interpreters import Interpreter

REQUIRED: Any = "???"
"""The default of a setting that the user must give (omegaconf's mark of a mandatory value)."""


@dataclass(frozen=True)
class RunReference:
    """Another run that a run builds on: the type of a setting for which users write the path of the run's folder.

    When the configuration is composed it becomes the exact run, the step of its newest checkpoint, and the hash of that
    checkpoint, if there is one by then. All three are stored, so that the same checkpoint is used ever after, or none.

    Attributes:
        folder: of the run; or with runs in it, of which the newest is taken.
        step: the training step of the checkpoint; None: the newest.
        sha256: of the checkpoint's file, in hexadecimal; None: whatever is found.
    """

    folder: Path
    step: int | None = field(default=None, metadata={"help": "Of the checkpoint; null: the newest.", "minimum": 0})
    sha256: str | None = field(default=None, metadata={"help": "Of the checkpoint's file; null: any."})

    @classmethod
    def of(cls, run: "RunReference | Path | str") -> "RunReference":
        """A reference, for which a path stands too."""
        return run if isinstance(run, cls) else cls(Path(run))  # type: ignore[arg-type]


@dataclass
class NoSettings:
    """The settings of a component that declares none."""


@dataclass
class Component:
    """One component chosen in a configuration: a registered name and its settings.

    Attributes:
        kind: what it is, such as ``denoiser``.
        name: the registered name.
        settings: an instance of the component's settings dataclass, once resolved.
        target: ``module:attribute``, imported by `build` and not before.
        tags: of the manifest's row, those of the settings on top (see `settings_tags`); the PettingZoo bridge reads
            its declarations from them.
        allow: the packages that the settings may name modules of; None where the row does not say that they may.
        interpreter: the other Python interpreter that an environment lives in; None: this one.
        interface: ``module:attribute`` of the class that its kind asks for, if there is one.
    """

    kind: str = ""
    name: str = REQUIRED
    settings: Any = None
    target: str = ""
    tags: dict[str, Any] = field(default_factory=dict)
    allow: tuple[str, ...] | None = None
    interpreter: "Interpreter | None" = None
    interface: str | None = None

    def load(self) -> Any:
        """Import and return the target (a class or a factory).

        Raises:
            RegistryError: it can not be imported, or is to be imported by another interpreter.
        """
        if self.interpreter is not None:
            problem = f"The {self.kind} {self.name!r} lives in the interpreter {self.interpreter.name!r}."
            raise RegistryError(problem, fix="Build it with quorate.environments.build_environment.")
        return load_target(self.target)

    def build(self, *arguments: Any, **keywords: Any) -> Any:
        """Call the target with the settings, then with what its kind is given (see `quorate.registry.kinds`).

        Raises:
            RegistryError: the target is a class of another kind, or raises; a `QuorateError` of its own passes.
            RunError: memory ran out.
        """
        target = self.load()
        _check_interface(self, target)
        if self.allow is not None:
            keywords["allow"] = self.allow
        fix = "Correct its settings; where they are right, it is a defect of the component: --debug shows where."
        with told_as(f"building the {self.kind} {self.name!r}", RegistryError, fix, about=f"target {self.target}"):
            return target(self.settings, *arguments, **keywords)


def settings_tags(settings: Any) -> dict[str, Any]:
    """The tags that follow from settings, which are on top of the row's: their property ``tags``, if it is one.

    A component whose settings decide what it is (an environment that can have discrete or continuous actions) says so
    there. A *setting* called ``tags`` is none.
    """
    declared = getattr(type(settings), "tags", None)
    return dict(settings.tags) if isinstance(declared, property) else {}


def _check_interface(part: Component, target: Any) -> None:
    """Classes tell what they implement; what a function returns is seen when it is used."""
    if part.interface is None or not isinstance(target, type):
        return
    interface = load_target(part.interface)
    if not issubclass(target, interface):
        others = [base.__name__ for base in target.__mro__[1:] if isabstract(base)]
        is_one = f"it implements {others[0]}" if others else f"it is no {interface.__name__}"
        problem = f"The {part.kind} {part.name!r} names the class {target.__qualname__} as its target, but {is_one}."
        fix = f"Correct 'kind' or 'target' in the manifest's row, or derive the class from {interface.__name__}."
        raise RegistryError(problem, where=f"target {part.target}", fix=fix)


def load_target(target: str) -> Any:
    """Import ``module:attribute``, or ``module`` itself.

    Raises:
        RegistryError: where the module or the attribute does not exist, or the module raises.
    """
    try:
        with Foreign(), printing_aside():
            return _import(target)
    except RegistryError:
        raise
    except Exception as error:
        raise _import_error(target, cause(error)) from cause(error)


def _import(target: str) -> Any:
    module, _, attribute = target.partition(":")
    value: Any = importlib.import_module(module)
    for part in attribute.split(".") if attribute else ():
        try:
            value = getattr(value, part)
        except AttributeError as error:
            close = get_close_matches(part, [name for name in dir(value) if not name.startswith("_")])
            problem = f"{target!r} does not exist: {error}."
            raise RegistryError(
                problem, where=target, choices=close, fix="Correct the target in the manifest."
            ) from error
    return value


def _import_error(target: str, error: BaseException) -> RegistryError:
    frames = [frame for frame in extract_tb(error.__traceback__) if "importlib" not in frame.filename]
    last = frames[-1]
    where = target if last.filename == __file__ else f"{last.filename}, line {last.lineno}"
    module = getattr(error, "name", None) if isinstance(error, ModuleNotFoundError) else None
    fix = (
        f"Install what provides the module {module!r}, or correct the target." if module else "Run again with --debug."
    )
    return RegistryError(f"{target!r} can not be imported: {told(error)}.", where=where, fix=fix)


class UnfitError(ValueError):
    """Settings that do not fit each other, with a fix; of a plain `ValueError` only the key is told.

    Args:
        problem: what is wrong; the key that is to be changed comes first, before a colon.
        fix: what to do about it, in one sentence.
    """

    def __init__(self, problem: str, fix: str) -> None:
        super().__init__(problem)
        self.fix = fix


def setting(
    default: Any,
    help: str,
    *,
    minimum: float | None = None,
    maximum: float | None = None,
    above: float | None = None,
    below: float | None = None,
    choices: Sequence[Any] | None = None,
) -> Any:
    """Declare one setting of a settings dataclass.

    Annotated as `Path`, what users write is made absolute, its ``~`` expanded, and checked; annotated as
    `RunReference`, the run and its checkpoint are looked up once, and are the same ever after.

    Args:
        default: the value when the user gives none; `REQUIRED` makes it mandatory. Lists and dicts are copied.
        help: one sentence for ``quorate show`` and the reference pages, with the unit if there is one.
        minimum: smallest valid number (of each element, where the setting is a list).
        maximum: largest valid number.
        above: the number must be greater than this.
        below: the number must be less than this.
        choices: the valid values.
    """
    limits = {"minimum": minimum, "maximum": maximum, "above": above, "below": below, "choices": choices}
    metadata = {"help": help} | {name: limit for name, limit in limits.items() if limit is not None}
    return _field(default, metadata)


def component(kind: str, default: str | None, help: str) -> Any:
    """Declare a setting that chooses one component of a kind by its registered name (`REQUIRED`: the user must)."""
    value = None if default is None else Component(kind=kind, name=default)
    return _field(value, {"help": help, "kind": kind})


def components(kind: str, default: Sequence[str], help: str) -> Any:
    """Declare a setting that is a list of components of a kind."""
    return _field([Component(kind=kind, name=name) for name in default], {"help": help, "kind": kind})


def _field(default: Any, metadata: dict[str, Any]) -> Any:
    if default is None or isinstance(default, (bool, int, float, str, tuple)):
        return dataclasses.field(default=default, metadata=metadata)
    return dataclasses.field(default_factory=lambda: copy.deepcopy(default), metadata=metadata)
