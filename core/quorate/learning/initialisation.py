"""Initial parameters: drawn from a seed, whatever else was drawn before."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch

from quorate.seeding import derive_seed


@contextmanager
def seeded_initialisation(seed: int, *purpose: object) -> Iterator[None]:
    """Build modules here: torch initialises layers from its global generator, which is seeded inside, restored after.

    Args:
        seed: the root seed of the run.
        purpose: what is initialised, such as ``"policy"``.
    """
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(derive_seed(seed, "initialisation", *purpose))
        yield


def initial_generator() -> torch.Generator:
    """A generator of initial parameters, on the CPU, seeded from torch's global one (see `seeded_initialisation`)."""
    return torch.Generator().manual_seed(int(torch.randint(2**62, ())))
