"""Initial parameters: drawn from a seed, whatever else was drawn before."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

import torch

from quorate.seeding import derive_seed

_given: ContextVar[torch.Generator | None] = ContextVar("given", default=None)


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


@contextmanager
def initialised_by(generator: torch.Generator) -> Iterator[None]:
    """Build modules here whose initial parameters a generator draws; torch's own layers draw by its seed."""
    token = _given.set(generator)
    try:
        with torch.random.fork_rng(devices=[]):
            torch.default_generator.manual_seed(generator.initial_seed())
            yield
    finally:
        _given.reset(token)


def initial_generator() -> torch.Generator:
    """A generator of initial parameters, on the CPU.

    That of `initialised_by`; elsewhere, one seeded from torch's global generator (see `seeded_initialisation`).
    """
    return _given.get() or torch.Generator().manual_seed(int(torch.randint(2**62, ())))
