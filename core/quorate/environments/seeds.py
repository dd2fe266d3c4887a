"""One seed per row of a batch, and per episode of a row."""

from quorate.seeding import derive_seed


def row_seed(seed: int, row: int) -> int:
    """The seed of one row's environment: in [0, 2**31), which simulators with 32-bit seeds accept too."""
    return derive_seed(seed, "environment", row) % 2**31


def episode_seed(seed: int, number: int) -> int:
    """The seed of an episode of a row: for the first the row's own, then others, in the same range."""
    return seed if number == 0 else derive_seed(seed, "episode", number) % 2**31
