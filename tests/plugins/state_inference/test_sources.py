"""What runs take from other runs: a learned behaviour."""

from pathlib import Path
from typing import Any

import pytest
import torch

from quorate.errors import RunError
from quorate.interfaces import Actor, Step
from quorate.registry import load_registry
from quorate.run.present import present
from quorate_state_inference import algorithm as algorithm_module
from quorate_state_inference import sources
from quorate_state_inference.algorithm import StateInference
from quorate_state_inference.sources import read_run


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

    def actor(self, batch: int, seed: int) -> Actor:
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
        build("sensor-network/2x2-v1", f"algorithm.behaviour_run={run}")


def test_a_behaviour_for_other_sizes_is_refused(build, finished) -> None:
    run = finished("sizes", "sensor-network/2x2-v1")
    with pytest.raises(RunError, match="does not fit"):
        build("sensor-network/control-3x3-v1", f"algorithm.behaviour_run={run}")


def test_a_run_without_a_checkpoint_says_how_to_get_one(finished) -> None:
    run: Path = finished("stopped", "sensor-network/2x2-v1")
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
    """What only the command line grants holds for the runs that a run builds on, and for nothing longer."""
    run: Path = finished("granted", "sensor-network/2x2-v1")
    origins: list[dict[str, Any]] = []
    compose = sources.compose

    def composed(path: Path, overrides: Any, registry: Any) -> Any:
        origins.append(registry.origin)
        return compose(path, overrides, registry)

    monkeypatch.setattr(sources, "compose", composed)
    granted: dict[str, Any] = {"plugins": False, "allow": ["pettingzoo"], "interpreters": {"other": "/usr/bin/python3"}}
    with present(load_registry(**granted)):
        read_run(run)
    read_run(run)
    assert origins == [
        {"manifests": [], **granted},
        {"manifests": [], "plugins": True, "allow": [], "interpreters": {}},
    ]
