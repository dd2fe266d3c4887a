import torch

from quorate.learning.critics import TwinCritics
from quorate.learning.multi_step import Sample
from quorate.learning.settings import mlp
from quorate_central_diffusion.central import pair, pick
from quorate_central_diffusion.critics import CentralCritics, DistributionalCritics, distributional_loss


def critics(outputs=1):
    return TwinCritics(mlp(hidden=[32, 32]), 1, 1, torch.Generator().manual_seed(0), outputs)


def draws(rows, mean=3.0, std=2.0, seed=0):
    returns = mean + std * torch.randn(rows, generator=torch.Generator().manual_seed(seed))
    nothing = torch.zeros(rows, 1, 1)
    return Sample(nothing, nothing, nothing, returns, torch.zeros(rows), nothing, nothing)


def test_plain_loss_by_hand():
    learner = CentralCritics(critics())
    x, sample = torch.randn(4, 1), draws(4)
    sample.discount = torch.tensor([0.5, 0.0, 0.5, 0.5])
    target = sample.returns + sample.discount * learner.target.minimum(x[None])[0]
    expected = sum((q - target).square().mean() for q in learner.critics(x[None])[:, 0])
    torch.testing.assert_close(learner.loss(x, x, sample, torch.Generator()), expected)


def test_distributional_gradient_by_hand():
    mean = torch.tensor([[1.0], [1.0]], requires_grad=True)
    deviation = torch.tensor([[2.0], [2.0]], requires_grad=True)
    spread = torch.tensor([1.0, 10.0])
    distributional_loss(mean, deviation, torch.tensor([3.0]), torch.tensor([6.0]), spread).backward()
    # (spread^2 + 0.1) (target - mean) / (deviation^2 + 0.1); the error of 5 is clipped to 3 for the first critic.
    torch.testing.assert_close(mean.grad[:, 0], -torch.tensor([1.1, 100.1]) * 2 / 4.1)
    torch.testing.assert_close(deviation.grad[:, 0], -torch.tensor([1.1 * (9 - 4), 100.1 * (25 - 4)]) / 8.1)


def test_distributional_critics_find_mean_and_deviation():
    learner, randomness = DistributionalCritics(critics(outputs=2), 0.05), torch.Generator().manual_seed(0)
    optimiser = torch.optim.Adam(learner.critics.parameters(), 0.01)
    x = torch.zeros(256, 1)
    for step in range(400):
        optimiser.zero_grad()
        # The drawn target of a terminal step is its return, so returns are drawn as rewards here.
        learner.loss(x, x, draws(256, seed=step), randomness).backward()
        optimiser.step()
    mean, raw = learner.critics.outputs(x[None, :1])[:, 0, 0].unbind(-1)
    torch.testing.assert_close(mean, torch.full((2,), 3.0), atol=0.3, rtol=0)
    torch.testing.assert_close(torch.nn.functional.softplus(raw), torch.full((2,), 2.0), atol=0.3, rtol=0)


def test_the_largest_value_is_picked():
    candidates = torch.arange(12.0).reshape(3, 2, 2)
    values = torch.tensor([[0.0, 5.0], [7.0, 1.0], [2.0, 2.0]])
    assert pick(candidates, values).tolist() == [[4, 5], [2, 3]]
    state = torch.tensor([[100.0], [200.0]])
    assert pair(state, candidates)[1].tolist() == [[100, 4, 5], [200, 6, 7]]
