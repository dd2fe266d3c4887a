"""Run hooks that write TensorBoard events."""

from collections.abc import Mapping

from torch.utils.tensorboard import SummaryWriter

from quorate.hookspecs import hookimpl
from quorate.run import RunInfo, read_metrics
from quorate_tensorboard.settings import TensorBoardSettings


class TensorBoardLogger:
    """Writes every metric of a run as a scalar, by the number of training steps.

    On resume, the events from the checkpoint's step on are purged: TensorBoard hides what the run makes again. What
    the checkpoint knew of its own step is written anew, for an evaluation of that step may still follow.
    """

    def __init__(self, settings: TensorBoardSettings) -> None:
        self._settings = settings
        self._writer: SummaryWriter | None = None

    @hookimpl
    def quorate_run_started(self, run: RunInfo) -> None:
        """Open the event file in the run's folder."""
        known = _known(run)
        self._writer = SummaryWriter(
            str(run.directory / self._settings.folder),
            purge_step=run.first_step + (known is None) if run.resumed else None,
            flush_secs=self._settings.flush_seconds,
        )
        for metrics in known or ():
            self.quorate_metrics_logged(run.first_step, metrics)

    @hookimpl
    def quorate_metrics_logged(self, step: int, metrics: Mapping[str, float]) -> None:
        """Add one scalar for each metric."""
        if self._writer is not None:
            for name, value in metrics.items():
                self._writer.add_scalar(name, value, step)

    @hookimpl
    def quorate_checkpoint_written(self) -> None:
        """Put on the disk what the checkpoint will not write again."""
        if self._writer is not None:
            self._writer.flush()

    @hookimpl
    def quorate_run_ended(self) -> None:
        """Close the event file."""
        if self._writer is not None:
            self._writer.close()
            self._writer = None


def _known(run: RunInfo) -> list[dict[str, float]] | None:
    """What was logged at the step that a run goes on from; None where it does not, or has no such file."""
    file = run.directory / "metrics.jsonl"
    if not run.resumed or not file.exists():
        return None
    rows = [row for row in read_metrics(file) if row["step"] == run.first_step]
    return [{f"{row['phase']}/{name}": value for name, value in row["metrics"].items()} for row in rows]
