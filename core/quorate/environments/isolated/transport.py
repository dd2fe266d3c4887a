"""Memory that tensors cross in between two interpreters: of the host, or of a GPU that both see.

The process that wants an environment makes the memory, and keeps it; the environment's own attaches it. Whoever has
written or read lets its device come to an end with that before the other one is told.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, final

import torch
from torch import Tensor
from typing_extensions import override

from quorate.environments.isolated import cuda
from quorate.errors import QuorateError, RunError
from quorate.foreign import told
from quorate.interpreters import Crossing, user_settings
from quorate.interpreters.process import Worker
from quorate.processes import memory
from quorate.progress import tell


class Transport(ABC):
    """Makes blocks of memory that two processes share, and attaches them.

    Attributes:
        name: for the record.
    """

    name: str

    @abstractmethod
    def share(self, size: int) -> AbstractContextManager[tuple[Tensor, dict[str, Any]]]:
        """A new block [size or more], uint8, and where it is, which is told to the other side before the context ends.

        Raises:
            QuorateError: there is no room.
        """

    @abstractmethod
    def attach(self, where: dict[str, Any]) -> Tensor:
        """The block that the other side has made."""

    @abstractmethod
    def wait(self) -> None:
        """Wait until all that was asked of a device is done, and the other side may be told."""


@final
class HostMemory(Transport):
    """Files in memory that are mapped by both, and lose their names at once."""

    name = "shared-memory"

    @override
    @contextmanager
    def share(self, size: int) -> Iterator[tuple[Tensor, dict[str, Any]]]:
        path, mapped = memory.create(size)
        try:
            yield torch.frombuffer(mapped, dtype=torch.uint8), {"path": str(path)}
        finally:
            path.unlink(missing_ok=True)

    @override
    def attach(self, where: dict[str, Any]) -> Tensor:
        return torch.frombuffer(memory.attach(Path(where["path"])), dtype=torch.uint8)

    @override
    def wait(self) -> None:
        """What is written to the host's memory is there at once."""


@final
class GpuMemory(Transport):
    """Memory of a GPU, which tensors do not leave.

    Args:
        device: the GPU, by its number in this process.
    """

    name = "cuda-ipc (experimental)"

    def __init__(self, device: torch.device) -> None:
        self._device = device

    @override
    @contextmanager
    def share(self, size: int) -> Iterator[tuple[Tensor, dict[str, Any]]]:
        block, handle = cuda.share(max(size, 1), self._device)
        yield block, {"handle": handle}

    @override
    def attach(self, where: dict[str, Any]) -> Tensor:
        return cuda.attach(where["handle"], self._device)

    @override
    def wait(self) -> None:
        cuda.wait(self._device)


def transport_to(where: dict[str, Any], device: torch.device) -> Transport:
    """In the environment's process, whose tensors are on a device: what attaches a block."""
    return GpuMemory(device) if "handle" in where else HostMemory()


def choose(worker: Worker, there: str | None, device: torch.device) -> tuple[Transport, str]:
    """What is used between two interpreters: memory of a GPU, where both have it and it was seen to work.

    Args:
        worker: has built an environment.
        there: the GPU that its tensors are on (`cuda.uuid_of`).
        device: of the tensors here.

    Returns:
        It, and what the record says of it.

    Raises:
        RunError: the user's settings ask for what can not be.
    """
    wanted = user_settings().interpreter_transport
    if wanted is Crossing.SHARED_MEMORY:
        return HostMemory(), HostMemory.name
    why = _obstacle(there, device) or _trial(worker, GpuMemory(device))
    if why is None:
        return GpuMemory(device), GpuMemory.name
    if wanted is Crossing.CUDA:
        problem = f"Tensors can not cross to the interpreter {worker.name!r} on a GPU: {why}."
        raise RunError(problem, where=str(user_settings().file), fix="Set 'interpreter_transport: auto'.")
    if device.type == "cuda":
        tell(f"tensors cross to the interpreter {worker.name!r} over the host: {why}")
    return HostMemory(), f"{HostMemory.name}: {why}"


def _obstacle(there: str | None, device: torch.device) -> str | None:
    here = cuda.uuid_of(device)
    if here is None:
        return "the run's tensors are not on a GPU"
    if there is None:
        return "the environment's tensors are not on a GPU"
    return None if here == there else "the environment's tensors are on another GPU"


def _trial(worker: Worker, transport: Transport) -> str | None:
    """Let each side read what the other wrote; what does not work."""
    numbers = torch.arange(256, dtype=torch.uint8)
    try:
        with transport.share(len(numbers)) as (block, where):
            block[: len(numbers)].copy_(numbers)
            transport.wait()
            worker.ask("try", where=where)
            read = block[: len(numbers)].cpu()
    except Exception as error:
        if not worker.running:
            fix = f"Set 'interpreter_transport: {Crossing.SHARED_MEMORY}' in {user_settings().file}."
            raise RunError(f"Sharing memory of a GPU failed: {told(error)}", where=worker.python, fix=fix) from error
        return error.problem if isinstance(error, QuorateError) else told(error)
    return None if torch.equal(read, answered(numbers)) else "one side does not read what the other writes"


def answered(block: Tensor) -> Tensor:
    """What the environment's process leaves of what it reads, when it is tried whether both see the same memory."""
    return 255 - block
