"""The quick claims of docs/results.md; examples/check_state_inference.py checks the long ones."""

from pathlib import Path

import pytest
import torch

from quorate.config import compose
from quorate.interfaces import RunContext
from quorate.interfaces.algorithm import Report
from quorate.registry import load_registry
from quorate_state_inference.algorithm import StateInference
from quorate_state_inference.paper_figures import Effort, Subject, fixed_points, posterior_frequencies

EXAMPLES = Path(__file__).parents[3] / "examples"


class Silence(Report):
    def __call__(self, what: str, done: int, total: int) -> None:
        pass


def trained(file: str, seed: int) -> StateInference:
    torch.set_num_threads(1)
    run = compose(EXAMPLES / "state_inference" / file, [f"seed={seed}"], load_registry()).settings
    context = RunContext(run.environment, seed, torch.device("cpu"), run.budget.train_steps, Silence())
    algorithm = run.algorithm.build(context)
    for _ in range(run.budget.train_steps):
        algorithm.train_step()
    return algorithm


@pytest.mark.parametrize("seed", [0, 1, 2])
@pytest.mark.parametrize("name", ["2x2", "2x2-noisy"])
def test_fixed_points_are_the_consistent_states(name: str, seed: int) -> None:
    subject = Subject.of(trained(f"{name}.yaml", seed), effort=Effort())
    report = fixed_points(subject)
    assert report.missing == 0
    assert report.spurious < 0.005
    assert report.max_deviation < 0.12
    assert report.max_eigenvalue < 0.6
    assert posterior_frequencies(subject, report).variation.mean() < 0.03
    if name == "2x2":
        assert report.shared_is_truth == 1


def test_noise_that_drowns_the_states_loses_attractors() -> None:
    report = fixed_points(Subject.of(trained("2x2-fixed-noise.yaml", 0)))
    assert report.missing > 0
