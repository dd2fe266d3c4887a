"""From the state of one algorithm to the weights of another."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from torch import Tensor

from quorate.errors import RunError
from quorate.interfaces import Algorithm, Transferable

PARTS = "parts"
"""Where algorithms that learn from a replay memory keep theirs; what is there goes by the same names elsewhere."""


def transfer(algorithm: Algorithm, name: str, state: Mapping[str, Any], source: str, only: Sequence[str] = ()) -> None:
    """Give an algorithm the weights that are in another's `state_dict`; all else of it stays as it was built.

    Args:
        algorithm: as it was built.
        name: of its component, for messages.
        state: the other's.
        source: where that is from, for messages.
        only: names of networks, such as ``policy``; the others begin anew. None: all are taken.

    Raises:
        RunError: it does not say what its weights are, it has none of such a name, or the other's do not fit; names
            the parameter and both shapes.
    """
    if not isinstance(algorithm, Transferable):
        problem = f"The algorithm {name!r} can not begin with the weights of another run."
        raise RunError(problem, where=source, fix="Its author can allow it with `weights()` (see `Transferable`).")
    own, paths = algorithm.state_dict(), list(algorithm.weights())
    for path in paths if not only else _chosen(paths, only):
        _graft(own, state, path, source)
    algorithm.load_state_dict(own)


def _chosen(paths: Sequence[Sequence[str]], only: Sequence[str]) -> list[Sequence[str]]:
    names = ["/".join(key for key in path if key != PARTS) for path in paths]
    if unknown := [name for name in only if name not in names]:
        problem = f"The algorithm has no network {unknown[0]!r}."
        raise RunError(problem, where="only", choices=names, fix="Choose among these.")
    return [path for path, name in zip(paths, names, strict=True) if name in only]


def _there(state: Mapping[str, Any], path: Sequence[str]) -> Any:
    """What holds the last key of a path in another's state, in which it may be among the `PARTS`, or not be."""
    beside = tuple(path[1:]) if path[0] == PARTS else (PARTS, *path)
    holders: list[Any] = []
    for keys in (path, beside):
        found: Any = state
        for key in keys[:-1]:
            found = found.get(key, {})
        holders.append(found)
    return holders[1] if path[-1] not in holders[0] and path[-1] in holders[1] else holders[0]


def _graft(own: dict[str, Any], state: Mapping[str, Any], path: Sequence[str], source: str) -> None:
    *outer, last = path
    theirs = _there(state, path)
    for key in outer:
        own = own[key]
    if last not in own:
        problem = f"The algorithm's weights name {'/'.join(path)}, which is not in its state."
        raise RunError(problem, where="Transferable.weights", choices=[*own], fix="Its author must mend it.")
    _check(dict(_leaves(own[last], path)), dict(_leaves(theirs.get(last), path)), source)
    if last not in theirs:  # of what has no weights, such as an exact denoiser, the shapes agree with nothing at all
        raise _misfit("/".join(path), "here", "absent", source)
    own[last] = theirs[last]


def _check(own: Mapping[str, str], theirs: Mapping[str, str], source: str) -> None:
    for name in {**own, **theirs}:
        here, there = own.get(name, "absent"), theirs.get(name, "absent")
        if here != there:
            raise _misfit(name, f"{here} here", there, source)


def _misfit(name: str, here: str, there: str, source: str) -> RunError:
    return RunError(
        f"The weights of the run do not fit: {name} is {here}, and {there} there.",
        where=source,
        fix="Give both the same sizes and classes of networks, and environments of the same sizes; "
        "compare both with `quorate config`.",
    )


def _leaves(value: Any, path: Sequence[str]) -> Iterator[tuple[str, str]]:
    """The shape of each tensor, by its path."""
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from _leaves(item, (*path, str(key)))
    elif value is not None:
        yield "/".join(path), str(list(value.shape)) if isinstance(value, Tensor) else type(value).__name__
