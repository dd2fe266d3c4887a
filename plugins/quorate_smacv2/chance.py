"""What SMACv2 draws from: generators inside it, which are seeded, and global ones, of which it has its own states."""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from quorate.seeding import derive_seed


def seed_distributions(distributions: dict[str, Any], seed: int) -> None:
    """Seed the generator of each distribution, and of each that it is made of."""
    for name, distribution in distributions.items():
        for path, one in _nested(distribution, name):
            if hasattr(one, "rng"):
                one.rng = np.random.default_rng(derive_seed(seed, "smacv2", path))


def _nested(distribution: Any, path: str) -> Iterator[tuple[str, Any]]:
    yield path, distribution
    for name, value in vars(distribution).items():
        if callable(getattr(value, "generate", None)):
            yield from _nested(value, f"{path}.{name}")


class OwnGenerators:
    """States of Python's and numpy's global generators for one game, so that rows in one process do not mix."""

    def __init__(self) -> None:
        self.seed(0)

    def seed(self, seed: int) -> None:
        """Begin anew."""
        self._python = random.Random(derive_seed(seed, "smacv2", "python")).getstate()
        self._numpy = np.random.RandomState(derive_seed(seed, "smacv2", "numpy") % 2**32).get_state()
        self.attacks = np.random.default_rng(derive_seed(seed, "smacv2", "attacks"))

    @contextmanager
    def used(self) -> Iterator[None]:
        """Meanwhile the global generators are these; afterwards they are as they were."""
        before = random.getstate(), np.random.get_state()
        random.setstate(self._python)
        np.random.set_state(self._numpy)
        try:
            yield
        finally:
            self._python, self._numpy = random.getstate(), np.random.get_state()
            random.setstate(before[0])
            np.random.set_state(before[1])
