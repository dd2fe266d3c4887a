"""From the state of one algorithm to the weights of another."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from torch import Tensor

from quorate.errors import RunError
from quorate.interfaces import Algorithm, Transferable


def transfer(algorithm: Algorithm, name: str, state: Mapping[str, Any], source: str) -> None:
    """Give an algorithm the weights that are in another's `state_dict`; all else of it stays as it was built.

    Args:
        algorithm: as it was built.
        name: of its component, for messages.
        state: the other's.
        source: where that is from, for messages.

    Raises:
        RunError: it does not say what its weights are, or the other's do not fit; names the parameter and both shapes.
    """
    if not isinstance(algorithm, Transferable):
        problem = f"The algorithm {name!r} can not begin with the weights of another run."
        raise RunError(problem, where=source, fix="Its author can allow it with `weights()` (see `Transferable`).")
    own = algorithm.state_dict()
    for path in algorithm.weights():
        _graft(own, state, path, source)
    algorithm.load_state_dict(own)


def _graft(own: dict[str, Any], state: Mapping[str, Any], path: Sequence[str], source: str) -> None:
    *outer, last = path
    theirs: Any = state
    for key in outer:
        own, theirs = own[key], theirs.get(key, {})
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
