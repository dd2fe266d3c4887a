"""One seed per row of a batch."""

from quorate.seeding import derive_seed


def row_seed(seed: int, row: int) -> int:
    """The seed of one row's environment: in [0, 2**31), which simulators with 32-bit seeds accept too."""
    return derive_seed(seed, "environment", row) % 2**31
