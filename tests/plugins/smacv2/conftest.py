"""Battles with the double of StarCraft II, where SMACv2 is importable; and with a fake of SMACv2 everywhere."""

import os
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace

import pytest

from quorate.imports import importable
from quorate_smacv2 import installation
from quorate_smacv2.environment import Battles
from quorate_smacv2.settings import SMACv2Settings

from .fake import FakeWrapper, LostError, StuckError

ABSENT = "smacv2 is not importable; `make test-smacv2 SMACV2=PATH` installs a clone of it, and runs these tests"


@pytest.fixture
def faked(monkeypatch):
    """Makes `Battles` with a fake of SMACv2: its script is what goes wrong, `log` what was done."""
    log = []

    def make(script=None, **settings):
        script = {} if script is None else script
        monkeypatch.setattr(installation, "wrapper", lambda: lambda **given: FakeWrapper(log, script, given))
        monkeypatch.setattr(installation, "failures", lambda: (StuckError, (LostError,)))
        for name in ("game", "maps"):
            monkeypatch.setattr(installation, name, lambda: "")
        battles = Battles(SMACv2Settings(allies=2, enemies=2, **settings))
        battles.log = log
        return battles

    return make


@pytest.fixture(scope="session")
def game_folder(tmp_path_factory):
    """A folder as that of the game, with the double in it."""
    if not importable("smacv2"):
        pytest.skip(ABSENT)
    from .double import install

    return install(tmp_path_factory.mktemp("double"))


@pytest.fixture
def double(game_folder, monkeypatch):
    """SC2PATH names the double; faults are set by name: ``double.fault("crash", 7)``."""
    faults = Path(game_folder) / "faults"
    faults.mkdir(exist_ok=True)
    monkeypatch.setenv("SC2PATH", str(game_folder))

    def fault(name, value=1):
        (faults / name).write_text(str(value))

    yield SimpleNamespace(fault=fault, folder=game_folder, running=lambda: running(game_folder))
    for file in faults.iterdir():
        file.unlink()


def running(folder):
    """The processes of the double that this folder's games are."""
    found = []
    for process in Path("/proc").iterdir():
        with suppress(OSError):
            if process.name.isdigit() and os.fsencode(folder) in (process / "cmdline").read_bytes():
                found.append(int(process.name))
    return found
