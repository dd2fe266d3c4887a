from quorate.hookspecs import hookimpl
from quorate_toy.settings import JournalSettings


class Journal:
    def __init__(self, settings: JournalSettings) -> None:
        self._settings = settings
        self._run = None

    def _write(self, text: str) -> None:
        with (self._run.directory / self._settings.file).open("a") as file:
            file.write(text + "\n")
        if self._settings.fail:
            raise ValueError("the journal fails")

    @hookimpl
    def quorate_run_started(self, run) -> None:
        self._run = run
        self._write(f"started {run.first_step} {run.resumed}")

    @hookimpl
    def quorate_metrics_logged(self, step, metrics) -> None:
        self._write(f"logged {step} {','.join(metrics)}")
        if self._settings.interrupt:
            raise KeyboardInterrupt

    @hookimpl
    def quorate_checkpoint_written(self, path) -> None:
        self._write(f"checkpoint {path.name}")

    @hookimpl
    def quorate_run_ended(self, status) -> None:
        self._write(f"ended {status}")
