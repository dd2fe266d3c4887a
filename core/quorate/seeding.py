"""Randomness is passed, never global: every generator derives from one root seed and a name."""

import hashlib
from typing import TYPE_CHECKING

from quorate.errors import QuorateError
from quorate.whole import whole_number

if TYPE_CHECKING:
    import torch


def derive_seed(seed: int, *names: object) -> int:
    """A seed for one purpose, independent of those for other names.

    Args:
        seed: the root seed of the run.
        names: what the randomness is for, such as ``"training"``.

    Returns:
        An integer in [0, 2**63).

    Raises:
        QuorateError: the seed is no whole number.
    """
    root = whole_number(seed)
    if root is None:
        raise QuorateError(f"the seed is {seed!r:.60}, but must be a whole number", fix="give a whole number")
    text = "/".join(str(part) for part in (root, *names))
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") >> 1


def generator(seed: int, *names: object, device: "torch.device | str" = "cpu") -> "torch.Generator":
    """A generator on `device` for one purpose of a run (see `derive_seed`)."""
    import torch  # here, because worker processes derive seeds and do not load torch

    return torch.Generator(device=device).manual_seed(derive_seed(seed, *names))
