"""What a policy draws while it samples, given from outside: a traced function has no generator."""

import math
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode

from quorate.errors import QuorateError

KINDS: dict[Callable[..., Any], str] = {
    torch.randn: "normal",
    torch.rand: "uniform",
    Tensor.exponential_: "exponential",
}
"""Functions that draw independent numbers, by their standard distribution."""


class Draw(NamedTuple):
    """One call of a function that draws: its distribution, the axis of the rows, and the other sizes of its result."""

    kind: str
    axis: int
    rest: tuple[int, ...]

    @property
    def size(self) -> int:
        """Numbers for each row."""
        return math.prod(self.rest)


class Draws(TorchFunctionMode):
    """Watches what is drawn inside; takes it from the columns of a tensor [B, K], where one is given.

    Attributes:
        seen: the kind and the shape of each draw.
    """

    def __init__(self, draws: Sequence[Draw] = (), noise: Tensor | None = None) -> None:
        super().__init__()
        parts = noise.split([draw.size for draw in draws], dim=1) if noise is not None and draws else ()
        self._left = None if noise is None else list(zip(draws, parts, strict=True))
        self.seen: list[tuple[str, tuple[int, ...]]] = []

    def __torch_function__(
        self, func: Callable[..., Any], types: Any, args: Sequence[Any] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        """Call it, or give what it would draw."""
        given = kwargs or {}
        draws = given.get("generator") is not None
        if draws and (func not in KINDS or given.keys() - {"generator", "device"} or len(args) > 1):
            raise _unable(f"it draws by {getattr(func, '__name__', func)}")
        if not draws or self._left is None:
            result = func(*args, **given)
            if draws:
                self.seen.append((KINDS[func], tuple(result.shape)))
            return result
        draw, part = self._left.pop(0)
        value = part.reshape(-1, *draw.rest).movedim(0, draw.axis)
        return args[0].copy_(value) if isinstance(args[0], Tensor) else value


def find_draws(sample: Callable[[int], object]) -> list[Draw]:
    """What is drawn by a function of the number of rows.

    Raises:
        QuorateError: it can not be given from outside.
    """
    seen = []
    for rows in (2, 3):
        with Draws() as draws:
            sample(rows)
        seen.append(draws.seen)
    if len(seen[0]) != len(seen[1]):
        raise _unable("it draws another number of times for other rows")
    return [_draw(kind, two, three) for (kind, two), (_, three) in zip(*seen, strict=True)]


def _draw(kind: str, two: tuple[int, ...], three: tuple[int, ...]) -> Draw:
    axes = [axis for axis, sizes in enumerate(zip(two, three, strict=True)) if sizes == (2, 3)]
    rest = [tuple(size for axis, size in enumerate(shape) if axis not in axes) for shape in (two, three)]
    if len(axes) != 1 or rest[0] != rest[1]:
        raise _unable("not every row has its own random numbers")
    return Draw(kind, axes[0], rest[0])


def _unable(reason: str) -> QuorateError:
    known = sorted(func.__name__ for func in KINDS)
    fix = "export it with --greedy where it has a mode; or its author draws by these functions, without more arguments"
    return QuorateError(f"the policy's samples can not be exported: {reason}", choices=known, fix=fix)
