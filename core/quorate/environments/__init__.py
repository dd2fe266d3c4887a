"""Environments at run time, and the two-way bridge to PettingZoo. Names are imported when first used.

The lazy imports keep torch out of worker processes, which step environments and know arrays only.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from quorate.environments.build import build_environment
    from quorate.environments.from_parallel import ParallelBatch
    from quorate.environments.parallel_view import to_parallel
    from quorate.environments.seeds import row_seed

__all__ = ["ParallelBatch", "build_environment", "row_seed", "to_parallel"]

_HOMES = {
    "ParallelBatch": "from_parallel",
    "build_environment": "build",
    "row_seed": "seeds",
    "to_parallel": "parallel_view",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
