"""Policies that are fed with estimates, through MAPPO: they learn, resume, and show others what they have learned."""

from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from quorate.config import compose
from quorate.interfaces import Algorithm, RunContext
from quorate.interfaces.algorithm import Report
from quorate.registry import load_registry
from quorate.run import start
from quorate.run.loading import saved_runs
from quorate.run.progress import make_display

CYCLE = "inference: {name: composite, steps: 9, initial_noise: 0.5, initial_mean: 0.1667}"
YAML = """
environment: sensor-network/control-3x3-respawn-v1
algorithm:
  name: mappo
  environments: 8
  rollout: 7
  epochs: 1
  actor: {hidden: [16]}
  critic: {hidden: [16]}
budget: {train_steps: 4}
"""


class Silence(Report):
    def __call__(self, what: str, done: int, total: int) -> None:
        pass


@pytest.fixture
def written(denoiser_run: Path, tmp_path: Path) -> tuple[Path, str]:
    """A configuration, and the override that feeds its policies with estimates."""
    file = tmp_path / "mappo.yaml"
    file.write_text(YAML)
    return file, f"algorithm.input={{name: estimate, run: '{denoiser_run}', {CYCLE}}}"


@pytest.fixture
def make(written: tuple[Path, str]) -> Callable[[], Algorithm]:
    """make(): the algorithm, untrained."""

    def build() -> Algorithm:
        registry = load_registry()
        run = compose(written[0], [written[1]], registry).settings
        context = RunContext(run.environment, 0, torch.device("cpu"), 4, Silence(), saved_run=saved_runs(registry))
        return run.algorithm.build(context)

    return build


def test_it_continues_bit_for_bit_in_the_middle_of_episodes(make: Callable[[], Algorithm], evaluated: Callable) -> None:
    whole, other = make(), make()
    whole.train_step()
    stored = whole.state_dict()
    other.load_state_dict(stored)
    for _ in range(3):
        expected, found = whole.train_step(), other.train_step()
        assert float(expected["policy_loss"]) == float(found["policy_loss"])
    assert evaluated(whole, episodes=8) == evaluated(other, episodes=8)


def test_the_record_says_what_policies_see(make: Callable[[], Algorithm], denoiser_run: Path) -> None:
    seen = make().conventions()["policy_sees"]
    assert "estimated by composite from histories of 3" in seen
    assert "identity (9)" in seen


def test_histories_are_collected_under_what_mappo_has_learned(written: tuple[Path, str], build, tmp_path: Path) -> None:
    run = compose(written[0], [written[1], f"directory={tmp_path}"], load_registry())
    folder = start(run, load_registry(), make_display(True)).directory
    environment = "sensor-network/control-3x3-respawn-v1"
    learned, again, random = (
        build(environment, *overrides).training.states
        for overrides in ([f"algorithm.behaviour_run={folder}"], [f"algorithm.behaviour_run={folder}"], [])
    )
    assert torch.equal(learned, again)
    assert not torch.equal(learned, random)
