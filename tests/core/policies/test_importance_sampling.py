"""Importance sampling score matching on a target of known density: Theorem 4.1 of 2605.07101."""

import pytest
import torch
from torch import Tensor

from quorate.interfaces import PolicySpec, ProjectionTarget
from quorate.learning.initialisation import seeded_initialisation
from quorate.learning.settings import Activation, mlp
from quorate.policies.ddpm import DDPMPolicy
from quorate.policies.settings import DDPMSettings

SEEDS = 4
"""Agents with parameters and samples of their own, so that one training is four."""
MODES, WIDTH = torch.tensor([-0.5, 0.5]), 0.12
EDGES = torch.linspace(-1, 1, 41)


def weight(actions: Tensor) -> Tensor:
    """The mixture's density, which is the weight of uniform proposals, up to a factor."""
    return torch.exp(-((actions - MODES) ** 2) / (2 * WIDTH**2)).sum(-1)


def exact() -> Tensor:
    """The target's probability of each bin of `EDGES`."""
    inside = torch.distributions.Normal(MODES, WIDTH).cdf(EDGES[:, None]).mean(-1).diff()
    return inside / inside.sum()


def total_variation(samples: int, steps: int, *, weighted: bool = True, updates: int = 250) -> Tensor:
    """Between the target and what a diffusion policy becomes from N samples and H steps: [seeds]."""
    network = mlp(hidden=[64, 64], activation=Activation.SILU)
    spec, draws = PolicySpec(SEEDS, 1, (1,) * SEEDS, discrete=False), torch.Generator().manual_seed(1)
    with seeded_initialisation(0, "policy"):
        policy = DDPMPolicy(DDPMSettings(network=network, steps=steps, action_gain=15.0), spec)
    actions = torch.rand(samples, 1, SEEDS, 1, generator=draws) * 2 - 1
    weights = weight(actions) if weighted else torch.ones(actions.shape[:-1])
    optimiser = torch.optim.Adam(policy.parameters(), 1e-2)
    rates = torch.optim.lr_scheduler.LinearLR(optimiser, 1, 0.02, updates)
    inputs = torch.ones(1, SEEDS, 1)
    for _ in range(updates):
        batch = torch.randint(samples, (256,), generator=draws)
        chosen = ProjectionTarget(inputs, actions[batch], weights[batch] / weights.mean(0))
        optimiser.zero_grad()
        policy.projection_loss(chosen, draws).sum().backward()
        optimiser.step()
        rates.step()
    drawn = policy.sample(inputs, 6000, draws)[:, 0, :, 0]
    found = torch.stack([torch.histc(column, 40, -1, 1) / len(drawn) for column in drawn.unbind(1)])
    return (found - exact()).abs().sum(1) / 2


@pytest.fixture(scope="module")
def best() -> Tensor:
    return total_variation(2048, 10)


@pytest.mark.parametrize(("samples", "margin"), [(8, 0.15), (64, 0.02)])
def test_total_variation_falls_with_the_samples(samples, margin, best) -> None:
    assert float(best.mean()) + margin < float(total_variation(samples, 10).mean())


@pytest.mark.parametrize(("steps", "margin"), [(2, 0.2), (4, 0.05)])
def test_total_variation_falls_with_the_steps(steps, margin, best) -> None:
    assert float(best.mean()) + margin < float(total_variation(2048, steps).mean())


def test_without_the_weights_the_target_is_missed(best) -> None:
    assert float(best.amax()) + 0.1 < float(total_variation(2048, 10, weighted=False).amin())
