"""References between keys, ``${key.path}``, resolved by OmegaConf. A file can reach nothing outside itself."""

from typing import Any

from omegaconf import OmegaConf
from omegaconf.errors import OmegaConfBaseException

from quorate.documents import KeyPath, Places
from quorate.errors import QuorateError
from quorate.settings import REQUIRED

_FAILURES = (OmegaConfBaseException, RecursionError, ValueError, TypeError, KeyError, IndexError)


def has_reference(value: Any) -> bool:
    """Whether a value is text that refers to other keys (or escapes a reference)."""
    return isinstance(value, str) and "${" in value


def resolve(tree: dict[str, Any], places: Places) -> dict[str, Any]:
    """The tree with every reference replaced by the value that it names.

    Raises:
        ConfigError: a reference is malformed, names a key that does not exist or itself, or calls a resolver.
    """
    result: dict[str, Any] = _replace(tree, (), tree, places)
    return result


def resolve_one(tree: dict[str, Any], path: KeyPath, places: Places) -> Any:
    """The value of the reference at one path (see `resolve`)."""
    value: Any = tree
    for part in path:
        value = value[part]
    _refuse_resolvers(value, path, places)
    try:
        node: Any = OmegaConf.create(tree)
        for part in path:
            node = node[part]
        return OmegaConf.to_container(node, resolve=True) if OmegaConf.is_config(node) else node
    except _FAILURES as error:
        raise _unresolved(value, error, path, places) from None


def check_references(value: Any, places: Places, path: KeyPath = ()) -> None:
    """Hold every reference against the grammar, so that each mistake is reported at its own place.

    Raises:
        ConfigError: a reference is malformed or calls a resolver.
    """
    if isinstance(value, (dict, list)):
        for key, item in value.items() if isinstance(value, dict) else enumerate(value):
            check_references(item, places, (*path, key))
    elif has_reference(value):
        _refuse_resolvers(value, path, places)
        try:
            OmegaConf.create([value])
        except _FAILURES as error:
            raise _unresolved(value, error, path, places) from None


def protect(text: str) -> str:
    """The text that resolves to `text`, which may itself contain ``${``."""
    pieces = text.split("${")
    out = pieces[0]
    for piece in pieces[1:]:
        slashes = len(out) - len(out.rstrip("\\"))
        out += "\\" * slashes + "\\${" + piece
    return out


def _unresolved(value: str, error: Exception, path: KeyPath, places: Places) -> QuorateError:
    reason = "it leads back to itself" if isinstance(error, RecursionError) else str(error).splitlines()[0]
    fix = "Refer to a key by its full path, such as ${seed} or ${algorithm.denoiser.width}; \\${ is a plain ${."
    return places.error(f"The reference {value!r} can not be resolved: {reason}.", path, fix=fix)


def _replace(value: Any, path: KeyPath, tree: dict[str, Any], places: Places) -> Any:
    if isinstance(value, dict):
        return {key: _replace(item, (*path, key), tree, places) for key, item in value.items()}
    if isinstance(value, list):
        return [_replace(item, (*path, index), tree, places) for index, item in enumerate(value)]
    if not has_reference(value):
        return value
    found = resolve_one(tree, path, places)
    if found == REQUIRED:
        raise places.error(f"The reference {value!r} leads to a value that is missing.", path, fix="Give that value.")
    return found


def _refuse_resolvers(value: str, path: KeyPath, places: Places) -> None:
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
