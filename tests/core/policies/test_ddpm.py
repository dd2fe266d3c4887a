import copy
import shutil

import pytest
import torch
from exact_noise import ExactNoise, spread
from torch.nn import functional

from quorate.interfaces import Greedy, Likelihood, Projectable, ProjectionTarget, Reparameterised
from quorate.learning.settings import Activation, mlp
from quorate.policies.settings import LossWeight, Precision

SILU = mlp(hidden=[24, 24], activation=Activation.SILU)


def seeded(seed: int = 1) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def test_what_it_is(policy) -> None:
    built = policy("ddpm")
    assert isinstance(built, Projectable)
    assert not isinstance(built, (Greedy, Likelihood, Reparameterised))


@pytest.mark.parametrize("std", [0.05, 0.1, 0.2])
def test_the_chain_spreads_as_its_recursion_says(std, policy) -> None:
    built = policy("ddpm", agents=1, sizes=(1,), steps=20, clip_denoised=False)
    built.score = ExactNoise(built.schedule, std)
    found = float(built.sample(torch.zeros(1, 1, 5), 40_000, seeded()).std()) / std
    assert found == pytest.approx(spread(built.schedule, std), abs=0.03)


def test_the_paper_s_sign_of_the_score_runs_uphill(policy) -> None:
    built = policy("ddpm", agents=1, sizes=(1,), steps=20, clip_denoised=False)
    for sign, low, high in ((1.0, 0.0, 1e-3), (-1.0, 0.99, 1.0)):
        built.score = ExactNoise(built.schedule, 0.2, sign)
        boundary = built.sample(torch.zeros(1, 1, 5), 4000, seeded()).abs() == 1
        assert low <= float(boundary.float().mean()) <= high


@pytest.mark.parametrize("clip", [True, False])
@torch.no_grad()
def test_the_chain_is_the_textbook_s(clip, policy) -> None:
    """One agent, one row at a time, the first layer over everything at once, no coefficients prepared."""
    built = policy("ddpm", agents=1, sizes=(2,), network=SILU, clip_denoised=clip, initial_noise=0.5)
    score, inputs, count = built.score, torch.randn(3, 1, 5), 2
    actions = built.sample(inputs, count, seeded())
    draws = torch.randn(10, 1, 6, 2, generator=seeded())[:, 0]
    x, rows = 0.5 * draws[0], inputs[:, 0].repeat(count, 1)
    beta, bar = built.schedule.beta.float(), built.schedule.alpha_bar.float()
    time = score.time_last(functional.mish(score.time_first(score.sinusoids[None])))[0]
    for t in reversed(range(10)):
        joined = torch.cat([rows, x, time[t].expand(6, -1)], dim=-1)
        eps = score.rest(functional.silu(score.first(joined[None])))[0]
        x0 = (x - (1 - bar[t]).sqrt() * eps) / bar[t].sqrt()
        if clip:
            x0 = x0.clamp(-1, 1)
        before = bar[t - 1] if t else torch.tensor(1.0)
        x = x0 * beta[t] * before.sqrt() / (1 - bar[t]) + x * (1 - before) * (1 - beta[t]).sqrt() / (1 - bar[t])
        if t:
            x = x + beta[t].sqrt() * draws[t]
    torch.testing.assert_close(actions, x.clamp(-1, 1).reshape(count, 3, 1, 2), atol=2e-4, rtol=1e-3)


def test_a_step_for_each_row_is_the_same_network(policy) -> None:
    score = policy("ddpm", network=SILU).score
    inputs, noisy = torch.randn(3, 4, 5), torch.randn(3, 8, 3)
    for step in (0, 9):
        encoded = score.encode(inputs)
        expected = score.denoise(encoded + score.embed_steps()[:, step, None], noisy)
        torch.testing.assert_close(score.denoise_at(encoded, noisy, torch.full((3, 8), step)), expected)


def test_gradients_flow_through_the_whole_chain(policy) -> None:
    built, inputs = policy("ddpm", sizes=(2, 2, 2), network=SILU), torch.randn(4, 3, 5).requires_grad_()
    actions = built.sample_through(inputs, seeded(), 2)
    torch.testing.assert_close(actions.detach(), built.sample(inputs, 2, seeded()))
    loss = actions.square().sum()
    loss.backward()
    direction, step = torch.randn(4, 3, 5), 1e-2
    with torch.no_grad():
        ahead, behind = (built.sample(inputs + sign * step * direction, 2, seeded()).square().sum() for sign in (1, -1))
    assert float((ahead - behind) / (2 * step)) == pytest.approx(float((inputs.grad * direction).sum()), rel=0.1)
    assert all(bool(parameter.grad.any()) for parameter in built.parameters())


def test_the_weights_of_the_loss(policy) -> None:
    """With one step and a network that says 0, the loss is the mean of w * importance * eps^2."""
    for kind in LossWeight:
        built = policy("ddpm", agents=1, sizes=(1,), steps=1, loss_weight=kind)
        with torch.no_grad():
            for parameter in built.score.rest.parameters():
                parameter.zero_()
        actions, weights = torch.zeros(20_000, 1, 1, 1), torch.rand(20_000, 1, 1)
        found = built.projection_loss(ProjectionTarget(torch.zeros(1, 1, 5), actions, weights), seeded())
        importance = built.schedule.beta / (1 - built.schedule.alpha_bar) if kind is LossWeight.PAPER else 1.0
        assert float(found.detach()) == pytest.approx(float(importance) * 0.5, rel=0.05)


def test_bfloat16_samples_are_near_and_follow_the_parameters(policy) -> None:
    exact = policy("ddpm", network=SILU)
    rough = policy("ddpm", network=SILU, precision=Precision.BFLOAT16)
    inputs = torch.randn(16, 3, 5)
    for _ in range(2):
        error = (rough.sample(inputs, 4, seeded()) - exact.sample(inputs, 4, seeded())).abs()
        assert 0 < float(error.amax()) < 0.05
        with torch.no_grad():
            for parameter in (*exact.parameters(), *rough.parameters()):
                parameter.mul_(1.3)
    assert rough.state_dict().keys() == exact.state_dict().keys()
    torch.testing.assert_close(rough.sample_through(inputs, seeded()), exact.sample_through(inputs, seeded()))
    copy.deepcopy(rough).sample(inputs, 1, seeded())


@pytest.mark.skipif(shutil.which("g++") is None, reason="torch.compile needs a C++ compiler")
def test_compiled_samples_are_equal(policy) -> None:
    plain, compiled = (policy("ddpm", network=SILU, steps=4, compile=flag) for flag in (False, True))
    inputs = torch.randn(8, 3, 5)
    torch.testing.assert_close(
        compiled.sample(inputs, 2, seeded()), plain.sample(inputs, 2, seeded()), atol=1e-5, rtol=1e-5
    )
