"""From the state of one algorithm to the weights of another."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import torch
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
        only: names of networks, such as ``policy``; the others begin anew, but for copies of these, such as target
            networks, which stay copies. None: all are taken.

    Raises:
        RunError: it does not say what its weights are, it has none of such a name, or the other's do not fit; names
            the parameter and both shapes.
    """
    if not isinstance(algorithm, Transferable):
        problem = f"The algorithm {name!r} can not begin with the weights of another run."
        raise RunError(problem, where=source, fix="Its author can allow it with `weights()` (see `Transferable`).")
    own: dict[str, Any] = algorithm.state_dict()
    paths: list[Sequence[str]] = list(algorithm.weights())
    for path in paths:
        if path[-1] not in _holder(own, path):
            problem = f"The algorithm's weights name {'/'.join(path)}, which is not in its state."
            raise RunError(problem, where="Transferable.weights", choices=[*own], fix="Its author must mend it.")
    chosen = _chosen(paths, only, name) if only else paths
    others = [path for path in paths if path not in chosen]
    copies = [(path, other) for path in chosen for other in others if _alike(own, path, other)]  # such as targets
    for path in chosen:
        _graft(own, state, path, source)
    for path, other in copies:
        _holder(own, other)[other[-1]] = _holder(own, path)[path[-1]]
    algorithm.load_state_dict(own)


def _chosen(paths: Sequence[Sequence[str]], only: Sequence[str], algorithm: str) -> list[Sequence[str]]:
    """Those that are named, or lie below what is named."""
    names = ["/".join(key for key in path if key != PARTS) for path in paths]
    unknown = [word for word in only if not any(f"{name}/".startswith(f"{word}/") for name in names)]
    if unknown:
        problem = f"The algorithm {algorithm!r} has no network {unknown[0]!r}."
        raise RunError(problem, where="only", choices=names, fix="Choose among these.")
    found = zip(paths, names, strict=True)
    return [path for path, name in found if any(f"{name}/".startswith(f"{word}/") for word in only)]


def _holder(state: Mapping[str, Any], path: Sequence[str]) -> Any:
    """What should hold the last key of a path."""
    for key in path[:-1]:
        inner = state.get(key)
        state = inner if isinstance(inner, Mapping) else {}
    return state


def _alike(own: Mapping[str, Any], path: Sequence[str], other: Sequence[str]) -> bool:
    """Whether one is a copy of the other, as algorithms build networks that follow others."""
    one, two = (dict(_leaves(_holder(own, each)[each[-1]])) for each in (path, other))
    return bool(one) and one.keys() == two.keys() and all(_same(value, two[name]) for name, value in one.items())


def _same(one: Any, two: Any) -> bool:
    return isinstance(one, Tensor) and isinstance(two, Tensor) and one.dtype == two.dtype and torch.equal(one, two)


def _there(state: Mapping[str, Any], path: Sequence[str]) -> Any:
    """What holds the last key of a path in another's state, in which it may be among the `PARTS`, or not be."""
    beside = tuple(path[1:]) if path[0] == PARTS else (PARTS, *path)
    first, second = _holder(state, path), _holder(state, beside)
    return second if path[-1] not in first and path[-1] in second else first


def _graft(own: dict[str, Any], state: Mapping[str, Any], path: Sequence[str], source: str) -> None:
    last, theirs = path[-1], _there(state, path)
    own = _holder(own, path)
    _check(_shapes(own[last], path), _shapes(theirs.get(last), path), source)
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
        fix="Give both the same sizes and classes of networks (of policies: `policy`, `share_parameters`, `input`), "
        "and environments of the same sizes; compare both with `quorate config`.",
    )


def _shapes(value: Any, path: Sequence[str]) -> dict[str, str]:
    """The shape of each tensor, by its path."""
    found = _leaves(value, path)
    return {name: str(list(leaf.shape)) if isinstance(leaf, Tensor) else type(leaf).__name__ for name, leaf in found}


def _leaves(value: Any, path: Sequence[str] = ()) -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from _leaves(item, (*path, str(key)))
    elif value is not None:
        yield "/".join(path), value
