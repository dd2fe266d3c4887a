"""The state of an environment as a message: the checkpoints' codec for its tree, and its tensors' bytes one by one."""

from typing import Any

import torch
from torch import Tensor

from quorate.codec import decode, encode
from quorate.environments.isolated.tensors import Slot, table_from_data, table_to_data


def pack(state: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
    """A state as plain data and bytes.

    Raises:
        RunError: it holds something that a checkpoint can not hold.
    """
    tree, tensors = encode(state)
    table = table_to_data({name: Slot.of(tensor) for name, tensor in tensors.items()})
    return {"tree": tree, "tensors": table}, b"".join(map(_bytes, tensors.values()))


def unpack(message: dict[str, Any], payload: bytearray) -> dict[str, Any]:
    """The state."""
    tensors, offset = {}, 0
    block = torch.frombuffer(payload, dtype=torch.uint8) if payload else torch.empty(0, dtype=torch.uint8)
    for name, slot in table_from_data(message["tensors"]).items():
        # Each on memory of its own, aligned, and not kept alive by the others.
        tensors[name] = slot.view(block[offset : offset + slot.bytes].clone(), 0)
        offset += slot.bytes
    state: dict[str, Any] = decode(message["tree"], tensors)
    return state


def _bytes(tensor: Tensor) -> bytes:
    return tensor.reshape(-1).view(torch.uint8).numpy().tobytes() if tensor.numel() else b""
