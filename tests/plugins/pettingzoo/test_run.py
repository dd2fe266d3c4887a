"""Runs on environments of PettingZoo through the command line."""

import json
import sys
import warnings

import psutil
import pytest

from quorate.cli.main import main

WORLD = """
import os
import numpy as np
from gymnasium import spaces
from pettingzoo import ParallelEnv

open(os.environ["ACME_LOG"], "a").write("imported ")

class World(ParallelEnv):
    metadata = {"name": "world"}
    possible_agents = ["a", "b"]

    def __init__(self, fault="none", after=3):
        self.fault, self.after, self.agents, self.rng = fault, after, [], np.random.default_rng()

    def observation_space(self, agent):
        return spaces.Box(-np.inf, np.inf, (2,), np.float32)

    def action_space(self, agent):
        return spaces.Discrete(2)

    def _seen(self):
        return {a: self.rng.normal(size=2).astype(np.float32) for a in self.agents}

    def reset(self, seed=None, options=None):
        if seed is not None:
            self.rng = np.random.default_rng(seed)
        self.agents, self.time = list(self.possible_agents), 0
        return self._seen(), {a: {} for a in self.agents}

    def step(self, actions):
        self.time += 1
        if self.time == self.after:
            self.break_down()
        acting, late = self.agents, self.time == 5
        seen = self._seen()
        self.agents = [] if late else acting
        flags = dict.fromkeys(acting, False)
        return seen, dict.fromkeys(acting, 1.0), flags, dict.fromkeys(acting, late), {a: {} for a in acting}

    def break_down(self):
        if self.fault == "raise":
            raise ArithmeticError("the axle broke")
        if self.fault == "exit":
            os._exit(17)
        if self.fault == "forget":
            self.rng = np.random.default_rng()

parallel_env = World
"""
FILE = """
environment: {name: pettingzoo, id: acme_sim.world}
algorithm:
  name: state-inference
  denoiser: {name: mlp, output: plain, encoding: local, width: 8}
  samples: 40
  environments: 4
  evaluation_samples: 4
  inference: individual
budget: {train_steps: 2}
threads: 1
"""
LEARNS = """
environment: {name: pettingzoo, id: acme_sim.world}
algorithm:
  name: mappo
  environments: 2
  rollout: 3
  actor: {hidden: [4]}
  critic: {hidden: [4]}
evaluation: {episodes: 2, environments: 2}
budget: {train_steps: 5}
checkpoint: {every: 2, keep: 9}
log: {every: 1}
threads: 1
"""
ALLOW = ["--allow-import", "acme_sim"]


class Outcome:
    def __init__(self, code, captured):
        self.returncode, self.stdout, self.stderr = code, captured.out, captured.err


@pytest.fixture
def acme_sim(tmp_path, monkeypatch, capfd, warm_processes):
    (tmp_path / "acme_sim").mkdir()
    for name, text in {"acme_sim/__init__.py": "", "acme_sim/world.py": WORLD, "run.yaml": FILE}.items():
        (tmp_path / name).write_text(text)
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setenv("ACME_LOG", str(tmp_path / "log"))

    def forget():
        for name in [name for name in sys.modules if name.startswith("acme_sim")]:
            del sys.modules[name]

    def call(*words):
        forget()
        capfd.readouterr()
        code = main(words)
        assert not [one for one in psutil.Process().children() if "worker_process" in " ".join(one.cmdline())]
        return Outcome(code, capfd.readouterr())

    call.imported = lambda: (tmp_path / "log").exists()
    call.path = tmp_path
    yield call
    forget()


@pytest.mark.parametrize("words", [["run", "run.yaml"], ["config", "run.yaml"], ["run", "run.yaml", "workers=2"]])
def test_a_file_alone_imports_nothing(acme_sim, words):
    done = acme_sim(*words)
    assert done.returncode == 2
    assert "'acme_sim.world' is in no package that may be imported here" in done.stderr
    assert "environment.id (run.yaml, line 2)" in done.stderr
    assert f"quorate {' '.join(words)} --allow-import acme_sim" in done.stderr
    assert not acme_sim.imported()


def test_runs_with_workers_and_asks_again_later(acme_sim):
    done = acme_sim("run", "run.yaml", "workers=2", "--quiet", *ALLOW)
    assert done.returncode == 0, done.stderr
    (run,) = (acme_sim.path / "runs" / "run").iterdir()
    assert f"quorate evaluate runs/run/{run.name} --allow-import acme_sim" in done.stdout
    record = json.loads((run / "record.json").read_text())
    assert record["environment"]["simulator"].startswith("acme_sim")
    # What a run's folder says is data too: it grants nothing.
    (acme_sim.path / "log").unlink()
    (run / "record.json").write_text(json.dumps({**record, "allow": ["acme_sim"], "allow_import": ["acme_sim"]}))
    (run / "result.json").unlink()
    for words in (["evaluate", str(run)], ["resume", str(run)]):
        done = acme_sim(*words)
        assert done.returncode == 2
        assert f"in each call anew: quorate {' '.join(words)} --allow-import acme_sim" in done.stderr
        assert not acme_sim.imported()
    assert acme_sim("evaluate", str(run), *ALLOW).returncode == 0
    assert acme_sim("resume", str(run), *ALLOW).returncode == 0
    assert acme_sim.imported()


def test_a_row_of_a_manifest_allows_too(acme_sim):
    row = "kind: environment, name: acme, target: 'quorate_pettingzoo.environment:make', summary: S."
    row += ", settings: 'quorate_pettingzoo.settings:PettingZooSettings', allow: [acme_sim]"
    (acme_sim.path / "mine.yaml").write_text(f"schema: 1\ncomponents:\n- {{{row}}}\n")
    done = acme_sim("run", "run.yaml", "environment.name=acme", "--quiet", "--manifest", "mine.yaml")
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("workers", [0, 2])
def test_an_environment_that_raises_ends_the_run(acme_sim, workers):
    words = ["run", "run.yaml", f"workers={workers}", "environment.settings.fault=raise", *ALLOW]
    done = acme_sim(*words)
    assert done.returncode == 2
    for part in (
        "pettingzoo acme_sim.world raised ArithmeticError: the axle broke",
        ", step 3 of the episode",
        "break_down",
    ):
        assert part in done.stderr
    assert "Traceback" not in done.stderr
    trace = acme_sim(*words, "--debug").stderr
    assert 'world.py", line' in trace
    assert "in break_down" in trace


def test_a_worker_that_dies_ends_the_run(acme_sim):
    done = acme_sim("run", "run.yaml", "workers=2", "environment.settings.fault=exit", *ALLOW)
    assert done.returncode == 2
    assert "a worker process ended with exit code 17" in done.stderr


def test_no_fault_no_error(acme_sim):
    done = acme_sim("run", "run.yaml", "environment.settings.after=2", "--quiet", *ALLOW)
    assert done.returncode == 0, done.stderr


def test_a_package_must_have_a_name(acme_sim):
    done = acme_sim("config", "run.yaml", "--allow-import", "acme-sim")
    assert done.returncode == 2
    assert "'acme-sim' is no name of a package" in done.stderr


@pytest.mark.parametrize("fault", ["none", "forget"])
def test_a_run_that_was_stopped_in_the_middle_of_episodes_goes_on_exactly(acme_sim, fault):
    (acme_sim.path / "learns.yaml").write_text(LEARNS)
    words = [f"environment.settings.fault={fault}", "environment.settings.after=1", "--quiet", *ALLOW]
    assert acme_sim("run", "learns.yaml", *words).returncode == 0
    (run,) = (acme_sim.path / "runs" / "learns").iterdir()
    whole = (run / "metrics.jsonl").read_bytes()
    (run / "result.json").unlink()
    for step in (4, 5):
        (run / "checkpoints" / f"step-{step:09d}.safetensors").unlink()
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        assert acme_sim("resume", str(run), *ALLOW).returncode == 0
    told = any("pettingzoo acme_sim.world could not be brought back" in str(one.message) for one in warned)
    exact = (run / "metrics.jsonl").read_bytes() == whole
    assert (told, exact) == ((False, True) if fault == "none" else (True, False))
