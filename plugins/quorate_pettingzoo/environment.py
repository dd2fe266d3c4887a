"""Makes the PettingZoo environment that settings name. Runs in worker processes too, so it imports no torch."""

import inspect
from collections.abc import Callable, Sequence
from typing import Any

from quorate.errors import ConfigError, QuorateError
from quorate.imports import load_allowed
from quorate_pettingzoo.settings import PettingZooSettings


def make(settings: PettingZooSettings, allow: Sequence[str], render_mode: str | None = None) -> Any:
    """One PettingZoo ParallelEnv, for the bridge to batch.

    Args:
        settings: which, and how it is made.
        allow: the packages whose modules may be imported.
        render_mode: what it is made with besides, where it takes that and the settings say nothing of it.

    Raises:
        ImportRefusedError: its module is in none of them.
        ConfigError: there is no such function, or it does not take these settings.
        RegistryError: its module can not be imported.
    """
    function, given = _function(settings, allow), settings.settings
    if render_mode and "render_mode" in (_arguments(function) or _arguments(_inner(settings, allow))):
        given = {"render_mode": render_mode, **given}
    try:
        return function(**given)
    except TypeError as error:
        if not settings.settings and error.__traceback__ and error.__traceback__.tb_next:
            raise  # from inside it, and not because of how it was called
        raise _misfit(function, settings, allow, error) from error


def _function(settings: PettingZooSettings, allow: Sequence[str]) -> Callable[..., Any]:
    try:
        function: Callable[..., Any] = load_allowed(settings.module, settings.function, allow)
    except QuorateError as error:
        error.where = f"environment.id; {error.where}" if error.where else "environment.id"
        raise
    return function


def _misfit(
    function: Callable[..., Any], settings: PettingZooSettings, allow: Sequence[str], error: TypeError
) -> ConfigError:
    known = _arguments(function) or _arguments(_inner(settings, allow))
    unknown = [key for key in settings.settings if known and key not in known]
    at = f"environment.settings.{unknown[0]}" if unknown else "environment.settings"
    problem = f"{settings.id} does not take these settings: {error}"
    return ConfigError(problem, where=at, choices=known, fix="Give the keyword arguments that it takes.")


def _arguments(function: Callable[..., Any] | None) -> list[str]:
    """The names that it can be given; none where it passes on whatever it gets, or can not be looked into."""
    try:
        parameters = inspect.signature(function).parameters.values() if function else ()
    except (TypeError, ValueError):
        return []
    if any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters):
        return []
    return [parameter.name for parameter in parameters]


def _inner(settings: PettingZooSettings, allow: Sequence[str]) -> Callable[..., Any] | None:
    """What PettingZoo's own environments pass their arguments on to, by its convention."""
    try:
        inner: Callable[..., Any] = load_allowed(settings.module, "raw_env", allow)
    except ConfigError:
        return None
    return inner
