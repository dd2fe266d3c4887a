"""Progress: bars on a terminal, a line now and then elsewhere, or nothing."""

import math
import time
from collections.abc import Mapping

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, Task, TaskID, TimeRemainingColumn
from rich.text import Text

from quorate.interfaces.algorithm import Report
from quorate.terminal import Words, is_live, print_line


class Display(Report):
    """Shows how far a run is, and is the `Report` that the algorithm calls; this one shows notes only, as warnings."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def __call__(self, what: str, done: int, total: int) -> None:
        """See `Report`."""

    def start(self, total: int, done: int) -> None:
        """Training begins with `done` of `total` steps already made."""

    def step(self, done: int) -> None:
        """A step was made; called after each of them, so it must be cheap."""

    def metrics(self, step: int, phase: str, values: Mapping[str, float]) -> None:
        """Metrics were logged."""

    def note(self, text: str) -> None:
        """Something worth a line of its own."""
        print_line(self._console, text)

    def stop(self) -> None:
        """Nothing more follows."""


def make_display(quiet: bool) -> Display:
    """The display for standard error as it is: a terminal, a notebook, a file or a pipe."""
    console = Console(stderr=True)
    if quiet:
        return Display(console)
    return LiveDisplay(console) if is_live(console) else PlainDisplay(console)


class PlainDisplay(Display):
    """Prints a line when `seconds` have passed since the last one, and at the end of each piece of work."""

    def __init__(self, console: Console, seconds: float = 10.0) -> None:
        super().__init__(console)
        self._seconds = seconds
        self._last = time.monotonic()
        self._total, self._remark = 0, _Remark()
        self._mark = (0, self._last)

    def __call__(self, what: str, done: int, total: int) -> None:
        """Print, if it is time."""
        if done >= total or self._due():
            self.note(f"{what}: {done}/{total}")

    def start(self, total: int, done: int) -> None:
        """Print from where to where it goes."""
        self._total, self._mark = total, (done, time.monotonic())
        self.note(f"training: {done}/{total}")

    def step(self, done: int) -> None:
        """Print, if it is time."""
        if done == self._total or self._due():
            speed = (done - self._mark[0]) / max(time.monotonic() - self._mark[1], 1e-9)
            parts = [f"training: {done}/{self._total}", str(self._remark), f"{speed:.1f} steps/s"]
            self.note(", ".join(filter(None, parts)))

    def metrics(self, step: int, phase: str, values: Mapping[str, float]) -> None:
        """Remember what says most."""
        self._remark.add(phase, values)

    def note(self, text: str) -> None:
        """Print the text."""
        self._last = time.monotonic()
        super().note(text)

    def _due(self) -> bool:
        return time.monotonic() - self._last >= self._seconds


class LiveDisplay(Display):
    """Bars: one for training, one at a time below it for collecting, evaluating and the like."""

    def __init__(self, console: Console) -> None:
        super().__init__(console)
        columns = (
            Words("{task.description}"),
            BarColumn(bar_width=30),
            MofNCompleteColumn(),
            _Speed(),
            TimeRemainingColumn(compact=True),
            Words("{task.fields[remark]}"),
        )
        self._progress = Progress(*columns, console=console, refresh_per_second=5)
        self._train: TaskID | None = None
        self._work: tuple[str, TaskID] | None = None
        self._last, self._total, self._remark = 0.0, 0, _Remark()

    def __call__(self, what: str, done: int, total: int) -> None:
        """Move the bar of this work; it is removed when the work is done and training has a bar."""
        self._progress.start()
        if self._work is None or self._work[0] != what:
            self._end_work()
            indent = "" if self._train is None else "  "
            self._work = (what, self._progress.add_task(indent + what, total=total, remark=""))
        self._progress.update(self._work[1], completed=done, total=total)
        if done >= total:
            self._progress.refresh()
            self._end_work()

    def start(self, total: int, done: int) -> None:
        """Show the bar of training."""
        self._progress.start()
        self._total = total
        self._train = self._progress.add_task("training", total=max(total, 1), completed=done, remark="")
        if total == 0:
            self._progress.update(self._train, completed=1, visible=False)

    def step(self, done: int) -> None:
        """Move the bar of training, at most ten times a second."""
        now = time.monotonic()
        if self._train is not None and (now - self._last > 0.1 or done == self._total):
            self._last = now
            self._progress.update(self._train, completed=done)

    def metrics(self, step: int, phase: str, values: Mapping[str, float]) -> None:
        """Show what says most beside the bar of training."""
        self._remark.add(phase, values)
        if self._train is not None:
            self._progress.update(self._train, remark=str(self._remark), completed=step)

    def stop(self) -> None:
        """Leave the bars as they are."""
        self._end_work()
        self._progress.stop()

    def _end_work(self) -> None:
        if self._work is not None and self._train is not None:
            self._progress.remove_task(self._work[1])
        self._work = None


class _Speed(ProgressColumn):
    def render(self, task: Task) -> Text:
        """Units per second."""
        speed = task.finished_speed or task.speed
        return Text("" if speed is None else f"{speed:,.0f}/s" if speed >= 10 else f"{speed:.1f}/s")


_HEADLINES = ("return/mean", "return", "loss", "reward", "score", "error")
"""What a metric that says how learning goes has in its name, the best first."""


class _Remark:
    """The metric of each phase that says most, with its last finite value."""

    def __init__(self) -> None:
        self._told: dict[str, str] = {}

    def add(self, phase: str, values: Mapping[str, float]) -> None:
        """Choose by names, which any algorithm makes as it likes; without a known word the first metric."""
        finite = {name: value for name, value in values.items() if math.isfinite(value)}
        for word in (*_HEADLINES, ""):
            if found := [name for name in finite if word in name.lower()]:
                before = "" if phase == "train" else f"{phase} "
                self._told[phase] = f"{before}{found[0]} {finite[found[0]]:.4g}"
                return

    def __str__(self) -> str:
        return ", ".join(self._told.values())
