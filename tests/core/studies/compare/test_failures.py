"""Cells that fail, and what is run again, skipped, resumed, retried, moved aside or refused."""

import json
import os
import signal

import pytest

from quorate.folders.directory import RunDirectory

MANIFEST = """\
schema: 1
components:
  - kind: algorithm
    name: bad/raises
    target: quorate_bad:Raises
    settings: quorate_bad:Settings
    summary: Raises in its second step.
  - kind: algorithm
    name: bad/exits
    target: quorate_bad:Exits
    settings: quorate_bad:Settings
    summary: Ends the process.
  - kind: algorithm
    name: bad/killed
    target: quorate_bad:Killed
    settings: quorate_bad:Settings
    summary: Dies of a signal.
"""

MODULE = """\
import os, signal, sys
from dataclasses import dataclass
from pathlib import Path

from quorate.settings import setting
from quorate_toy.algorithm import Regression
from quorate_toy.settings import RegressionSettings


@dataclass
class Settings(RegressionSettings):
    mended: str = setting("", "A file; where it exists, nothing bad happens.")


class Bad(Regression):
    def train_step(self):
        if self._steps == 1 and not (self._settings.mended and Path(self._settings.mended).exists()):
            print("last words", file=sys.stderr, flush=True)
            self.fail()
        return super().train_step()


class Raises(Bad):
    def fail(self):
        raise ValueError("deliberately broken")


class Exits(Bad):
    def fail(self):
        os._exit(0)


class Killed(Bad):
    def fail(self):
        os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture
def bad(comparer):
    (comparer.path / "bad.yaml").write_text(MANIFEST)
    (comparer.path / "quorate_bad.py").write_text(MODULE)
    mended = {"mended": str(comparer.path / "mended")}
    variants = {name: {"algorithm": {"name": f"bad/{name}", **mended}} for name in ("raises", "exits", "killed")}
    comparer.write(variants={**variants, "plain": {}}, seeds=[0])
    return comparer


def manifest(comparer):
    return "--manifest", str(comparer.path / "bad.yaml")


def test_one_that_fails_costs_only_itself(bad):
    output = bad.call(*manifest(bad), code=1)
    assert "1 of 4 cells are finished" in output
    failures = {path.name: json.loads(path.read_text()) for path in bad.folder.path.glob("failures/*.json")}
    errors = {facts["variant"]: facts["error"] for facts in failures.values()}
    assert "deliberately broken" in errors["raises"]
    assert "exit code 0" in errors["exits"]
    assert "SIGKILL" in errors["killed"]
    assert all("last words" in facts["stderr"] for facts in failures.values())
    assert set(failures) == {f"{name}--toy-line-v1--seed-0.json" for name in errors}
    for text in ("deliberately broken", "raises/toy-line-v1/seed-0", "--retry-failed"):
        assert text in output

    again = bad.call(*manifest(bad), "--quiet", code=1)  # nothing is run again
    assert "deliberately broken" in again
    assert len(list(bad.folder.path.glob("failures/*.json"))) == 3
    assert "0 of 4 cells would run" in bad.call(*manifest(bad), "--dry-run")

    (bad.path / "mended").touch()
    assert "4 of 4 cells are finished" in bad.call(*manifest(bad), "--retry-failed")
    assert list(bad.folder.path.glob("failures/*.json")) == []
    assert len(bad.runs()) == 4  # the same runs have gone on


def inodes(comparer):
    return {str(run): (run / "metrics.jsonl").stat().st_mtime_ns for run in comparer.runs()}


def test_what_is_finished_is_not_run_again(comparer):
    comparer.call()
    before = inodes(comparer)
    assert "2 of 2 cells are finished" in comparer.call()
    assert inodes(comparer) == before
    comparer.call("seeds=[0,1]")
    assert len(comparer.runs()) == 4
    kept = {name: time for name, time in inodes(comparer).items() if name in before}
    assert kept == before

    refused = comparer.call("base.algorithm.batch=8", code=2)
    for text in ("algorithm.batch (was 16, is 8)", "name=", "--rerun plain", "So is"):
        assert text in refused
    output = comparer.call("base.algorithm.batch=8", "--rerun", "plain", code=2)  # wide is still another
    assert "wide/toy-line-v1/seed-0" in output
    output = comparer.call("base.algorithm.batch=8", "--rerun", "plain", "--rerun", "wide")
    assert "2 of 2 cells are finished" in output
    assert len(list(comparer.folder.path.glob("set-aside/*/*/seed-0/2*/result.json"))) == 2
    assert RunDirectory.open(comparer.folder.cell("plain/toy-line-v1/seed-0")).result.exists()


def test_two_at_once(comparer, wait):
    comparer.write(variants={"slow": {"algorithm.pause": 0.1}})
    process = comparer.start("base.budget.train_steps=100000")
    wait(lambda: comparer.runs(), process)
    assert "Another process is running this comparison" in comparer.call("base.budget.train_steps=100000", code=2)
    os.kill(process.pid, signal.SIGTERM)
    process.communicate(timeout=1200)


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (["--rerun", "nowhere"], "no variant or cell 'nowhere'"),
        (["--accept", "nothing"], "no finding 'nothing'"),
        (["variants.plain.budget.train_steps=3"], "accept: [budget]"),
        (["variants.plain.budget.train_steps=3", "--dry-run"], "--accept budget"),
        (["metric={other: a}"], "no variant 'other'"),
        (["base.nothing=1"], "no key 'nothing'"),
    ],
)
def test_mistakes_end_with_2_and_write_nothing(comparer, words, text):
    output = comparer.call(*words, code=2)
    assert text in output
    assert "Traceback" not in output
    assert not (comparer.path / "compare").exists()
