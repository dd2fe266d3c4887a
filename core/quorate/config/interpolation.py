"""References between keys, ``${key.path}``, in OmegaConf's grammar. A file can reach nothing outside itself."""

from typing import Any

from omegaconf.errors import OmegaConfBaseException

from quorate.documents import KeyPath, Places
from quorate.errors import QuorateError

FAILURES = (OmegaConfBaseException, RecursionError, ValueError, TypeError, KeyError, IndexError)


def has_reference(value: Any) -> bool:
    """Whether a value is text that refers to other keys (or escapes a reference)."""
    return isinstance(value, str) and "${" in value


def contains_reference(value: Any) -> bool:
    """Whether there is such text anywhere in plain data."""
    if isinstance(value, (dict, list)):
        return any(map(contains_reference, value.values() if isinstance(value, dict) else value))
    return has_reference(value)


def protect(text: str) -> str:
    """The text that resolves to `text`, which may itself contain ``${``."""
    pieces = text.split("${")
    out = pieces[0]
    for piece in pieces[1:]:
        slashes = len(out) - len(out.rstrip("\\"))
        out += "\\" * slashes + "\\${" + piece
    return out


def unresolved(value: str, error: Exception, path: KeyPath, places: Places) -> QuorateError:
    """The error of a reference that can not be resolved."""
    reason = "it leads through too many others" if isinstance(error, RecursionError) else str(error).splitlines()[0]
    fix = "Refer to a key by its full path, such as ${seed} or ${algorithm.denoiser.width}; \\${ is a plain ${."
    return places.error(f"The reference {value!r} can not be resolved: {reason}.", path, fix=fix)


def refuse_resolvers(value: str, path: KeyPath, places: Places) -> None:
    """Refuse what OmegaConf would compute or look up elsewhere, such as the environment of the process.

    Raises:
        ConfigError: the text calls a resolver.
    """
    depth, position = 0, 0
    while position < len(value):
        if value.startswith("${", position):
            depth, position = depth + 1, position + 2
            continue
        depth -= value[position] == "}" and depth > 0
        if value[position] == ":" and depth:
            problem = f"The reference {value!r} calls a resolver; only references to other keys are allowed."
            raise places.error(problem, path, fix="Write the value, or a reference such as ${seed}.")
        position += 1
