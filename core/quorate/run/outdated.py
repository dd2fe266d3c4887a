"""Algorithms: whether the run can evaluate one, and what to write now in one of version 0.1 (docs/changes.md)."""

import inspect
from collections.abc import Callable
from typing import Any

from quorate.errors import QuorateError
from quorate.interfaces import Acting, Algorithm


def acting(algorithm: Any) -> Acting:
    """The algorithm, if it plays as algorithms do since version 0.2.

    Raises:
        QuorateError: it does not; it says what to write.
    """
    name = type(algorithm).__qualname__
    if not isinstance(algorithm, Acting):
        old = "; since version 0.2 the run evaluates, and calls no `evaluate`" if hasattr(algorithm, "evaluate") else ""
        fix = (
            "Write `actor(batch, seed, greedy=None)`, and leave evaluation to the run (see `Acting`); an algorithm "
            "that does not play writes `measure(factor=None)` (see `SelfEvaluating`)."
        )
        raise QuorateError(f"{name} offers no `actor` to evaluate{old}.", where="algorithm", fix=fix)
    if not _takes(algorithm.actor, 1, 0, None):
        problem = f"The `actor` of {name} does not take `greedy`, as it must since version 0.2."
        raise QuorateError(problem, where="algorithm", fix="Write `actor(batch, seed, greedy=None)` (see `Acting`).")
    if hasattr(algorithm, "acting_parts") and not _takes(algorithm.play, None):  # type: ignore[attr-defined]
        problem = f"The `play` of {name} does not take `greedy` alone, as that of `OffPolicy` must since version 0.2."
        fix = (
            "Write `play(greedy)`, which returns a `Play` of quorate.learning.acting: the function of (now, "
            "randomness) that `play` was, and whether it is greedy, which `evaluation_actions` said."
        )
        raise QuorateError(problem, where="algorithm", fix=fix)
    return algorithm


def refuse_half_a_state(algorithm: Algorithm) -> None:
    """Say what is missing where an algorithm sets aside what it acts by, and does not take it back.

    Raises:
        QuorateError: since version 0.2 it must.
    """
    kind = type(algorithm)
    if _depth(kind, "acting_state") < _depth(kind, "load_acting_state"):
        called = "nothing calls `evaluate_absolute`" if hasattr(algorithm, "evaluate_absolute") else "they are a pair"
        problem = f"{kind.__qualname__} has an `acting_state` and no `load_acting_state`: since version 0.2 {called}."
        fix = "Write `load_acting_state(state)`, which acts from then on as when `acting_state` returned that."
        raise QuorateError(problem, where="algorithm", fix=fix)


def _takes(method: Callable[..., Any], *arguments: Any) -> bool:
    try:
        inspect.signature(method).bind(*arguments)
    except TypeError:
        return False
    return True


def _depth(kind: type, name: str) -> int:
    """How far up in the order of classes the one is that has a method."""
    return next(depth for depth, base in enumerate(kind.__mro__) if name in vars(base))
