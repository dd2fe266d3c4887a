"""Settings of the TensorBoard logger. This module imports no torch."""

from dataclasses import dataclass

from quorate.settings import setting


@dataclass
class TensorBoardSettings:
    """Where and how often events are written."""

    folder: str = setting("tensorboard", "The folder for the events, inside the run's folder.")
    flush_seconds: int = setting(30, "Write events to the disk at least this often, in seconds.", minimum=1)

    def __post_init__(self) -> None:
        """Keep the events inside the run.

        Raises:
            ValueError: the folder is not a plain name.
        """
        if not self.folder or "/" in self.folder or self.folder in (".", ".."):
            raise ValueError(f"folder must be the name of a folder inside the run's, not {self.folder!r}.")
