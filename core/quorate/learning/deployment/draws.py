"""What a policy draws while it samples, given from outside: a traced function has no generator."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode

from quorate.errors import QuorateError

KINDS: dict[Callable[..., Any], str] = {
    torch.randn: "normal",
    torch.rand: "uniform",
    Tensor.exponential_: "exponential",
    Tensor.normal_: "normal",
    Tensor.uniform_: "uniform",
}
"""Functions that draw independent numbers, by their standard distribution."""


@dataclass(frozen=True)
class Draw:
    """One call of a function that draws.

    Attributes:
        kind: the distribution.
        axis: of its result, the rows.
        rest: the other sizes of the result.
    """

    kind: str
    axis: int
    rest: tuple[int, ...]

    @property
    def size(self) -> int:
        """Numbers for each row."""
        return math.prod(self.rest)


class Recorded(TorchFunctionMode):
    """Notes what is drawn inside.

    Attributes:
        shapes: of each draw, with its kind.
    """

    def __init__(self) -> None:
        super().__init__()
        self.shapes: list[tuple[str, tuple[int, ...]]] = []

    def __torch_function__(
        self, func: Callable[..., Any], types: Any, args: Sequence[Any] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        """Call it, and note it where it draws."""
        if not _draws(func, args, kwargs):
            return func(*args, **(kwargs or {}))
        result = func(*args, **(kwargs or {}))
        self.shapes.append((KINDS[func], tuple(result.shape)))
        return result


class Supplied(TorchFunctionMode):
    """Takes what is drawn inside from columns of a tensor, [B, K]."""

    def __init__(self, draws: Sequence[Draw], noise: Tensor) -> None:
        super().__init__()
        parts = noise.split([draw.size for draw in draws], dim=1) if draws else ()
        self._left = list(zip(draws, parts, strict=True))

    def __torch_function__(
        self, func: Callable[..., Any], types: Any, args: Sequence[Any] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        """Call it, or give what it would draw."""
        if not _draws(func, args, kwargs):
            return func(*args, **(kwargs or {}))
        draw, part = self._left.pop(0)
        value = part.reshape(-1, *draw.rest).movedim(0, draw.axis)
        return args[0].copy_(value) if args and isinstance(args[0], Tensor) else value


def find_draws(sample: Callable[[int], object]) -> list[Draw]:
    """What is drawn by a function of the number of rows.

    Raises:
        QuorateError: what it draws does not grow with the rows, or differs from call to call.
    """
    found = []
    for rows in (2, 3):
        with Recorded() as recorded:
            sample(rows)
        found.append(recorded.shapes)
    if len(found[0]) != len(found[1]):
        raise _unable("it draws another number of times for other rows")
    return [_draw(kind, two, three) for (kind, two), (_, three) in zip(*found, strict=True)]


def _draw(kind: str, two: tuple[int, ...], three: tuple[int, ...]) -> Draw:
    axes = [axis for axis, (few, more) in enumerate(zip(two, three, strict=True)) if few != more]
    if len(axes) != 1 or (two[axes[0]], three[axes[0]]) != (2, 3):
        raise _unable("not every row has its own random numbers")
    return Draw(kind, axes[0], tuple(size for axis, size in enumerate(two) if axis != axes[0]))


def _draws(func: Callable[..., Any], args: Sequence[Any], kwargs: dict[str, Any] | None) -> bool:
    given = kwargs or {}
    if given.get("generator") is None:
        return False
    if (
        func not in KINDS
        or given.keys() - {"generator", "device", "dtype"}
        or (func in vars(Tensor).values() and len(args) > 1)
    ):
        raise _unable(f"it draws by {getattr(func, '__name__', func)}")
    return True


def _unable(reason: str) -> QuorateError:
    known = sorted({func.__name__ for func in KINDS})
    fix = (
        "export it with --greedy where it has a mode; its author can draw by these functions, without further arguments"
    )
    return QuorateError(f"the policy's samples can not be exported: {reason}", choices=known, fix=fix)
