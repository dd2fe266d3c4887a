"""The third-party package of examples/, as its user meets it: installed, and used from its folder."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "examples" / "third_party"
NAMES = {"relay/line-v1", "relay/lossy-line-v1", "relay/prototypes", "relay/evolution"}
OPTIONS = ("--quiet", "--no-deps", "--no-build-isolation", "--no-index", "--disable-pip-version-check")
TESTS = "import sys, pytest; sys.exit(pytest.main(['-q', '-p', 'no:cacheprovider']))"


def call(folder, *command, **more):
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("QUORATE_", "PYTHON"))}
    variables = {**kept, "QUORATE_SETTINGS": os.devnull, "COLUMNS": "200", "OMP_NUM_THREADS": "1", "WARM": "", **more}
    return subprocess.run(command, cwd=folder, env=variables, capture_output=True, text=True, timeout=1200)


@pytest.fixture(scope="module")
def package(tmp_path_factory):
    """A copy of its folder; no test writes into the repository."""
    folder = tmp_path_factory.mktemp("third") / "party"
    shutil.copytree(PACKAGE, folder, ignore=shutil.ignore_patterns("__pycache__", "runs", "compare", "*.egg-info"))
    return folder


@pytest.fixture(scope="module")
def installed(package, warm_commands):
    """installed(command, *words): in a folder of packages that has this one."""
    site = package.parent / "site"
    done = call(package, sys.executable, "-m", "pip", "install", *OPTIONS, "--target", site, package)
    assert done.returncode == 0, done.stdout + done.stderr
    return lambda command, *words: call(package, warm_commands / command, *words, PYTHONPATH=str(site))


@pytest.fixture
def quorate(installed):
    def run(*words):
        done = installed("quorate", *words)
        assert done.returncode == 0, done.stdout + done.stderr
        return done

    return run


def returns(run):
    rows = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
    return [row["metrics"]["return/mean"] for row in rows if row["phase"] == "evaluation"]


def test_it_is_listed(quorate):
    rows = json.loads(quorate("list", "--json").stdout)
    assert {row["name"] for row in rows if row["distribution"] == "quorate-relay"} == NAMES


def test_its_own_tests_pass(installed):
    done = installed("python", "-c", TESTS)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{len(NAMES) + 3} passed" in done.stdout


def test_its_environments_and_its_algorithm_are_checked(quorate):
    """Its own tests check all, its denoiser too."""
    for kind, count in (("environment", 2), ("algorithm", 1)):
        found = json.loads(quorate("check", "quorate-relay", "--kind", kind, "--json").stdout)
        assert found["sound"]
        assert len({finding["component"] for finding in found["findings"]}) == count


def test_evolution_learns_to_pass_the_word_on(quorate, package):
    done = quorate("run", "evolution.yaml", "--quiet", "algorithm.pairs=16")
    (run,) = (package / "runs" / "evolution").iterdir()
    found = returns(run)
    assert found[0] == pytest.approx(0.5, abs=0.1)  # chance
    assert found[-1] > 0.95
    assert "relay: finished; the policies are in" in done.stderr  # its hook


def test_memory_is_compared(quorate, package):
    """Briefly; that it helps is seen in examples/third_party/README.md, in longer runs of three seeds."""
    small = ("seeds=1", "base.budget.train_steps=2", "base.algorithm.pairs=2", "base.evaluation.points=1")
    quorate("compare", "compare.yaml", "--quiet", *small)
    report = json.loads((package / "compare" / "memory" / "report" / "report.json").read_text())
    assert {run["status"] for run in report["runs"]} == {"finished"}
    assert {(score["variant"], score["environment"]) for score in report["scores"]} == {
        (variant, name) for variant in ("observation", "history") for name in ("relay/line-v1", "relay/lossy-line-v1")
    }


def test_the_difference_has_to_be_accepted(quorate, package):
    """A control of the comparison: what differs has to be accepted by name."""
    text = (package / "compare.yaml").read_text()
    assert "accept: [policy-input]" in text
    (package / "refused.yaml").write_text(text.replace("accept: [policy-input]", "accept: []"))
    with pytest.raises(AssertionError, match="policy-input"):
        quorate("compare", "refused.yaml", "name=refused")
