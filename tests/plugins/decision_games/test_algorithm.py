"""The algorithm through YAML and the run loop; the vectorised learner on the paper's figures is in test_figures."""

import json
from pathlib import Path

import pytest
import torch
from rich.console import Console

from quorate.config import compose
from quorate.errors import QuorateError
from quorate.run import resume, start
from quorate.run.checkpoint import checkpoint_path
from quorate.run.progress import Display

SMALL = ["algorithm.batch_size=20"]
VARIANTS = [
    ("decision-game/single-v1", ["algorithm.projection=all-policies"]),
    ("decision-game/multi-v1", ["algorithm.projection=gaussian", "algorithm.estimator=kernel"]),
    ("decision-game/learnable-v1", ["algorithm.projection=all-policies", "algorithm.estimator=kernel"]),
]


def returns(algorithm, epochs: int) -> list[float]:
    return [float(algorithm.train_step()["expected_return"]) for _ in range(epochs)]


@pytest.mark.parametrize(("environment", "overrides"), VARIANTS)
def test_it_continues_bit_for_bit_and_evaluation_changes_nothing(build, environment, overrides) -> None:
    whole, first, second = (build(environment, *SMALL, *overrides) for _ in range(3))
    expected = returns(whole, 12)
    head = returns(first, 5)
    first.measure()
    state = first.state_dict()
    tail = returns(first, 7)
    second.load_state_dict(state)
    assert returns(second, 7) == tail
    assert head + tail == expected


def test_the_global_generator_is_left_alone(build) -> None:
    torch.manual_seed(7)
    before = torch.get_rng_state()
    algorithm = build("decision-game/multi-v1", *SMALL)
    returns(algorithm, 2)
    assert torch.equal(before, torch.get_rng_state())


@pytest.mark.parametrize(("projection", "low", "high"), [("all-policies", 9, 10.21), ("gaussian", -0.5, 0.5)])
def test_one_run_does_what_the_paper_says(build, projection: str, low: float, high: float) -> None:
    algorithm = build("decision-game/single-v1", f"algorithm.projection={projection}")
    assert low < returns(algorithm, 150)[-1] < high
    result = algorithm.measure()
    assert result["reached"] == 1
    assert 1 <= result["first_epoch"] <= 150


def test_nothing_is_known_of_flags_before_one_is_raised(build) -> None:
    """Until then the mean of a Gaussian stays where it began, as in the theorem."""
    algorithm = build("decision-game/single-v1", "algorithm.projection=gaussian", "environment.success_peak=0.0")
    for _ in range(20):
        metrics = algorithm.train_step()
    assert float(metrics["reached"]) == float(metrics["first_epoch"]) == 0
    assert abs(float(metrics["mean"])) < 1e-12


def test_other_environments_are_refused(build) -> None:
    with pytest.raises(QuorateError, match=r"discrete|continuous"):
        build("sensor-network/2x2-v1")
    with pytest.raises(QuorateError, match="mpe/simple-spread-v3 is none") as caught:
        build("mpe/simple-spread-v3")
    assert caught.value.where == "environment"
    assert "decision-game/multi-v1" in caught.value.choices


def test_a_run_that_was_stopped_ends_as_one_that_was_not(tmp_path: Path, registry) -> None:
    file = tmp_path / "game.yaml"
    file.write_text("environment: decision-game/multi-v1\nalgorithm: {name: dec-spg, batch_size: 20}\nthreads: 1\n")
    display = Display(Console(stderr=True))

    def run(steps: int, name: str) -> Path:
        place = f"directory={tmp_path / name}"
        start(compose(file, [place, f"budget.train_steps={steps}", "checkpoint.every=4"], registry), registry, display)
        (path,) = (tmp_path / name / "game").iterdir()
        return path

    whole, part = run(12, "whole"), run(12, "part")
    last = checkpoint_path(Path("checkpoints"), 12)
    (part / last).unlink()
    (part / "result.json").unlink()
    assert resume(part, registry, display).step == 12
    for name in (last, Path("metrics.jsonl")):
        assert (part / name).read_bytes() == (whole / name).read_bytes()
    results = [json.loads((path / "result.json").read_text()) for path in (part, whole)]
    assert results[0] | {"cost": None} == results[1] | {"cost": None}
