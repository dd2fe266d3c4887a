"""Progress of a comparison: one bar for all cells and a line for each that runs, or plain lines, or nothing."""

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TimeRemainingColumn
from rich.table import Column

from quorate.interfaces.launcher import Ending, Status
from quorate.terminal import Words, is_live, print_line


class Board:
    """Shows how far a comparison is; this one shows notes and failures only."""

    def __init__(self, console: Console) -> None:
        self.console = console

    def open(self, total: int, done: int) -> None:
        """`done` of `total` cells are finished."""

    def started(self, cell: str) -> None:
        """A cell began."""

    def progress(self, cell: str, what: str, done: int, total: int) -> None:
        """A cell went on."""

    def ended(self, cell: str, ending: Ending) -> None:
        """A cell ended."""
        if ending.how is Status.FAILED:
            self.note(f"{cell} failed: {first_line(ending.error)}")

    def note(self, text: str) -> None:
        """Print a line."""
        print_line(self.console, text)

    def close(self) -> None:
        """Nothing more follows."""


def make_board(quiet: bool) -> Board:
    """The board for standard error as it is."""
    console = Console(stderr=True)
    if quiet:
        return Board(console)
    return LiveBoard(console) if is_live(console) else PlainBoard(console)


class PlainBoard(Board):
    """Prints a line when a cell ends."""

    def open(self, total: int, done: int) -> None:
        """Print how much there is to do."""
        self._total, self._done = total, done
        self.note(f"{done}/{total} cells are finished")

    def ended(self, cell: str, ending: Ending) -> None:
        """Print how a cell ended."""
        self._done += ending.how is Status.FINISHED
        what = f"failed: {first_line(ending.error)}" if ending.how is Status.FAILED else str(ending.how)
        self.note(f"{self._done}/{self._total} {cell} {what} ({ending.seconds:.0f} s)")


class LiveBoard(Board):
    """Bars: one for all cells, below it one for each that runs."""

    def __init__(self, console: Console) -> None:
        super().__init__(console)
        # In a narrow terminal names give way, then bars; numbers stay whole.
        columns = (
            Words("{task.description}", table_column=Column(ratio=1, no_wrap=True, overflow="ellipsis")),
            BarColumn(bar_width=16),
            MofNCompleteColumn(table_column=Column(no_wrap=True, min_width=9)),
            TimeRemainingColumn(compact=True, table_column=Column(no_wrap=True, min_width=5)),
            Words("{task.fields[remark]}", table_column=Column(no_wrap=True, min_width=10)),
        )
        self._bars = Progress(*columns, console=console, refresh_per_second=5, expand=True)
        self._cells: dict[str, TaskID] = {}
        self._failed = 0

    def open(self, total: int, done: int) -> None:
        """Show the bar of all cells."""
        self._bars.start()
        self._all = self._bars.add_task("cells", total=total, completed=done, remark="")

    def started(self, cell: str) -> None:
        """Add a bar."""
        self._cells[cell] = self._bars.add_task(f"  {cell}", total=None, remark="starting")

    def progress(self, cell: str, what: str, done: int, total: int) -> None:
        """Move its bar."""
        if cell in self._cells:
            self._bars.update(self._cells[cell], completed=done, total=max(total, 1), remark=what)

    def ended(self, cell: str, ending: Ending) -> None:
        """Remove its bar, and tell of a failure."""
        if cell in self._cells:
            self._bars.remove_task(self._cells.pop(cell))
        if ending.how is Status.FINISHED:
            self._bars.advance(self._all)
        elif ending.how is Status.FAILED:
            self._failed += 1
            self._bars.update(self._all, remark=f"{self._failed} failed")
            super().ended(cell, ending)

    def close(self) -> None:
        """Leave the bar of all cells as it is."""
        self._bars.stop()


def first_line(text: str) -> str:
    """The first line of an error, without the place and the fix below it."""
    return text.strip().partition("\n")[0]
