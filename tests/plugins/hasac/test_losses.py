import torch

from quorate.learning.multi_step import Sample
from quorate_hasac.losses import mean_density, replaced, row_weights, scale_gradient, soft_target, value_loss


def test_soft_target_by_hand():
    nothing = torch.zeros(2, 1, 1)
    sample = Sample(nothing, nothing, nothing, torch.tensor([1.0, 2.0]), torch.tensor([0.5, 0.0]), nothing, nothing)
    density = torch.tensor([[1.0, 2.0], [5.0, 6.0]])
    target = soft_target(sample, torch.tensor([10.0, 20.0]), density, torch.tensor([0.1]))
    torch.testing.assert_close(target, torch.tensor([1 + 0.5 * (10 - 0.3), 2.0]))


def test_the_soft_target_pays_who_is_alive_afterwards():
    nothing, ones = torch.zeros(2, 1, 1), torch.ones(2)
    alive = torch.tensor([[True, False], [True, True]])
    sample = Sample(nothing, nothing, nothing, ones, 0.5 * ones, nothing, nothing, ~alive, alive)
    density = torch.tensor([[1.0, torch.inf], [5.0, 6.0]])
    target = soft_target(sample, torch.tensor([10.0, 20.0]), density, torch.tensor([0.1]))
    torch.testing.assert_close(target, torch.tensor([1 + 0.5 * (10 - 0.1), 1 + 0.5 * (20 - 1.1)]))
    assert mean_density(density.clamp(max=9), alive) == 4


def test_value_loss_by_hand():
    values, target = torch.tensor([[1.0, 5.0], [0.0, 0.0]]), torch.tensor([0.0, 1.0])
    torch.testing.assert_close(value_loss(values, target, None), torch.tensor((1 + 16) / 2 + 1 / 2))
    # Beyond the limit of 2 the error of 4 counts 2 (4 - 1); below it, half its square.
    torch.testing.assert_close(value_loss(values, target, 2.0), torch.tensor((0.5 + 6) / 2 + 0.5 / 2))


def test_rows_of_dead_agents_weigh_nothing():
    density = torch.zeros(4, 2)
    assert row_weights(None, density).unique().tolist() == [0.25]
    alive = torch.tensor([[True, False], [True, False], [False, False], [False, False]])
    assert row_weights(alive, density).tolist() == [[0.5, 0], [0.5, 0], [0, 0], [0, 0]]


def test_gradients_are_scaled_and_actions_are_not():
    actions = torch.randn(2, 2, 3, requires_grad=True)
    scaled = scale_gradient(actions, torch.tensor([[0.0, 1.0], [2.0, 3.0]]))
    assert torch.equal(scaled, actions)
    scaled.sum().backward()
    assert actions.grad[..., 0].tolist() == [[0, 1], [2, 3]]


def test_one_action_is_replaced():
    actions = torch.zeros(2, 3, 1)
    assert replaced(actions, 1, torch.ones(2, 1, 1))[..., 0].tolist() == [[0, 1, 0], [0, 1, 0]]
