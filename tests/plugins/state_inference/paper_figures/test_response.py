import pytest
import torch

from quorate.errors import QuorateError
from quorate_state_inference.paper_figures import Subject, jacobian_rank, pool, sample_responses
from quorate_state_inference.paper_figures.response import measure, ranks, spearman

from .conftest import Linear


def test_j_star_of_a_linear_denoiser_is_known() -> None:
    by_history = torch.tensor([[3.0, 0.0, 0.0], [0.0, 1.0, 0.0]])
    denoiser = Linear(torch.diag(torch.tensor([0.5, 0.0])), by_history)
    histories = torch.eye(3)
    states = histories @ (by_history / torch.tensor([[0.5], [1.0]])).T + torch.tensor([0.3, 0.4])
    responses = measure(denoiser, histories, states, 200)
    torch.testing.assert_close(responses.deviation, torch.full((3,), 0.5), atol=1e-4, rtol=0)
    torch.testing.assert_close(responses.jacobian, denoiser.by_noisy.detach().expand(3, 2, 2))
    assert responses.sensitivity is not None
    torch.testing.assert_close(responses.sensitivity, by_history.expand(3, 2, 3))
    report = jacobian_rank(responses)  # J* = diag(6, 1): singular values 6 and 1
    assert report.relative.tolist() == [2.0] * 3
    share = torch.tensor([6 / 7, 1 / 7])
    torch.testing.assert_close(report.entropy, (-(share * share.log()).sum()).exp().expand(3))


def test_the_tolerance_decides_the_rank() -> None:
    relative, entropy, absolute = ranks(torch.diag_embed(torch.tensor([[1.0, 0.05], [0.01, 0.01], [0.0, 0.0]])))
    assert relative.tolist() == [1.0, 2.0, 0.0]
    assert absolute.tolist() == [1.0, 0.0, 0.0]
    assert entropy[1:].tolist() == pytest.approx([2.0, 0.0])


def test_unstable_points_are_left_out() -> None:
    responses = measure(Linear(2 * torch.eye(2), torch.eye(2)), torch.ones(3, 2), torch.ones(3, 2), 5)
    with pytest.raises(QuorateError, match="stable fixed point"):
        jacobian_rank(responses)


def test_rank_correlation_has_a_sign_or_is_none() -> None:
    rising = torch.arange(5.0)
    assert spearman(rising, -(rising**3)) == pytest.approx(-1)
    assert spearman(rising, torch.ones(5)) is None


def test_a_denoiser_without_parameters_has_no_j_star(exact: Subject) -> None:
    responses = sample_responses(exact)
    assert responses.sensitivity is None
    assert float(responses.deviation.max()) < 0.01
    with pytest.raises(QuorateError, match="not differentiable"):
        jacobian_rank(responses)


def test_a_trained_network_agrees_with_finite_differences(trained: Subject) -> None:
    responses = sample_responses(trained)
    denoiser = trained.denoiser
    step = 1e-3 * torch.randn(responses.inputs.shape, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        there = denoiser.denoise(denoiser.project(responses.inputs + step), responses.points)
        back = denoiser.denoise(denoiser.project(responses.inputs - step), responses.points)
    assert responses.sensitivity is not None
    expected = (responses.sensitivity @ step[..., None])[..., 0]
    torch.testing.assert_close((there - back) / 2, expected, atol=2e-6, rtol=1e-2)


def test_runs_are_pooled(trained: Subject) -> None:
    report = jacobian_rank(sample_responses(trained))
    both = pool([report, report])
    assert len(both.deviation) == 2 * len(report.deviation)
    assert both.summary()["rho_relative"] == pytest.approx(report.summary()["rho_relative"])
