"""What a run continues or begins with, as commands show it."""

from pathlib import Path

from quorate.folders.directory import RunDirectory, origin_of
from quorate.output import say


def say_origin(file: Path, comment: str) -> None:
    """Print what the run of a ``config.yaml`` continues or begins with, as a line of comment; else nothing."""
    directory = RunDirectory(file.parent)
    of_run = file.name == directory.config.name and (file.parent / "record.json").is_file()
    if of_run and (origin := origin_of(directory.record)):
        say(" ".join(origin.split()), sign=comment)
