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
        self._targets: dict[tuple[str, ...], tuple[list[Tensor], list[Any]]] = {}

    def fill(self, found: Mapping[str, Any]) -> bool:
        """Put it all there, in one call; False where something has no slot, or another one."""
        names, tensors = tuple(found), list(found.values())
        if names not in self._targets:
            if not self._slots.keys() >= found.keys():
                return False
            slots = [self._slots[name] for name in names]
            self._targets[names] = slots, [(slot.dtype, slot.shape, False) for slot in slots]
        slots, kinds = self._targets[names]
        try:
            if [(tensor.dtype, tensor.shape, tensor.requires_grad) for tensor in tensors] != kinds:
                if [(tensor.dtype, tensor.shape, False) for tensor in tensors] != kinds:
                    return False
                tensors = [tensor.detach() for tensor in tensors]
            torch._foreach_copy_(slots, tensors)
        except (AttributeError, TypeError, RuntimeError):  # no tensors, or none that are dense
            return False
        return True


class Receiver:
    """Makes steps of what is in slots: of copies, since the next step overwrites the slots.

    Args:
        slots: by name.
        device: of the copies.
    """

    def __init__(self, slots: Mapping[str, Tensor], device: torch.device) -> None:
        self._slots, self._device = slots, device
        self._known: dict[tuple[str, ...], tuple[list[Tensor], list[str]]] = {}
        self._room: dict[str, Tensor] = {}
        self._ready = False

    def make_room(self) -> None:
        """For all that may be present, while the other side is busy with the next step."""
        for name, slot in self._slots.items():
            if name not in self._room:
                self._room[name] = torch.empty_like(slot, device=self._device)
        self._ready = True

    def step(self, present: Sequence[str]) -> Step:
        """The step, of the slots that have something in them."""
        if not self._ready:
            self.make_room()
        if (names := tuple(present)) not in self._known:
            info = [name for name in names if name.startswith(_INFO)]
            self._known[names] = [self._slots[name] for name in names], info
        sources, info = self._known[names]
        found: dict[str, Any] = {name: self._room.pop(name) for name in names}
        self._ready = False
        torch._foreach_copy_(list(found.values()), sources)  # as copying each, in one call
        return Step(info={name.removeprefix(_INFO): found.pop(name) for name in info}, **found)


def expected(found: Mapping[str, Tensor]) -> Table:
    """The slots for a step, and for what is only there when an episode ends."""
    table = {name: Slot.of(tensor) for name, tensor in found.items()}
    for name in FINAL:
        if name in table:
            table.setdefault(f"final_{name}", table[name])
    return table


def _what(value: Any) -> str:
    return f"{value.layout} tensor" if isinstance(value, Tensor) else type(value).__name__
