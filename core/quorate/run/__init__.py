"""The run loop: budget, evaluation, checkpoints, records. Names are imported when first used, torch with them."""

from typing import TYPE_CHECKING

from quorate.lazy import lazily

if TYPE_CHECKING:
    from quorate.folders.directory import RunDirectory
    from quorate.folders.files import check_place, disk_errors, refuse_links, write_bytes, write_json
    from quorate.run.execute import Outcome, evaluate, resume, start
    from quorate.run.loading import read_run
    from quorate.run.metrics import read_metrics
    from quorate.run.progress import Display, make_display
    from quorate.run.state import RunInfo

__all__ = [
    "Display",
    "Outcome",
    "RunDirectory",
    "RunInfo",
    "check_place",
    "disk_errors",
    "evaluate",
    "make_display",
    "read_metrics",
    "read_run",
    "refuse_links",
    "resume",
    "start",
    "write_bytes",
    "write_json",
]

__getattr__, __dir__ = lazily(
    __name__,
    {
        "quorate.folders.directory": "RunDirectory",
        ".execute": "Outcome evaluate resume start",
        "quorate.folders.files": "check_place disk_errors refuse_links write_bytes write_json",
        ".loading": "read_run",
        ".metrics": "read_metrics",
        ".progress": "Display make_display",
        ".state": "RunInfo",
    },
)
