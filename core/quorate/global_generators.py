"""Global random generators. Quorate's own code never uses them; a library below it may, and resumes exactly too."""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch

from quorate.errors import RunError
from quorate.failures import told_as
from quorate.seeding import derive_seed


def seed_global_generators(seed: int) -> None:
    """Seed the global generators of Python, numpy and torch."""
    random.seed(derive_seed(seed, "ambient", "python"))
    np.random.seed(derive_seed(seed, "ambient", "numpy") % 2**32)
    # torch.manual_seed leaves a note with a stack trace for accelerators, each time and also where there are none
    seed_torch = torch.manual_seed if torch.accelerator.is_available() else torch.default_generator.manual_seed
    seed_torch(derive_seed(seed, "ambient", "torch"))


def global_generators_state() -> dict[str, Any]:
    """Their states, for a checkpoint."""
    kind, keys, position, has_gauss, gauss = np.random.get_state(legacy=True)
    return {
        "python": random.getstate(),
        "numpy": (str(kind), torch.from_numpy(np.asarray(keys).astype(np.int64)), position, has_gauss, gauss),
        "torch": torch.get_rng_state(),
        "cuda": torch.cuda.get_rng_state_all() if torch.cuda.is_initialized() else [],
    }


def restore_global_generators(state: dict[str, Any]) -> None:
    """Continue from what `global_generators_state` returned.

    Raises:
        RunError: it is something else.
    """
    with told_as("restoring the random generators of the checkpoint", RunError, "Use another checkpoint of the run."):
        kind, keys, position, has_gauss, gauss = state["numpy"]
        random.setstate(state["python"])
        np.random.set_state((kind, keys.numpy().astype(np.uint32), position, has_gauss, gauss))
        torch.set_rng_state(state["torch"])
        if state["cuda"] and len(state["cuda"]) == torch.cuda.device_count():
            torch.cuda.set_rng_state_all(state["cuda"])


@contextmanager
def kept_global_generators() -> Iterator[None]:
    """Leave them as they were before: they are the caller's, and a run seeds them for itself."""
    state = global_generators_state()
    try:
        yield
    finally:
        restore_global_generators(state)
