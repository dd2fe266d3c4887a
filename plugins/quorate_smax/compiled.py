"""Compiled functions are kept on the disk, and arrays change hands between jax and torch."""

import os
from pathlib import Path
from typing import Any

import jax
import numpy as np
import torch
from torch import Tensor


def keep_compiled() -> None:
    """Let jax keep what it compiles: the second process takes a tenth of the time.

    The folder is that of the environment variable ``JAX_COMPILATION_CACHE_DIR``, or in the user's cache.
    """
    if jax.config.values["jax_compilation_cache_dir"] is None:
        home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
        jax.config.update("jax_compilation_cache_dir", str(home / "quorate" / "jax"))
    jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.5)
    jax.config.update("jax_persistent_cache_min_entry_size_bytes", -1)


def to_torch(array: Any, device: torch.device) -> Tensor:
    """A copy that is the caller's."""
    if device.type == "cuda":
        return torch.utils.dlpack.from_dlpack(array).clone()
    return torch.from_numpy(np.array(array)).to(device)  # dlpack takes longer on the CPU


def to_jax(tensor: Tensor) -> Any:
    """What a compiled function takes; on the CPU dlpack would tie it to a device, for which it is compiled anew."""
    if tensor.device.type == "cuda":
        return jax.dlpack.from_dlpack(tensor.contiguous())
    return tensor.numpy()
