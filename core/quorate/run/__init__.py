"""The run loop: budget, evaluation, checkpoints, records. Names are imported when first used, torch with them."""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from quorate.run.directory import RunDirectory
    from quorate.run.execute import Outcome, evaluate, extend, resume, start
    from quorate.run.loading import OpenRun, open_run
    from quorate.run.metrics import read_metrics
    from quorate.run.state import RunInfo

__all__ = [
    "OpenRun",
    "Outcome",
    "RunDirectory",
    "RunInfo",
    "evaluate",
    "extend",
    "open_run",
    "read_metrics",
    "resume",
    "start",
]

_HOMES = {
    "OpenRun": "loading",
    "Outcome": "execute",
    "RunDirectory": "directory",
    "RunInfo": "state",
    "evaluate": "execute",
    "extend": "execute",
    "open_run": "loading",
    "read_metrics": "metrics",
    "resume": "execute",
    "start": "execute",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
