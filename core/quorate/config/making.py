"""From values without references to instances of settings dataclasses, checked, with messages that name their place."""

import dataclasses
from typing import Any

from quorate.config.conform import MisfitError, check_limits, conform, describe
from quorate.documents import KeyPath, Places, show
from quorate.errors import ConfigError, QuorateError, RunError
from quorate.failures import told_as
from quorate.folders.reference import locate
from quorate.foreign import Foreign, printing_aside, raised_at, text_of, told
from quorate.imports import ImportRefusedError, check_allowed
from quorate.registry.slots import Slot
from quorate.settings import REQUIRED, Component, RunReference, UnfitError


def make_settings(cls: type[Any], values: dict[str, Any], path: KeyPath, places: Places) -> Any:
    """An instance of a dataclass of settings.

    Raises:
        ConfigError: its values do not fit each other.
    """
    try:
        with Foreign(), printing_aside():
            return cls(**values)
    except (ValueError, TypeError, ArithmeticError, LookupError) as error:
        said = text_of(error)
        key = said.split(maxsplit=1)[0].rstrip(":,.") if said else ""
        at = (*path, key) if key in values else path
        fix = f"Change {show(at)}." if key in values and said.startswith(f"{key}:") else "Change one of them."
        fix = error.fix if isinstance(error, UnfitError) else fix
        raise places.error(f"The settings do not fit each other: {said}", at, fix=fix) from error
    except QuorateError:
        raise
    except Exception as error:
        problem = f"The settings can not be made: {told(error)} ({raised_at(error)})."
        raise places.error(problem, path, fix=f"The author of {cls.__qualname__} must mend it.") from error


def make_leaf(slot: Slot, value: Any, path: KeyPath, places: Places) -> Any:
    """A value as its annotation wants it.

    Raises:
        ConfigError: it is missing, or does not fit.
    """
    give = f"Give {show(path)}: {describe(slot.hint)}."
    if value == REQUIRED:
        raise places.error(f"The value is missing: {slot.metadata.get('help', slot.name)}", path, fix=give)
    try:
        result = conform(slot.hint, value)
        check_limits(result, slot.metadata)
    except MisfitError as misfit:
        at = (*path, *misfit.at)
        give = f"Change {show(at)}." if misfit.at else give
        fix = misfit.fix or ("Choose one of these." if misfit.choices else give)
        raise places.error(misfit.problem, at, choices=misfit.choices, fix=fix) from None
    return result


def make_reference(given: RunReference, path: KeyPath, places: Places) -> RunReference:
    """What a reference to a run means by now.

    Raises:
        ConfigError: there is no such run or checkpoint.
    """
    try:
        return locate(given)
    except RunError as error:
        at = f"{show(path)} ({places.of(path)}); {error.where}"
        raise ConfigError(error.problem, where=at, choices=error.choices, fix=error.fix) from error


def check_imports(component: Component, path: KeyPath, places: Places) -> None:
    """Refuse settings that name modules where those are not allowed, before anything is imported.

    Raises:
        ImportRefusedError: they do.
    """
    if component.allow is None:
        return
    settings = component.settings
    with told_as(f"reading which modules {show(path)} names", ConfigError, "The author of its class must mend it."):
        modules = [str(module) for module in getattr(settings, "imports", ())]
    for module in modules:
        try:
            check_allowed(module, component.allow)
        except ImportRefusedError as error:
            values = {field.name: getattr(settings, field.name) for field in dataclasses.fields(settings)}
            keys = [key for key, value in values.items() if isinstance(value, str) and value.startswith(module)]
            at = (*path, *keys[:1])
            error.where = f"{show(at)} ({places.of(at)})"
            raise
