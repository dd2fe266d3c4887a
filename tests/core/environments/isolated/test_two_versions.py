"""Two virtual environments with conflicting versions of one package, both used in one process and in runs."""

import contextlib
import json
import os
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
import warm
from isolation_support import wait_for, workers

import quorate
from quorate.config import compose
from quorate.environments import build_environment
from quorate.errors import QuorateError
from quorate.registry import load_registry

MANIFEST = """\
schema: 1
components:
  - kind: environment
    name: clash/count-v1
    target: clash_quorate.environment:Count
    settings: clash_quorate.settings:CountSettings
    needs: [conflict]
    summary: Counts as its version of the package conflict does.
    tags: {actions: discrete, state: true}
"""
SETTINGS = """\
from dataclasses import dataclass
from quorate.settings import setting
from conflict import LARGEST

@dataclass
class CountSettings:
    largest: int = setting(LARGEST, "Where counting ends.", minimum=1)
    fail_at: int = setting(0, "The step at which the process dies.")
"""
ENVIRONMENT = """\
import os, sys
import conflict, torch
from gymnasium.spaces import Discrete
from quorate.interfaces import Environment, EnvironmentSpec, Observability, Step

class Count(Environment):
    spec = batch = device = None

    def __init__(self, settings, *, batch, device="cpu"):
        self.settings, self.batch, self.device, self.steps = settings, batch, torch.device(device), 0
        self.spec = EnvironmentSpec(
            "clash/count-v1", ("a", "b"), (1, 1), 1, (Discrete(2), Discrete(2)), settings.largest,
            Observability.FULL, "the count", f"conflict {conflict.VERSION}",
        )

    def reset(self, seed=None):
        self.count = torch.zeros(self.batch)
        return self.show(torch.zeros(self.batch, dtype=torch.bool))

    def step(self, actions):
        self.steps += 1
        if self.steps == self.settings.fail_at:
            print("conflict lost its connection", file=sys.stderr)
            os._exit(9)
        self.count = conflict.add(self.count, actions.sum(-1))
        ended = self.count >= self.settings.largest
        last = self.count
        self.count = torch.where(ended, 0.0, self.count)
        step = self.show(ended)
        if ended.any():
            step.final_observation, step.final_state = last[:, None, None].expand(-1, 2, -1).clone(), last[:, None]
        return step

    def show(self, ended):
        seen = self.count[:, None]
        return Step(seen[:, None].expand(-1, 2, -1).clone(), seen, self.count.clone(), ended, torch.zeros_like(ended))

    def close(self):
        pass
"""
CONFLICT = {
    "1.0": "VERSION, LARGEST = '1.0', 6\ndef add(count, more): return count + 1 + more\n",
    "2.0": "VERSION, LARGEST = '2.0', 40\ndef add(count, more): return 2 * count + 1 + more\n",
}
RUN = """\
environment: {name: clash/count-v1, interpreter: old}
algorithm: {name: mappo, rollout: 40, environments: 2, epochs: 1}
budget: {train_steps: 1}
"""


def install(site: Path, name: str, version: str, more: str, files: dict[str, str]) -> None:
    """A distribution, written as an installer would."""
    info = f"{name.replace('-', '_')}-{version}.dist-info"
    head = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{more}"
    for path, text in {f"{info}/METADATA": head, **files}.items():
        (site / path).parent.mkdir(parents=True, exist_ok=True)
        (site / path).write_text(text)


def make(folder: Path, version: str) -> Path:
    """A virtual environment with Quorate, the plugin, and one version of the package that it needs."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    site = next(folder.glob("lib/python*/site-packages"))
    source = Path(quorate.__file__).parents[1]
    libraries = dict.fromkeys(
        [str(source), str(source.parent / "plugins"), *map(sysconfig.get_path, ("purelib", "platlib"))]
    )
    (site / "libraries.pth").write_text("\n".join(libraries) + "\n")
    install(site, "conflict", version, "", {"conflict.py": CONFLICT[version]})
    package = {"__init__": "", "settings": SETTINGS, "environment": ENVIRONMENT}
    files = {f"clash_quorate/{name}.py": text for name, text in package.items()} | {
        "clash_quorate/registry.yaml": MANIFEST
    }
    entry = "[quorate.manifest]\nclash = clash_quorate:registry.yaml\n"
    files[f"clash_quorate-{version}.7.dist-info/entry_points.txt"] = entry
    install(site, "clash-quorate", f"{version}.7", f"Requires-Dist: conflict=={version}\n", files)
    return folder


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """Virtual environments whose interpreters start at once; see `warm`."""
    folder = tmp_path_factory.mktemp("two")
    with contextlib.ExitStack() as stack:
        for name, version in (("old", "1.0"), ("new", "2.0")):
            programs = make(folder / name, version) / "bin"
            python = (programs / "python").rename(programs / "interpreter")
            commands = stack.enter_context(warm.start(programs / "warm", python))
            (programs / "python").symlink_to(commands / "python")
        yield {name: str(folder / name) for name in ("old", "new")}


def options(two: dict[str, str]) -> list[str]:
    return [word for name, path in two.items() for word in ("--interpreter", f"{name}={path}")]


def test_side_by_side_in_one_process(two, tmp_path):
    (tmp_path / "run.yaml").write_text(RUN)
    registry = load_registry(interpreters=two)
    runs = [compose(tmp_path / "run.yaml", [f"environment.interpreter={name}"], registry) for name in two]
    parts = [run.settings.environment for run in runs]
    assert [part.settings.largest for part in parts] == [6, 40]  # also the settings' defaults are the version's
    assert [part.interpreter.versions["clash-quorate"] for part in parts] == ["1.0.7", "2.0.7"]
    both = [build_environment(part, 2) for part in parts]
    try:
        assert [env.spec.simulator for env in both] == ["conflict 1.0", "conflict 2.0"]
        for env in both:
            env.reset(0)
        actions = torch.tensor([[1, 0], [1, 1]])
        seen = [[env.step(actions).state[:, 0].tolist() for env in both] for _ in range(4)]
        assert seen == [[[2, 3], [2, 3]], [[4, 0], [6, 9]], [[0, 3], [14, 21]], [[2, 0], [30, 0]]]
    finally:
        for env in both:
            env.close()
    assert "conflict" not in sys.modules


def test_this_interpreter_has_neither(two, tmp_path):
    (tmp_path / "run.yaml").write_text(RUN)
    with pytest.raises(QuorateError, match="There is no environment 'clash/count-v1'"):
        compose(tmp_path / "run.yaml", ["environment.interpreter=null"], load_registry(interpreters=two))


def test_it_is_checked_where_it_lives(two, capsys):
    from quorate.cli.main import main

    words = ["--only", "row", "--only", "spec", "largest=5"]
    assert main([*options(two), "check", "clash/count-v1", "interpreter=old", *words]) == 0
    assert capsys.readouterr().out.splitlines()[:2] == [
        "ok  environment clash/count-v1  row",
        "ok  environment clash/count-v1  spec",
    ]
    assert main([*options(two), "check", "clash/count-v2", "interpreter=old"]) == 2
    said = capsys.readouterr().err
    assert "There is no environment 'clash/count-v2'" in said
    assert "interpreter 'old'" in said


COMPARISON = """\
name: both
base: run.yaml
variants: {plain: {}}
environments: [{name: clash/count-v1, interpreter: old}, {name: clash/count-v1, interpreter: new}]
seeds: [0]
launcher: {name: local, processes: 1}
"""


def test_both_in_one_comparison(two, tmp_path):
    (tmp_path / "run.yaml").write_text(RUN)
    (tmp_path / "both.yaml").write_text(COMPARISON)
    command = [sys.executable, "-m", "quorate", *options(two), "compare", "both.yaml", "--quiet"]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=1200)
    assert done.returncode == 0, done.stderr
    lengths = {}
    for file in tmp_path.glob("compare/both/runs/**/record.json"):
        record, folder = json.loads(file.read_text()), file.parent
        name = record["environment"]["interpreter"]["name"]
        assert record["versions"][f"{name}: clash-quorate"] == {"old": "1.0.7", "new": "2.0.7"}[name]
        assert record["environment"]["simulator"] == {"old": "conflict 1.0", "new": "conflict 2.0"}[name]
        assert two[name] not in (folder / "config.yaml").read_text()
        lengths[name] = json.loads((folder / "result.json").read_text())["evaluation"]["length/mean"]
    assert lengths["old"] < lengths["new"]


def test_a_run_ends_cleanly_with_its_environment(two, tmp_path, monkeypatch, capsys):
    from quorate.cli.main import main

    monkeypatch.chdir(tmp_path)
    Path("run.yaml").write_text(RUN)
    train = ["environment.fail_at=120", "budget.train_steps=50", "checkpoint.every=1"]
    assert main([*options(two), "run", "run.yaml", "--quiet", *train]) == 2
    said = capsys.readouterr().err
    assert "The interpreter 'old' ended with exit code 9 during 'step'" in said
    assert "conflict lost its connection" in said
    assert "Traceback" not in said
    (run,) = Path("runs/run").iterdir()
    assert sorted(path.name for path in run.glob("checkpoints/*")) != []
    assert not (run / "result.json").exists()
    wait_for(lambda: not workers())
    assert main(["resume", str(run)]) == 2  # a run's folder does not say what is run either
    assert "Nobody has said what the interpreter 'old' is" in capsys.readouterr().err
