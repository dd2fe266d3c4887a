"""Schemes that weigh agents by how sure they are, against their formulas; histories say moments, and a target."""

import pytest
import torch
from linear import LinearDenoiser, histories
from torch import nn

from quorate.errors import QuorateError
from quorate.interfaces import Moments
from quorate_state_inference.regressor import regress
from quorate_state_inference.schemes.composite import Composite
from quorate_state_inference.schemes.precision import PrecisionGate, PrecisionPool
from quorate_state_inference.schemes.regression import Regression, RegressionProduct, product
from quorate_state_inference.schemes.settings import (
    PrecisionGateSettings,
    PrecisionPoolSettings,
    RegressionProductSettings,
    RegressionSettings,
)
from quorate_state_inference.settings import CompositeSettings, Order

STATES = 3


class Told(nn.Module):
    """Says of a history [target | agent]: the target as its mean, the variance that the agent is given here."""

    def __init__(self, variances) -> None:
        super().__init__()
        self.variances = torch.tensor(variances)  # [n, s]

    def forward(self, prepared):
        return Moments(prepared[..., :-1], self.variances[prepared[..., -1].long()])


@pytest.fixture
def sure():
    """Two agents: each is sure of one feature, and both are of the third; f(tau, y) = target + (y - target) / 2."""
    denoiser = LinearDenoiser(torch.eye(STATES).expand(2, -1, -1) / 2)
    denoiser.regressor = Told([[0.1, 1.0, 0.2], [1.0, 0.1, 0.2]])
    targets = torch.tensor([[[0.2, 0.9, 0.4], [0.7, 0.6, 0.8]]])
    return denoiser, histories(targets, torch.tensor([[0, 1]])), targets


def test_the_pool_weighs_by_the_squared_precision(sure, randomness) -> None:
    denoiser, told, _ = sure
    settings = PrecisionPoolSettings(rounds=2, initial_noise=0.0, checks=False)
    found = PrecisionPool(settings).infer(denoiser, told, randomness, trajectory=True)
    centre = torch.tensor([[(100 * 0.2 + 0.7) / 101, (0.9 + 100 * 0.6) / 101, 0.6]])
    torch.testing.assert_close(found.trajectory[:, 0], torch.stack([0 * centre, centre / 2, centre * 3 / 4]))
    assert found.states.shape == (1, 1, STATES)


def test_the_gate_moves_a_feature_as_far_as_the_agent_is_sure_of_it(sure, randomness) -> None:
    denoiser, told, targets = sure
    settings = PrecisionGateSettings(steps=2, initial_noise=0.0, checks=False)
    found = PrecisionGate(settings).infer(denoiser, told, randomness).states[0, 0]
    shares, point = [torch.tensor([1.0, 0.01, 1.0]), torch.tensor([0.01, 1.0, 1.0])], torch.zeros(STATES)
    for share, target in zip(shares, targets[0], strict=True):
        point = point + share * (target - point) / 2
    torch.testing.assert_close(found, point)


@pytest.mark.parametrize("order", list(Order))
def test_agents_who_are_equally_sure_take_turns_as_in_the_composite(sure, randomness, order) -> None:
    """The negative control: variances that say nothing change nothing; others do."""
    denoiser, told, _ = sure
    told = told.repeat(20, 1, 1)
    composite = Composite(CompositeSettings(steps=6, order=order, draws=2))
    plain = composite.infer(denoiser, told, randomness.manual_seed(1)).states
    gate = PrecisionGate(PrecisionGateSettings(steps=6, order=order, draws=2))
    assert not torch.allclose(gate.infer(denoiser, told, randomness.manual_seed(1)).states, plain, atol=1e-3)
    denoiser.regressor = Told([[0.3] * STATES] * 2)
    torch.testing.assert_close(gate.infer(denoiser, told, randomness.manual_seed(1)).states, plain)


def test_the_product_of_gaussians_counts_what_all_know_once() -> None:
    """s ~ N(0.5, 1), two agents each see s + N(0, 1/2) and N(0, 1/4): the exact posterior mean."""
    seen, precision = torch.tensor([[0.9], [0.2]]), torch.tensor([[2.0], [4.0]])
    means = (0.5 + seen * precision) / (1 + precision)
    experts = Moments(means[None], 1 / (1 + precision)[None])
    base = Moments(torch.tensor([[0.5]]), torch.ones(1, 1))
    expected = torch.tensor([[(0.5 + 2 * 0.9 + 4 * 0.2) / 7]])
    torch.testing.assert_close(product(experts, base), expected)
    unsure = Moments(means[None], torch.full((1, 2, 1), 9.0))  # no less sure than one who knows nothing
    torch.testing.assert_close(product(unsure, base), means.sum(0, keepdim=True) - 0.5)


def test_baselines_without_diffusion(sure, randomness) -> None:
    denoiser, told, targets = sure
    alone = Regression(RegressionSettings()).infer(denoiser, told, randomness).states
    torch.testing.assert_close(alone, targets)
    denoiser.regressor = Told([[1.0] * STATES, [0.5] * STATES])  # null history: mean 0, variance 1
    both = (targets[:, 0] + 2 * targets[:, 1]) / 2
    for clip, expected in ((False, both), (True, both.clamp(0, 1))):
        scheme = RegressionProduct(RegressionProductSettings(clip=clip))
        torch.testing.assert_close(scheme.infer(denoiser, told, randomness).states[:, 0], expected)
    assert bool((both > 1).any())


SCHEMES = "algorithm.inference=[precision-pool, {name: precision-gate, steps: 8}, regression, regression-product]"


@pytest.mark.parametrize(
    ("denoiser", "network"), [("mlp", "mlp"), ("{name: recurrent}", "{name: mlp, hidden: [32]}"), ("exact", "gru")]
)
def test_shapes_for_every_denoiser(build, denoiser: str, network: str) -> None:
    algorithm = build(
        "sensor-network/2x2-v1", f"algorithm.denoiser={denoiser}", f"algorithm.regressor={network}", SCHEMES
    )
    assert float(algorithm.train_step()["regression_loss"])
    told = algorithm.histories(algorithm.splits["test"])
    assert regress(algorithm.denoiser, told).variance.shape == (50, 4, 4)
    for label, scheme in algorithm.schemes.items():
        states = scheme.infer(algorithm.denoiser, told, torch.Generator().manual_seed(0)).states
        assert states.shape == (50, 4 if label == "regression" else 1, 4)
    results = algorithm.measure()
    assert results == algorithm.measure()
    assert {f"test/{label}/psnr" for label in algorithm.schemes} < set(results)


def test_without_a_regressor_they_say_how_to_get_one(build) -> None:
    with pytest.raises(QuorateError, match="no regressor") as caught:
        build("sensor-network/2x2-v1", "algorithm.inference=[individual, precision-gate]")
    assert caught.value.where == "algorithm.inference[1] (precision-gate)"
    assert "algorithm.regressor: mlp" in str(caught.value.fix)
