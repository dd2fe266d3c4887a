import torch

from quorate_state_inference.paper_figures import Subject, sample_responses, surrogate_bound
from quorate_state_inference.paper_figures.regression import residuals
from quorate_state_inference.paper_figures.response import Responses

RANDOM = torch.Generator().manual_seed(0)


def _everyone(count: int) -> torch.Tensor:
    return torch.ones(1, count, dtype=torch.bool)


def test_an_affine_map_leaves_no_residual() -> None:
    inputs = torch.randn(50, 3, generator=RANDOM)
    states = inputs @ torch.randn(3, 4, generator=RANDOM) + 5
    assert float(residuals(inputs, states, _everyone(50))) < 1e-8


def test_what_the_inputs_do_not_tell_is_the_residual() -> None:
    inputs = torch.tensor([[0.0], [0.0], [1.0], [1.0]])
    states = torch.tensor([[0.0, 0.0], [2.0, 0.0], [5.0, 1.0], [7.0, 3.0]])  # within each input: 1, and 1 + 1
    torch.testing.assert_close(residuals(inputs, states, _everyone(4)), torch.tensor([1.5]))


def test_constant_inputs_give_the_variance() -> None:
    states = torch.tensor([[0.0], [2.0]])
    assert residuals(torch.ones(2, 3), states, _everyone(2)).tolist() == [1.0]


def test_only_members_count() -> None:
    inputs, states = torch.zeros(3, 1), torch.tensor([[0.0], [2.0], [100.0]])
    members = torch.tensor([[True, True, False], [False, False, True]])
    assert residuals(inputs, states, members).tolist() == [1.0, 0.0]


def _responses(inputs: torch.Tensor, states: torch.Tensor, deviation: torch.Tensor) -> Responses:
    jacobian = torch.arange(float(len(states)))[:, None, None] * torch.ones(1, 1)
    settled = torch.ones(len(states), dtype=torch.bool)
    return Responses(inputs, states, states, deviation, jacobian, None, settled)


def test_the_bound_holds_where_deviations_are_small_and_fails_where_they_are_large() -> None:
    inputs, states = torch.zeros(40, 1), torch.randn(40, 2, generator=RANDOM)
    small = surrogate_bound(_responses(inputs, states, torch.full((40,), 0.1)), 40, (0.5, 1.0))
    assert [bound.covered for bound in small.bounds] == [1.0, 1.0]
    assert small.bounds[1].members == 40
    large = surrogate_bound(_responses(inputs, states, torch.full((40,), 50.0)), 40, (0.5, 1.0))
    assert [bound.covered for bound in large.bounds] == [0.0, 0.0]


def test_neighbourhoods_that_are_interpolated_are_flagged() -> None:
    inputs, states = torch.randn(40, 30, generator=RANDOM), torch.randn(40, 2, generator=RANDOM)
    few, all_ = surrogate_bound(_responses(inputs, states, torch.zeros(40)), 40, (0.3, 1.0)).bounds
    assert (few.interpolated, all_.interpolated) == (1.0, 0.0)
    assert few.residual < 1e-8
    assert all_.residual > 0.01


def test_the_bound_covers_a_trained_network(trained: Subject) -> None:
    report = surrogate_bound(sample_responses(trained), 20)
    assert report.bounds[-1].covered > 0.95
    assert [bound.epsilon for bound in report.bounds] == sorted(bound.epsilon for bound in report.bounds)
