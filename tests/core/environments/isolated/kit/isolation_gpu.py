"""A GPU that is none: CUDA's calls, on memory of the host."""

import os
from pathlib import Path
from typing import Any

import torch
from isolation_kit import Drift
from isolation_settings import DriftSettings

from quorate.environments.isolated import cuda
from quorate.processes import memory


class FakeGpu:
    """Takes the place of the functions of `quorate.environments.isolated.cuda`.

    Args:
        uuid: of the GPU; also what goes wrong when its memory is attached.
    """

    def __init__(self, uuid: str) -> None:
        self.uuid, self.log = uuid, []

    def install(self, put: Any = setattr) -> None:
        for name in ("uuid_of", "share", "attach", "wait"):
            put(cuda, name, getattr(self, name))

    def uuid_of(self, device: torch.device) -> str | None:
        return self.uuid

    def share(self, size: int, device: torch.device) -> tuple[torch.Tensor, list[Any]]:
        path, mapped = memory.create(size)
        return torch.frombuffer(mapped, dtype=torch.uint8), [7, str(path)]

    def attach(self, handle: list[Any], device: torch.device) -> torch.Tensor:
        path = Path(handle[1])
        block = torch.frombuffer(memory.attach(path), dtype=torch.uint8)
        path.unlink()
        if self.uuid == "dies":
            os._exit(5)
        if self.uuid == "refuses":
            raise RuntimeError("CUDA error: invalid device context")
        return block.clone() if self.uuid == "deaf" else block

    def wait(self, device: torch.device) -> None:
        self.log.append("wait")


class OnGpu(Drift):
    """Says that its tensors are on a GPU."""

    def __init__(self, settings: DriftSettings, *, batch: int, device: Any = "cpu") -> None:
        super().__init__(settings, batch=batch, device=device)
        FakeGpu(settings.label).install()
