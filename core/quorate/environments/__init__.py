"""Environments at run time, and the two-way bridge to PettingZoo. Names are imported when first used.

The lazy imports keep torch out of worker processes, which step environments and know arrays only.
"""

from typing import TYPE_CHECKING

from quorate.lazy import lazily

if TYPE_CHECKING:
    from quorate.environments.batched import BatchedEnvironment
    from quorate.environments.build import build_environment
    from quorate.environments.from_parallel import ParallelBatch
    from quorate.environments.native import Advance, NativeEnvironment, View
    from quorate.environments.paid_later import PaidLater
    from quorate.environments.parallel_view import to_parallel
    from quorate.environments.seeds import row_seed

__all__ = [
    "Advance",
    "BatchedEnvironment",
    "NativeEnvironment",
    "PaidLater",
    "ParallelBatch",
    "View",
    "build_environment",
    "row_seed",
    "to_parallel",
]

__getattr__, __dir__ = lazily(
    __name__,
    {
        ".batched": "BatchedEnvironment",
        ".from_parallel": "ParallelBatch",
        ".native": "Advance NativeEnvironment View",
        ".paid_later": "PaidLater",
        ".build": "build_environment",
        ".seeds": "row_seed",
        ".parallel_view": "to_parallel",
    },
)
