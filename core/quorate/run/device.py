"""From the settings ``device`` and ``threads`` to where and how torch computes."""

import os

import torch

from quorate.errors import RunError


def prepare_device(name: str, threads: int | None = None, where: str = "device") -> torch.device:
    """The device to compute on; sets torch's threads, and deterministic kernels where it is a GPU.

    Args:
        name: ``cpu``, ``auto``, ``cuda``, ``cuda:1``, ...
        threads: threads of one operation; None leaves torch's own choice.
        where: the place of the setting, for the message.

    Raises:
        RunError: there is no such device here.
    """
    if threads is not None:
        torch.set_num_threads(threads)
    device = _device(name, where)
    if device.type == "cuda":
        os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
        torch.use_deterministic_algorithms(True, warn_only=True)
    return device


def _device(name: str, where: str) -> torch.device:
    choices = available_devices()
    if name == "auto":
        return torch.device(choices[-1] if len(choices) == 1 else "cuda:0" if "cuda:0" in choices else choices[1])
    if name == "cuda" and "cuda:0" in choices:
        name = "cuda:0"
    if name not in choices:
        fix = "Choose one of these with device=..., or auto."
        raise RunError(f"The device {name!r} is not available here.", where=where, choices=choices, fix=fix)
    return torch.device(name)


def available_devices() -> list[str]:
    """What can be computed on here, the CPU first."""
    cuda = [f"cuda:{index}" for index in range(torch.cuda.device_count())] if torch.cuda.is_available() else []
    return ["cpu", *cuda, *(["mps"] if torch.backends.mps.is_available() else [])]
