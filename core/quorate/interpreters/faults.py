"""Errors as plain data, from one interpreter to another."""

import traceback
from pathlib import Path
from typing import Any

from quorate.errors import ConfigError, ManifestError, QuorateError, RegistryError, RunError
from quorate.failures import place_of
from quorate.imports import ImportRefusedError
from quorate.processes.child import ForeignTracebackError

_CLASSES: dict[str, type[QuorateError]] = {
    kind.__name__: kind
    for kind in (QuorateError, ConfigError, ImportRefusedError, ManifestError, RegistryError, RunError)
}


def fault(error: BaseException, doing: str = "") -> dict[str, Any]:
    """An error to be sent.

    Args:
        error: any; one that is no `QuorateError` is told with its class and place.
        doing: what failed.
    """
    trace = "".join(traceback.format_exception(error))
    if isinstance(error, QuorateError):
        kind = next(base.__name__ for base in type(error).__mro__ if base.__name__ in _CLASSES)
        told = {"kind": kind, "problem": error.problem, "where": error.where, "choices": list(error.choices)}
        return {**told, "fix": error.fix, "package": getattr(error, "package", ""), "traceback": trace}
    return {
        "kind": "QuorateError",
        "problem": f"{doing} raised {type(error).__name__}: {error}" if doing else f"{type(error).__name__}: {error}",
        "where": place_of(error.__traceback__),
        "choices": [],
        "fix": None,
        "package": "",
        "traceback": trace,
    }


def raise_fault(told: dict[str, Any], name: str, python: str) -> None:
    """Raise an error that was sent, with the interpreter named.

    Raises:
        QuorateError: it.
    """
    interpreter = f"interpreter {name!r}"
    fix = told["fix"]
    if fix and "pip install" in fix:
        fix = fix.replace("pip install", f"{_quoted(python)} -m pip install")
    where = f"{told['where']}; {interpreter}" if told["where"] else interpreter
    error = _CLASSES[told["kind"]](told["problem"], where=where, choices=told["choices"], fix=fix)
    if isinstance(error, ImportRefusedError):
        error.package = str(told["package"])
    raise error from ForeignTracebackError(told["traceback"])


def _quoted(path: str) -> str:
    return f"'{path}'" if " " in str(Path(path)) else path
