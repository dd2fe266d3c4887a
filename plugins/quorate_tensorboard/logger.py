"""Run hooks that write TensorBoard events."""

from collections.abc import Mapping

from torch.utils.tensorboard import SummaryWriter

from quorate.hookspecs import hookimpl
from quorate.run import RunInfo
from quorate_tensorboard.settings import TensorBoardSettings


class TensorBoardLogger:
    """Writes every metric of a run as a scalar, by the number of training steps.

    On resume, events of later steps than the checkpoint's are purged: TensorBoard hides what the run makes again.
    """

    def __init__(self, settings: TensorBoardSettings) -> None:
        self._settings = settings
        self._writer: SummaryWriter | None = None

    @hookimpl
    def quorate_run_started(self, run: RunInfo) -> None:
        """Open the event file in the run's folder."""
        self._writer = SummaryWriter(
            str(run.directory / self._settings.folder),
            purge_step=run.first_step + 1 if run.resumed else None,
            flush_secs=self._settings.flush_seconds,
        )

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
