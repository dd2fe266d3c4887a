"""References to other runs: what they mean is found once, and stays."""

import dataclasses
import hashlib
import subprocess
import sys
from pathlib import Path

import pytest

from quorate.config.compose import compose_settings
from quorate.config.resolved import plain
from quorate.documents import Places
from quorate.errors import ConfigError
from quorate.folders.directory import RunDirectory
from quorate.folders.steps import checkpoint_path
from quorate.registry import load_registry
from quorate.registry.describe import describe_settings
from quorate.run.identity import check_identity
from quorate.settings import REQUIRED, RunReference, setting


@dataclasses.dataclass
class Theirs:
    base: RunReference = setting(REQUIRED, "What it builds on.")
    other: RunReference | None = setting(None, "Another.")
    many: list[RunReference] = setting([], "More.")


def settings(**given) -> Theirs:
    return compose_settings(Theirs, given, Places("their.yaml", ConfigError), load_registry())


def make_run(folder: Path, **steps: bytes) -> Path:
    (folder / "checkpoints").mkdir(parents=True)
    for name in ("config.yaml", "record.json"):
        (folder / name).write_text("{}")
    for step, content in steps.items():
        checkpoint_path(folder / "checkpoints", int(step[1:])).write_bytes(content)
    return folder


def sha(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


@pytest.fixture
def runs(tmp_path: Path, monkeypatch) -> Path:
    monkeypatch.chdir(tmp_path)
    make_run(tmp_path / "runs" / "20260101T000000Z-seed0", s5=b"old", s10=b"older run")
    return tmp_path / "runs"


def test_the_newest_run_and_checkpoint_are_found_once(runs, monkeypatch):
    made = settings(base="runs", other="runs/20260101T000000Z-seed0", many=["runs"])
    exact = {"folder": str(runs / "20260101T000000Z-seed0"), "step": 10, "sha256": sha(b"older run")}
    assert plain(made) == {"base": exact, "other": exact, "many": [exact]}
    make_run(runs / "20270101T000000Z-seed0", s3=b"newer run")
    checkpoint_path(runs / "20260101T000000Z-seed0" / "checkpoints", 20).write_bytes(b"trained longer")
    monkeypatch.chdir("/")
    assert settings(**plain(made)) == made
    assert settings(base=str(runs)).base.sha256 == sha(b"newer run")


def test_another_checkpoint_under_the_same_name_is_an_error_that_names_both(runs):
    stored = plain(settings(base="runs"))
    checkpoint_path(runs / "20260101T000000Z-seed0" / "checkpoints", 10).write_bytes(b"other one")
    with pytest.raises(ConfigError, match="not what it was") as caught:
        settings(**stored)
    for words in (sha(b"older run"), sha(b"other one"), "step 10", "base (their.yaml)"):
        assert words in str(caught.value)


def test_a_checkpoint_or_run_that_is_gone(runs):
    stored = plain(settings(base="runs"))
    checkpoint_path(runs / "20260101T000000Z-seed0" / "checkpoints", 10).unlink()
    with pytest.raises(ConfigError, match="no checkpoint of step 10") as caught:
        settings(**stored)
    assert caught.value.choices == ("5",)
    runs.rename(runs.with_name("moved"))
    with pytest.raises(ConfigError, match="no such folder"):
        settings(**stored)


def test_a_run_that_moved_is_the_same_run(runs):
    stored = {"base": plain(settings(base="runs").base)}
    moved = runs.rename(runs.with_name("moved")) / "20260101T000000Z-seed0"
    (moved / "config.yaml").write_text(f"base: {{folder: {moved}, step: 10, sha256: {sha(b'older run')}}}\n")
    check_identity(RunDirectory(moved), {"step": 10, "config": stored})
    (moved / "config.yaml").write_text(f"base: {{folder: {moved}, step: 10, sha256: {sha(b'another')}}}\n")
    with pytest.raises(Exception, match=r"base\.sha256"):
        check_identity(RunDirectory(moved), {"step": 10, "config": stored})


def test_what_is_not_there_yet_stays_open(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    open_ = RunReference(tmp_path / "later")
    assert settings(base="later").base == open_
    make_run(tmp_path / "later" / "20260101T000000Z-seed0")
    assert settings(base="later").base == open_


def test_a_step_may_be_chosen(runs):
    assert settings(base={"folder": "runs", "step": 5}).base.sha256 == sha(b"old")
    with pytest.raises(ConfigError, match="no checkpoint of step 7"):
        settings(base={"folder": "runs", "step": 7})


def test_references_to_text(runs):
    """A reference may stand for the whole, or for a part of the path."""
    whole = settings(base="runs", other="${base}")
    assert whole.other == whole.base
    assert settings(base="${other.folder}", other={"folder": "runs"}).base == whole.base


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({}, "The run is missing"),
        ({"base": 5}, "Expected a mapping"),
        ({"base": "a\0b"}, "NUL"),
        ({"base": {"folder": "runs", "stp": 5}}, "no key 'stp'"),
        ({"base": {"folder": "runs", "step": True}}, "Expected a whole number, found true"),
    ],
)
def test_mistakes(runs, given, words):
    with pytest.raises(ConfigError, match=words) as caught:
        settings(**given)
    assert caught.value.where.startswith("base")


def test_the_type_is_shown():
    assert [(row.key, row.type) for row in describe_settings(Theirs)] == [
        ("base", "path of a run"),
        ("other", "path of a run or null"),
        ("many", "list[path of a run]"),
    ]


def test_looking_up_a_run_imports_no_torch():
    code = "import sys, quorate.folders.reference, quorate.config; sys.exit(bool({'torch', 'numpy'} & {*sys.modules}))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
