"""Tensors in memory that two interpreters share: a table of slots, agreed in advance, and copies in and out."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

import torch
from torch import Tensor

from quorate.environments.values import described
from quorate.errors import QuorateError
from quorate.interfaces import Step

ALIGNMENT = 64

FIELDS = ("observation", "state", "reward", "terminated", "truncated")
FINAL = ("observation", "state", "action_mask", "agent_mask")
OPTIONAL = ("action_mask", "agent_mask", "agent_reward", "outcomes", *(f"final_{name}" for name in FINAL))
_INFO = "info."
_ALL = (*FIELDS, *OPTIONAL)
_values = attrgetter(*_ALL)


@dataclass(frozen=True)
class Slot:
    """The place of one tensor.

    Attributes:
        shape: of the tensor.
        dtype: of the tensor.
    """

    shape: tuple[int, ...]
    dtype: torch.dtype

    @classmethod
    def of(cls, tensor: Tensor) -> "Slot":
        """The slot that a tensor needs."""
        return cls(tuple(tensor.shape), tensor.dtype)

    @property
    def bytes(self) -> int:
        """That the tensor takes."""
        return math.prod(self.shape) * self.dtype.itemsize

    @property
    def size(self) -> int:
        """Bytes, aligned."""
        return -(-self.bytes // ALIGNMENT) * ALIGNMENT

    def view(self, block: Tensor, offset: int) -> Tensor:
        """The tensor in a block of bytes, at a place in it."""
        if not math.prod(self.shape):
            return torch.empty(self.shape, dtype=self.dtype, device=block.device)
        return block[offset : offset + self.bytes].view(self.dtype).reshape(self.shape)


Table = dict[str, Slot]


def table_to_data(table: Mapping[str, Slot]) -> list[Any]:
    """Plain data."""
    return [[name, list(slot.shape), str(slot.dtype).removeprefix("torch.")] for name, slot in table.items()]


def table_from_data(data: Iterable[Any]) -> Table:
    """The table.

    Raises:
        QuorateError: it has a type of numbers that this version of torch lacks.
    """
    return {name: Slot(tuple(shape), dtype_of(dtype)) for name, shape, dtype in data}


def dtype_of(name: str) -> torch.dtype:
    """The type of that name.

    Raises:
        QuorateError: this version of torch lacks it.
    """
    dtype = getattr(torch, name, None)
    if isinstance(dtype, torch.dtype):
        return dtype
    raise QuorateError(f"torch {torch.__version__} has no type {name!r}", fix="use the same version of torch in both")


def total(table: Mapping[str, Slot]) -> int:
    """Bytes that a table takes."""
    return sum(slot.size for slot in table.values())


def views(table: Mapping[str, Slot], block: Tensor) -> dict[str, Tensor]:
    """The tensors of a table in a block of bytes, which they keep alive."""
    result, offset = {}, 0
    for name, slot in table.items():
        result[name] = slot.view(block, offset)
        offset += slot.size
    return result


def tensors_of(step: Step, name: str) -> dict[str, Any]:
    """What a step has, by the names of slots; nothing is known of what it is.

    Raises:
        QuorateError: it is no `Step`.
    """
    if not isinstance(step, Step):
        fix = "Return a quorate.interfaces.Step from reset and step."
        raise QuorateError(f"environment {name} returned {described(step)}, but must return a Step", fix=fix)
    found = {field: value for field, value in zip(_ALL, _values(step), strict=True) if value is not None}
    return found | {_INFO + key: value for key, value in step.info.items()} if step.info else found


def check_dense(found: Mapping[str, Any], name: str) -> None:
    """Look at what a step has.

    Raises:
        QuorateError: something in it is no dense tensor, or is missing.
    """
    for key, value in [*((field, found.get(field)) for field in FIELDS), *found.items()]:
        if not isinstance(value, Tensor) or value.layout != torch.strided or value.is_quantized:
            fix = "Give dense tensors only."
            raise QuorateError(f"environment {name}: {key} is a {_what(value)}, not a dense tensor", fix=fix)


class Filler:
    """Puts what steps have into slots.

    Args:
        slots: by name.
    """

    def __init__(self, slots: Mapping[str, Tensor]) -> None:
        self._slots = slots
        self._targets: dict[tuple[str, ...], list[Tensor]] = {}

    def fill(self, found: Mapping[str, Any]) -> bool:
        """Put it all there, in one call; False where something has no slot, or another one."""
        names = tuple(found)
        if (slots := self._targets.get(names)) is None:
            if not names or not self._slots.keys() >= found.keys():
                return False
            slots = self._targets[names] = [self._slots[name] for name in names]
        tensors = list(found.values())
        for tensor, slot in zip(tensors, slots, strict=True):
            if not (
                isinstance(tensor, Tensor)
                and tensor.dtype is slot.dtype
                and tensor.shape == slot.shape
                and tensor.layout is torch.strided
            ):
                return False
        if any([tensor.requires_grad for tensor in tensors]):
            tensors = [tensor.detach() for tensor in tensors]
        torch._foreach_copy_(slots, tensors)
        return True


class Receiver:
    """Makes steps of what is in slots: of copies, since the next step overwrites the slots.

    Args:
        slots: by name.
        device: of the copies.
    """

    def __init__(self, slots: Mapping[str, Tensor], device: torch.device) -> None:
        self._slots, self._device = slots, device
        self._present: Sequence[str] = ()
        self._fields: list[str] = []
        self._info: list[str] = []
        self._sources: list[Tensor] = []
        self._room: list[Tensor] = []

    def make_room(self) -> None:
        """For what was present last, while the other side is busy with the next step."""
        self._room = [torch.empty_like(slot, device=self._device) for slot in self._sources]

    def step(self, present: Sequence[str]) -> Step:
        """The step, of the slots that have something in them."""
        if present != self._present:
            self._expect(present)
        if not self._room:
            self.make_room()
        tensors, self._room = self._room, []
        torch._foreach_copy_(tensors, self._sources)  # as copying each, in one call
        fields: dict[str, Any] = dict(zip(self._fields, tensors, strict=False))
        return Step(**fields, info=dict(zip(self._info, tensors[len(fields) :], strict=True)))

    def _expect(self, present: Sequence[str]) -> None:
        self._fields = [name for name in present if not name.startswith(_INFO)]
        info = [name for name in present if name.startswith(_INFO)]
        self._info = [name.removeprefix(_INFO) for name in info]
        self._sources = [self._slots[name] for name in (*self._fields, *info)]
        self._present, self._room = present, []


def expected(found: Mapping[str, Tensor]) -> Table:
    """The slots for a step, and for what is only there when an episode ends."""
    table = {name: Slot.of(tensor) for name, tensor in found.items()}
    for name in FINAL:
        if name in table:
            table.setdefault(f"final_{name}", table[name])
    return table


def _what(value: Any) -> str:
    return f"{value.layout} tensor" if isinstance(value, Tensor) else type(value).__name__
