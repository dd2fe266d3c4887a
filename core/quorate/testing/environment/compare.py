"""The tensors of a step by name, and where those of two steps differ."""

from collections.abc import Iterator, Sequence
from dataclasses import fields

from torch import Tensor

from quorate.interfaces import Step

FIELDS = tuple(field.name for field in fields(Step) if field.name != "info")


def tensors(step: Step) -> dict[str, Tensor]:
    """Every tensor of a step; those of `info` as ``info[name]``."""
    named = {name: getattr(step, name) for name in FIELDS}
    named |= {f"info[{key!r}]": value for key, value in step.info.items()}
    return {name: value for name, value in named.items() if value is not None}


def difference(one: Step, two: Step, rows: slice = slice(None)) -> str | None:
    """Where the rows of two steps are not equal bit for bit, in words; None where they are.

    Whether a step has final observations or outcomes at all depends on all rows; they are compared for rows that ended.
    """
    ours, theirs = _of_rows(one, rows), _of_rows(two, rows)
    for name in sorted({*ours, *theirs}, key=_order):
        if name not in ours or name not in theirs:
            return f"{name} is there once and missing once"
        if found := _unequal(ours[name], theirs[name], rows.start or 0):
            return f"{name}{found}"
    return None


def at(step: int, row: int | None = None, agent: str | None = None) -> str:
    """A place in words."""
    where = [f"step {step}" if step else "the reset"]
    where += [] if row is None else [f"row {row}"]
    return ", ".join(where + ([] if agent is None else [f"agent {agent!r}"]))


def places(where: Tensor) -> list[list[int]]:
    """The indices of true entries."""
    found: list[list[int]] = where.nonzero().tolist()
    return found


def pairs(steps: Sequence[Step]) -> Iterator[tuple[int, str, Tensor]]:
    """Every tensor of every step: the step's number, the tensor's name, the tensor."""
    for time, step in enumerate(steps):
        for name, value in tensors(step).items():
            yield time, name, value


def _of_rows(step: Step, rows: slice) -> dict[str, Tensor]:
    chosen = {name: value[rows] for name, value in tensors(step).items()}
    if not bool(step.ended[rows].any()):
        chosen = {name: value for name, value in chosen.items() if not name.startswith(("final_", "outcomes"))}
    return chosen


def _unequal(one: Tensor, two: Tensor, offset: int) -> str | None:
    if one.shape != two.shape or one.dtype != two.dtype:
        return f": {one.dtype} {list(one.shape)} against {two.dtype} {list(two.shape)}"
    unequal = (one != two) & ~((one != one) & (two != two))
    for row, *rest in places(unequal):
        left, right = one[(row, *rest)].item(), two[(row, *rest)].item()
        return f"[{', '.join(map(str, (row + offset, *rest)))}] is {left:.9g} against {right:.9g}"
    return None


def _order(name: str) -> tuple[int, str]:
    return (FIELDS.index(name) if name in FIELDS else len(FIELDS)), name
