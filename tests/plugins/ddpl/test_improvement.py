import math

import pytest
import torch

from quorate_ddpl.improvement import ADVANTAGE_RATE, SMALLEST, Improvement
from quorate_ddpl.settings import DDPLSettings, Weights

VALUES = torch.tensor([[[0.0], [10.0]], [[2.0], [14.0]]])  # two actions at two states of one agent


def make(weights, temperature=1.0, discount=0.9, **more):
    return Improvement(
        DDPLSettings(weights=weights, temperature=temperature, discount=discount, **more), 1, torch.device("cpu")
    )


def test_softmax_compares_the_actions_of_a_state_in_units_of_the_advantages():
    improvement = make(Weights.SOFTMAX, temperature=2.0)
    improvement.update(VALUES)
    scale = math.sqrt((1 + 4) / 2) + SMALLEST  # advantages are -1, 1 and -2, 2
    first, second = (torch.softmax(torch.tensor([0.0, 2 * gap / scale]), 0) for gap in (2, 4))
    expected = 2 * torch.stack([first, second], dim=1)[..., None]
    torch.testing.assert_close(improvement.weights(VALUES), expected)
    torch.testing.assert_close(improvement.weights(VALUES + torch.tensor([[[5.0], [-70.0]]])), expected)


def test_the_scale_of_advantages_is_an_average_without_bias():
    improvement = make(Weights.SOFTMAX)
    improvement.update(VALUES)
    improvement.update(3 * VALUES)
    old, new = (1 - ADVANTAGE_RATE), 1.0
    scale = math.sqrt(2.5) * (old * 1 + new * 3) / (old + new) + SMALLEST
    expected = 2 * torch.softmax(torch.tensor([0.0, 2 / scale]), 0)
    torch.testing.assert_close(improvement.weights(VALUES)[:, 0, 0], expected)


def test_clipped_weights_normalise_over_all_states():
    improvement = make(Weights.CLIPPED, clip=1.0)
    improvement.update(VALUES)
    mean, deviation = VALUES.mean(), VALUES.std(correction=0) + SMALLEST
    expected = ((VALUES - mean) / deviation).clamp(-1, 1).exp()
    torch.testing.assert_close(improvement.weights(VALUES), expected)
    assert (expected == math.exp(1)).any()  # something was clipped


def test_literal_weights_are_those_of_the_paper_and_normalised_ones_a_multiple():
    literal, normalised = (make(weights).weights(VALUES / 10) for weights in (Weights.LITERAL, Weights.NORMALISED))
    torch.testing.assert_close(literal, (10 * VALUES / 10).exp())  # eta / (1 - gamma) = 10
    torch.testing.assert_close(normalised, literal / literal.mean())


def test_literal_weights_overflow_and_normalised_ones_do_not():
    assert make(Weights.LITERAL).weights(VALUES).isinf().any()
    assert make(Weights.NORMALISED).weights(VALUES).isfinite().all()


@pytest.mark.parametrize("weights", [Weights.SOFTMAX, Weights.CLIPPED, Weights.LITERAL, Weights.NORMALISED])
def test_the_log_weight_is_the_logarithm_up_to_what_does_not_depend_on_the_action(weights):
    improvement = make(weights)
    values = VALUES / 10
    improvement.update(values)
    rest = improvement.weights(values).log() - improvement.log_weight(values)
    torch.testing.assert_close(rest[0], rest[1], rtol=0, atol=1e-5)


def test_agents_are_measured_on_scales_of_their_own():
    improvement = Improvement(DDPLSettings(), 2, torch.device("cpu"))
    values = torch.cat([VALUES, 1000 * VALUES], dim=-1)
    improvement.update(values)
    weights = improvement.weights(values)
    torch.testing.assert_close(weights[..., 0], weights[..., 1], rtol=1e-2, atol=0)


@pytest.mark.parametrize("weights", list(Weights))
def test_an_agent_that_is_gone_counts_neither_in_scales_nor_in_weights(weights):
    """Scales and weights of the rows where it is there are those of a batch without the others."""
    values = torch.randn(4, 6, 2, generator=torch.Generator().manual_seed(0))
    alive = torch.ones(6, 2, dtype=torch.bool)
    alive[3:, 1] = False
    values[:, 3:, 1] = 1e4
    one, two = (Improvement(DDPLSettings(weights=weights, discount=0.9), 2, torch.device("cpu")) for _ in range(2))
    one.update(values, alive)
    two.update(values[:, :3])
    found, alone = one.weights(values, alive), two.weights(values[:, :3])
    assert not found[:, 3:, 1].any()
    torch.testing.assert_close(found[:, :3, 1].mean(), alone[..., 1].mean() * 2)  # means over all rows are the same
    torch.testing.assert_close(found[:, :3, 1] / 2, alone[..., 1])
    torch.testing.assert_close(one.log_weight(values)[:, :3, 1], two.log_weight(values)[:, :3, 1])


@pytest.mark.parametrize("weights", list(Weights))
def test_an_agent_that_has_never_been_there_weighs_nothing(weights):
    improvement = Improvement(DDPLSettings(weights=weights, discount=0.9), 2, torch.device("cpu"))
    values, alive = torch.randn(4, 6, 2), torch.tensor([[True, False]]).expand(6, 2)
    improvement.update(values, alive)
    assert not improvement.weights(values, alive)[..., 1].any()
    assert improvement.weights(values, alive).isfinite().all()
    assert improvement.log_weight(values).isfinite().all()
