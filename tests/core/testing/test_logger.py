"""Checks of loggers: every one catches what breaks it, and only that; the built-in one passes."""

import json
import math
import random
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from breaking import checks, examine, examine_registered, failed, passed

from quorate.hookspecs import hookimpl


class Sound:
    """Writes every metric as a line."""

    def __init__(self, settings: object) -> None:
        self.file: Path | None = None

    @hookimpl
    def quorate_run_started(self, run: Any) -> None:
        self.file = run.directory / "lines.txt"

    @hookimpl
    def quorate_metrics_logged(self, step: int, metrics: Mapping[str, float]) -> None:
        assert self.file is not None
        with self.file.open("a") as lines:
            lines.write(f"{step} {json.dumps(dict(metrics))}\n")


class Misspelt(Sound):
    @hookimpl
    def quorate_run_finished(self) -> None:
        pass


class Surplus(Sound):
    @hookimpl
    def quorate_run_ended(self, reason: str) -> None:
        pass


class Wrapping(Sound):
    @hookimpl(hookwrapper=True)
    def quorate_run_ended(self) -> Any:
        yield


class Unmarked:
    def __init__(self, settings: object) -> None:
        pass

    def quorate_run_started(self, run: Any) -> None:
        pass


class Life(Sound):
    @hookimpl
    def quorate_metrics_logged(self, step: int, metrics: Mapping[str, float]) -> None:
        sum(math.floor(value) for value in metrics.values())


class Failing(Sound):
    @hookimpl
    def quorate_run_ended(self, status: str) -> None:
        {"finished": 1, "stopped": 0}[status]


class Folder(Sound):
    @hookimpl
    def quorate_run_started(self, run: Any) -> None:
        self.file = Path("lines.txt")


class Overwriting(Sound):
    @hookimpl
    def quorate_run_started(self, run: Any) -> None:
        self.file = run.directory / "metrics.jsonl"


class Generator(Sound):
    @hookimpl
    def quorate_metrics_logged(self, step: int, metrics: Mapping[str, float]) -> None:
        random.random()


BROKEN = {"hooks": Misspelt, "life": Life, "folder": Folder, "generator": Generator}
MORE = [(Surplus, "hooks"), (Unmarked, "hooks"), (Failing, "life"), (Overwriting, "folder")]


def test_every_check_has_a_breaker() -> None:
    assert [check.name for check in checks("logger")] == list(BROKEN)


def test_a_sound_one_passes() -> None:
    assert passed(examine("logger", Sound)) == set(BROKEN)


@pytest.mark.parametrize(("broken", "name"), [*((cls, name) for name, cls in BROKEN.items()), *MORE])
def test_only_one_check_catches(broken: type, name: str) -> None:
    assert failed(examine("logger", broken)) == {name}


def test_a_wrapper_is_refused() -> None:
    assert "hooks" in failed(examine("logger", Wrapping))


def test_the_built_in_one_passes() -> None:
    pytest.importorskip("tensorboard")
    assert passed(examine_registered("logger", "tensorboard")) == set(BROKEN)
