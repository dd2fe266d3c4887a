"""CUDA's calls for memory of a GPU that two processes share. Experimental: they never ran on a GPU of ours.

They are those of `torch.multiprocessing.reductions`; what one process tells the other is numbers and bytes, which are
sent as any message is, and nothing is pickled.
"""

from typing import Any

import torch
from torch import Tensor


def uuid_of(device: torch.device) -> str | None:
    """What names a GPU on this machine, whatever number each process knows it by; None where it is none."""
    return str(torch.cuda.get_device_properties(device).uuid) if device.type == "cuda" else None


def share(size: int, device: torch.device) -> tuple[Tensor, list[Any]]:
    """New memory [size], uint8, and its handle; the memory must be kept for as long as another process uses it.

    Raises:
        RuntimeError: this GPU, or this system, does not share its memory.
    """
    block = torch.zeros(size, dtype=torch.uint8, device=device)
    wait(device)
    parts = block.untyped_storage()._share_cuda_()
    return block, [{"bytes": part.hex()} if isinstance(part, bytes) else part for part in parts]


def attach(handle: list[Any], device: torch.device) -> Tensor:
    """The memory that another process has shared; the first part of a handle, a GPU's number there, means nothing here.

    Raises:
        RuntimeError: it can not be had here.
    """
    torch.cuda.init()
    index = torch.cuda.current_device() if device.index is None else device.index
    parts = [bytes.fromhex(part["bytes"]) if isinstance(part, dict) else part for part in handle[1:]]
    storage = torch.UntypedStorage._new_shared_cuda(index, *parts)
    return torch.empty(0, dtype=torch.uint8, device=storage.device).set_(storage)


def wait(device: torch.device) -> None:
    """Wait until what this thread has asked of a GPU is done."""
    torch.cuda.current_stream(device).synchronize()
