import pytest
import torch

from quorate.errors import QuorateError
from quorate.learning.settings import mlp
from quorate.policies.settings import DDPMSettings
from quorate.settings import Component
from quorate_decision_games.classes.trained import TrainedPolicies
from quorate_decision_games.grid import Grid
from quorate_decision_games.settings import Refit

GRID = Grid(torch.linspace(-2, 2, 801, dtype=torch.float64))
TINY = [
    "algorithm.projection=ddpm",
    "algorithm.policy={name: ddpm, steps: 4, network: {hidden: [8]}}",
    "algorithm.refit={every: 3, steps: 4, initial_steps: 4, samples: 32, batch_size: 16, measure: 64}",
    "algorithm.batch_size=20",
]


def policies(**changes) -> TrainedPolicies:
    settings = DDPMSettings(network=mlp(hidden=[32, 32]), steps=10)
    part = Component("policy", "ddpm", settings, "quorate.policies.ddpm:DDPMPolicy")
    sizes = {"runs": 1, "agents": 2, "grid": GRID, "variance": 0.1, "bounded": False, "seed": 0}
    refit = Refit(initial_steps=400, steps=200, learning_rate=0.005, **changes)
    return TrainedPolicies(part, refit, **sizes, generator=torch.Generator().manual_seed(0))


def test_it_begins_as_the_normal_distribution_and_follows_gathered_weights() -> None:
    """After three epochs of a quadratic weight, the target is N(0.3, 1 / 20) for one agent, unchanged for the other."""
    trained, randomness = policies(every=3), torch.Generator().manual_seed(1)
    assert trained.nodes().actions.std(-1)[0].tolist() == pytest.approx([0.1**0.5] * 2, rel=0.15)
    weight = torch.tensor([-5 / 3, 0.0], dtype=torch.float64)[None, :, None]
    for epoch in range(3):
        before = trained.nodes().actions
        trained.project(lambda points: weight * (points - 0.6).square(), randomness)
        assert torch.equal(before, trained.nodes().actions) is (epoch < 2)
    found = trained.nodes().actions[0]
    assert found.mean(-1).tolist() == pytest.approx([0.3, 0.0], abs=0.08)
    assert found.std(-1).tolist() == pytest.approx([20**-0.5, 0.1**0.5], rel=0.25)
    assert (trained.density(GRID).sum(-1) * GRID.spacing).flatten().tolist() == pytest.approx([1, 1], abs=1e-3)


def test_it_continues_bit_for_bit_across_a_projection(build) -> None:
    first, second = (build("decision-game/multi-v1", *TINY) for _ in range(2))
    for _ in range(2):
        first.train_step()
    second.load_state_dict(first.state_dict())
    for _ in range(5):
        assert {k: float(v) for k, v in first.train_step().items()} == {
            k: float(v) for k, v in second.train_step().items()
        }
    assert first.measure() == second.measure()
    assert "samples" in first.conventions()["expected_return"]


def test_bounded_actions_are_taken_as_they_are(build) -> None:
    algorithm = build("decision-game/learnable-v1", *TINY, "algorithm.refit.scale=1.7")
    assert float(algorithm.learner.policies.nodes().actions.abs().max()) <= 1


def test_a_class_without_a_projection_is_refused(build) -> None:
    with pytest.raises(QuorateError, match="can not be projected") as caught:
        build("decision-game/single-v1", "algorithm.projection=ddpm", "algorithm.policy=random")
    assert caught.value.where == "algorithm.policy"
