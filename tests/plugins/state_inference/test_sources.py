"""What runs take from other runs: a learned behaviour."""

import hashlib
import json
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest
import torch

from quorate.cli.main import main
from quorate.config.source import read_source
from quorate.errors import RunError
from quorate.folders.directory import RunDirectory
from quorate.interfaces import Actor, Step
from quorate.registry import Registry, load_registry
from quorate.run import loading
from quorate.run.loading import saved_runs
from quorate.run.stored import ManifestsNotGivenError
from quorate_state_inference import algorithm as algorithm_module
from quorate_state_inference.algorithm import StateInference


class ScanFirst(Actor):
    """Scans the first reported area of each sensor."""

    def reset(self, step: Step) -> None:
        self._seen = step.observation

    def act(self, generator: torch.Generator) -> torch.Tensor:
        return torch.where(self._seen.any(-1), self._seen.argmax(-1) + 1, 0)

    def observe(self, step: Step) -> None:
        self._seen = step.observation


class Learned(StateInference):
    """Offers a behaviour, as algorithms do that learn to act."""

    def actor(self, batch: int, seed: int, greedy: bool | None = None) -> Actor:
        return ScanFirst()


@pytest.fixture
def _learned(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(algorithm_module, "StateInference", Learned)


@pytest.mark.usefixtures("_learned")
def test_histories_come_from_the_behaviour_of_another_run(build, finished) -> None:
    """Where caught targets jump, a behaviour that catches leaves its mark on the data."""
    run = finished("behaviour", "sensor-network/control-3x3-respawn-v1", "environment.miss=[0.0]")
    environment = "{name: sensor-network/control-3x3-respawn-v1, miss: [0.0], move: 0.0}"
    shares = []
    for overrides in ([], [f"algorithm.behaviour_run={run}"]):
        algorithm: Any = build(environment, "algorithm.history_length=2", *overrides)
        steps = algorithm.layout.observations(algorithm.histories(algorithm.training))
        old = algorithm.layout.valid(algorithm.histories(algorithm.training))[:, 0, 0] > 0
        shares.append(float((steps[old, :, 0] == steps[old, :, 1]).all(-1).all(-1).float().mean()))
    assert shares[1] < shares[0] - 0.3
    assert algorithm.conventions()["behaviour"] == str(run)


@pytest.mark.usefixtures("_learned")
def test_global_generators_and_threads_are_left_alone(build, finished) -> None:
    run = finished("threads", "sensor-network/2x2-v1", "seed=3")
    before, threads = torch.get_rng_state(), torch.get_num_threads()
    build("sensor-network/2x2-v1", f"algorithm.behaviour_run={run}")
    assert torch.equal(before, torch.get_rng_state())
    assert torch.get_num_threads() == threads


def test_a_run_that_learns_no_behaviour_is_refused(build, finished) -> None:
    run = finished("none", "sensor-network/2x2-v1")
    with pytest.raises(RunError, match="learns no behaviour"):
        build("sensor-network/2x2-v1", f"algorithm.behaviour_run={run}").conventions()


def test_a_behaviour_for_other_sizes_is_refused(build, finished) -> None:
    run = finished("sizes", "sensor-network/2x2-v1")
    with pytest.raises(RunError, match="does not fit"):
        build("sensor-network/control-3x3-v1", f"algorithm.behaviour_run={run}").conventions()


def test_a_run_without_a_checkpoint_says_how_to_get_one(finished) -> None:
    run: Path = finished("stopped", "sensor-network/2x2-v1")
    read_run = saved_runs(load_registry())
    for file in (run / "checkpoints").iterdir():
        file.unlink()
    with pytest.raises(RunError, match="no checkpoint") as caught:
        read_run(run)
    assert "quorate run" in str(caught.value.fix)  # nothing is left to resume
    (run / "result.json").unlink()
    with pytest.raises(RunError, match="no checkpoint yet") as caught:
        read_run(run)
    assert "quorate resume" in str(caught.value.fix)


def test_another_run_is_read_as_the_command_line_allows(finished, monkeypatch: pytest.MonkeyPatch) -> None:
    """What only the command line grants holds for the runs that a run builds on."""
    run: Path = finished("granted", "sensor-network/2x2-v1")
    origins: list[dict[str, Any]] = []
    stored_run = loading.stored_run

    def opened(directory: RunDirectory, registry: Registry) -> Any:
        origins.append(registry.origin)
        return stored_run(directory, registry)

    monkeypatch.setattr(loading, "stored_run", opened)
    granted: dict[str, Any] = {"plugins": False, "allow": ["pettingzoo"], "interpreters": {"other": "/usr/bin/python3"}}
    saved_runs(load_registry(**granted))(run)
    assert origins == [{"manifests": [], **granted}]


@pytest.mark.usefixtures("_learned")
def test_what_another_run_was_is_stored_and_held_to(finished, capsys) -> None:
    """A newer run in the folder changes nothing; another checkpoint under the same name is an error naming both."""
    base: Path = finished("base", "sensor-network/2x2-v1")
    run: Path = finished("upper", "sensor-network/2x2-v1", f"algorithm.behaviour_run={base.parent}")
    sha256 = hashlib.sha256((base / "checkpoints" / "step-000000005.safetensors").read_bytes()).hexdigest()
    stored = read_source(run / "config.yaml")[0]["algorithm"]["behaviour_run"]
    assert stored == {"folder": str(base), "step": 5, "sha256": sha256}
    newer: Path = finished("base", "sensor-network/2x2-v1", "seed=1")
    assert newer.parent == base.parent
    assert main(["evaluate", str(run), "--quiet"]) == 0
    checkpoint = Path("checkpoints", "step-000000005.safetensors")
    shutil.copy(newer / checkpoint, base / checkpoint)
    other = hashlib.sha256((base / checkpoint).read_bytes()).hexdigest()
    (run / "result.json").unlink()
    for command in ("evaluate", "resume"):
        assert main([command, str(run), "--quiet"]) == 2
        error = capsys.readouterr().err
        assert sha256 in error
        assert other in error
        assert "algorithm.behaviour_run" in error


def test_manifests_of_a_run_that_is_built_on_are_not_read(finished, build, tmp_path, capsys) -> None:
    """A plain configuration can not have code imported by naming a run."""
    run = shutil.copytree(finished("innocent", "sensor-network/2x2-v1"), tmp_path / "theirs")
    (run / "config.yaml").write_text((run / "config.yaml").read_text().replace("sensor-network/2x2-v1", "their/world"))
    row = "{kind: environment, name: their/world, target: 'their_payload:World', summary: Bad.}"
    (run / "registry.yaml").write_text(f"schema: 1\ncomponents: [{row}]\n")
    (run / "their_payload.py").write_text("raise SystemExit('the code of a run was run')\n")
    record = json.loads((run / "record.json").read_text())
    (run / "record.json").write_text(json.dumps({**record, "manifests": [str(run / "registry.yaml")]}))
    with pytest.raises(ManifestsNotGivenError) as caught:
        build("sensor-network/2x2-v1", f"algorithm.behaviour_run={run}").conventions()
    assert caught.value.manifests == [str(run / "registry.yaml")]
    assert "their_payload" not in sys.modules
    file = tmp_path / "plain.yaml"
    file.write_text(
        f"environment: sensor-network/2x2-v1\nalgorithm: {{name: mappo, input: {{name: estimate, run: {run}}}}}\n"
    )
    words = ["run", str(file), "budget.train_steps=1", f"directory={tmp_path}"]
    for more in ([], ["--no-plugins"]):
        assert main([*more, *words]) == 2
        assert f"--manifest {run / 'registry.yaml'}\n" in capsys.readouterr().err
    assert "their_payload" not in sys.modules
