import math

import pytest
import torch
from torch import distributions

from quorate.errors import QuorateError
from quorate.interfaces import Greedy, Likelihood, PolicySpec, Projectable, ProjectionTarget, Reparameterised
from quorate.learning.settings import mlp
from quorate.policies.gaussian import GaussianPolicy
from quorate.policies.settings import GaussianProjection, GaussianSettings, Parametrisation, Squash, Variance


def test_it_is_all_that_a_policy_may_be(policy) -> None:
    built = policy("gaussian")
    for protocol in (Greedy, Likelihood, Reparameterised, Projectable):
        assert isinstance(built, protocol)


@pytest.mark.parametrize("variance", list(Variance))
@pytest.mark.parametrize("parametrisation", list(Parametrisation))
def test_density_and_entropy_are_those_of_a_normal_distribution(variance, parametrisation, policy, generator) -> None:
    built = policy("gaussian", variance=variance, parametrisation=parametrisation, std_floor=0.1)
    inputs = torch.randn(7, 3, 5)
    mean, std = built.distribution(inputs)
    assert bool((std > 0.1).all())
    actions, densities = built.rsample(inputs, generator)
    normal = distributions.Normal(mean, std)
    expected = (normal.log_prob(actions) * built.features).sum(-1)
    torch.testing.assert_close(densities, expected)
    density, entropy = built.evaluate(inputs, actions)
    torch.testing.assert_close(density, expected)
    torch.testing.assert_close(entropy, (normal.entropy() * built.features).sum(-1))


def test_the_density_of_a_squashed_gaussian_integrates_to_one(policy) -> None:
    built = policy("gaussian", agents=2, sizes=(1, 1), squash=Squash.TANH, initial_log_std=-0.5)
    grid = torch.linspace(-1, 1, 20001)[1:-1]
    inputs = torch.randn(1, 2, 5).expand(len(grid), -1, -1)
    density, _ = built.evaluate(inputs, grid[:, None, None].expand(-1, 2, 1))
    torch.testing.assert_close(torch.trapezoid(density.exp(), grid, dim=0), torch.ones(2), atol=2e-3, rtol=0)


def test_a_squashed_density_is_stable_at_the_boundary(policy, generator) -> None:
    built = policy("gaussian", squash=Squash.TANH, initial_log_std=2.0, log_std=(-20.0, 2.0))
    actions, density = built.rsample(torch.randn(500, 3, 5), generator)
    assert bool((actions.abs() > 1 - 1e-6).any())
    assert bool(density.isfinite().all())
    again, _ = built.evaluate(torch.zeros(1, 3, 5), torch.ones(1, 3, 3))
    assert bool(again.isfinite().all())
    density.sum().backward()
    assert all(bool(parameter.grad.isfinite().all()) for parameter in built.parameters())


def test_squashed_samples_have_the_density_that_is_told(policy, generator) -> None:
    built = policy("gaussian", squash=Squash.TANH)
    inputs = torch.randn(9, 3, 5)
    actions, density = built.rsample(inputs, generator)
    inside = (actions.abs() < 0.999).all(-1)
    torch.testing.assert_close(built.evaluate(inputs, actions)[0][inside], density[inside], atol=1e-3, rtol=1e-3)


def test_the_sigmoid_bounds_the_deviation_and_begins_as_published(policy) -> None:
    built = policy(
        "gaussian", variance=Variance.PARAMETER, parametrisation=Parametrisation.SIGMOID, initial_log_std=1.0
    )
    std = built.distribution(torch.zeros(1, 3, 5))[1]
    torch.testing.assert_close(std, torch.full_like(std, 0.5 / (1 + math.exp(-1))))
    assert built.log_std.shape == (3, 1, 3)


def test_the_mode_is_the_mean_and_samples_surround_it(policy, generator) -> None:
    for squash, inverse in ((Squash.NONE, lambda a: a), (Squash.TANH, torch.atanh)):
        built, inputs = policy("gaussian", squash=squash, initial_log_std=-2.0), torch.randn(2, 3, 5)
        samples = built.sample(inputs, 4000, generator)
        mean, std = built.distribution(inputs)
        torch.testing.assert_close(inverse(built.mode(inputs)), mean)
        deviation = (inverse(samples).mean(0) - mean).abs() / std * math.sqrt(4000)
        assert float(deviation[:, built.features].detach().amax()) < 4.5


def test_settings_check_themselves() -> None:
    with pytest.raises(ValueError, match="increasing"):
        GaussianSettings(log_std=(2.0, -5.0))


def project(built, target: ProjectionTarget, generator: torch.Generator, steps: int = 600) -> tuple[float, float]:
    """Mean and standard deviation of the first agent after Adam on the loss."""
    optimiser = torch.optim.Adam(built.parameters(), 2e-2)
    rates = torch.optim.lr_scheduler.LinearLR(optimiser, 1.0, 0.02, steps)
    for _ in range(steps):
        optimiser.zero_grad()
        built.projection_loss(target, generator).sum().backward()
        optimiser.step()
        rates.step()
    mean, std = (part.detach() for part in built.distribution(target.inputs[:1]))
    return float(mean[0, 0, 0]), float(std[0, 0, 0])


def one_dimensional(policy, projection: GaussianProjection, **settings):
    return policy("gaussian", agents=1, sizes=(1,), variance=Variance.PARAMETER, projection=projection, **settings)


@pytest.mark.parametrize("projection", list(GaussianProjection))
def test_a_quadratic_weight_gives_the_product_of_gaussians(projection, policy, generator) -> None:
    """N(0, .5^2) times exp(-(a - .6)^2 / (2 * .5^2)) is N(.3, .125)."""

    def log_weight(actions: torch.Tensor) -> torch.Tensor:
        return -2 * (actions - 0.6).square().sum(-1)

    built, old = (one_dimensional(policy, projection, initial_log_std=math.log(0.5)) for _ in range(2))
    with torch.no_grad():
        old.network.layers[-1].weight.zero_()
        old.network.layers[-1].bias.zero_()
    inputs = torch.ones(8, 1, 5)
    actions = old.sample(inputs, 512, generator)
    weights = log_weight(actions).exp()
    target = ProjectionTarget(inputs, actions, weights / weights.mean(), log_weight, old)
    mean, std = project(built, target, generator)
    assert (mean, std) == pytest.approx((0.3, math.sqrt(0.125)), abs=0.02)


def test_reverse_kl_seeks_a_mode_and_weighted_likelihood_matches_moments(policy, generator) -> None:
    """The target is an even mixture of N(+-.6, .1^2), seen from a broad N(0, 1)."""

    def log_weight(actions: torch.Tensor) -> torch.Tensor:
        bumps = -50 * (actions.squeeze(-1)[..., None] - torch.tensor([-0.6, 0.6])).square()
        return bumps.logsumexp(-1) + 0.5 * actions.squeeze(-1).square()

    moments, modes = {}, [-0.6, 0.6]
    for projection in GaussianProjection:
        built = one_dimensional(policy, projection, initial_log_std=-0.5)
        old = one_dimensional(policy, projection)
        with torch.no_grad():
            old.network.layers[-1].weight.zero_()
            old.network.layers[-1].bias.zero_()
            built.network.layers[-1].bias.fill_(0.2)
        inputs = torch.ones(4, 1, 5)
        actions = old.sample(inputs, 1024, generator)
        weights = log_weight(actions).exp()
        target = ProjectionTarget(inputs, actions, weights / weights.mean(), log_weight, old)
        moments[projection] = project(built, target, generator)
    mean, std = moments[GaussianProjection.REVERSE_KL]
    assert min(abs(mean - mode) for mode in modes) < 0.02
    assert std == pytest.approx(0.1, abs=0.02)
    mean, std = moments[GaussianProjection.WEIGHTED_LIKELIHOOD]
    assert (mean, std) == pytest.approx((0.0, math.sqrt(0.36 + 0.01)), abs=0.04)


def test_reverse_kl_says_what_it_lacks(policy, generator) -> None:
    built = policy("gaussian")
    target = ProjectionTarget(torch.zeros(2, 3, 5), torch.zeros(4, 2, 3, 3), torch.ones(4, 2, 3))
    with pytest.raises(QuorateError, match="log weight"):
        built.projection_loss(target, generator)


def test_the_reverse_kl_leaves_out_rows_in_which_an_agent_is_gone() -> None:
    """Those rows give no gradient, and the others what they give alone, for the divergence as for the gain."""
    policy, old = (GaussianPolicy(GaussianSettings(mlp(hidden=[8])), PolicySpec(1, 2, (1,), False)) for _ in "ab")
    inputs, alive = torch.randn(6, 1, 2), torch.tensor([True, True, True, False, False, False])[:, None]

    def gradient(rows: slice, mask: torch.Tensor | None) -> torch.Tensor:
        part = inputs[rows].clone().requires_grad_(True)
        actions, old_policy = torch.zeros(3, len(part), 1, 1), old.requires_grad_(False)
        target = ProjectionTarget(part, actions, torch.ones(3, len(part), 1), lambda x: 0 * x[..., 0], old_policy, mask)
        loss = policy.projection_loss(target, torch.Generator().manual_seed(0)).sum()
        return torch.autograd.grad(loss, part)[0]

    found = gradient(slice(None), alive)
    assert not found[3:].any()
    torch.testing.assert_close(found[:3], gradient(slice(3), None))
