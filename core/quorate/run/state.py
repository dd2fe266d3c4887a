"""What hooks are told of a run."""

from dataclasses import dataclass
from pathlib import Path

from quorate.config.resolved import ResolvedRun


@dataclass(frozen=True)
class RunInfo:
    """One run, as hooks see it.

    Attributes:
        directory: the run's folder.
        run: its resolved configuration.
        first_step: training steps already made when this part of the run began; 0 for a new one.
        resumed: whether it goes on after a stop.
    """

    directory: Path
    run: ResolvedRun
    first_step: int = 0
    resumed: bool = False
