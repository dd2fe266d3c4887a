import pytest
import torch

from quorate.learning.living import (
    left_to_them,
    living_deviation,
    living_mean,
    living_mean_and_deviation,
    living_share,
    living_step,
)

ALIVE = torch.tensor([[True, True, False], [True, False, False], [True, False, False]])


@pytest.mark.parametrize("shape", [(3, 3), (4, 3, 3)])
def test_who_is_gone_counts_nowhere(shape):
    x = torch.randn(*shape, generator=torch.Generator().manual_seed(0))
    mean, deviation = living_mean(x, ALIVE), living_deviation(x, ALIVE)
    for agent, rows in ((0, [0, 1, 2]), (1, [0])):
        own = x[..., rows, agent]
        torch.testing.assert_close(mean[agent], own.mean())
        torch.testing.assert_close(deviation[agent], own.std(correction=0))
    assert mean[2] == deviation[2] == 0
    pooled = x[..., ALIVE].mean() if x.dim() == 2 else torch.stack([part[ALIVE] for part in x]).mean()
    torch.testing.assert_close(living_mean(x, ALIVE, pooled=True)[0], pooled)


@pytest.mark.parametrize("pooled", [False, True])
@pytest.mark.parametrize("alive", [None, ALIVE], ids=["all", "some"])
def test_a_share_is_the_gradient_of_a_mean(alive, pooled):
    x = torch.randn(4, 3, 3, requires_grad=True)
    (0.3 * living_mean(x, alive, pooled)).sum().backward()
    assert torch.equal(living_share(x.detach(), alive, pooled, of=0.3).expand_as(x), x.grad)


def test_where_all_are_alive_nothing_changes_by_a_single_bit():
    x = torch.randn(3, 16, 8, generator=torch.Generator().manual_seed(0)).movedim(0, -1)
    everybody = torch.ones(8, 3, dtype=torch.bool)
    for mean in (living_mean, living_deviation):
        assert torch.equal(mean(x, None), mean(x, everybody))


def test_mean_and_deviation_over_all_who_are_alive():
    x = torch.randn(4, 3, 3, generator=torch.Generator().manual_seed(0))
    own = torch.stack([part[ALIVE] for part in x])
    mean, deviation = living_mean_and_deviation(x.masked_fill(~ALIVE, 1e6), ALIVE)
    torch.testing.assert_close(mean, own.mean())
    torch.testing.assert_close(deviation, own.std())
    everybody = torch.ones(3, 3, dtype=torch.bool)
    assert living_mean_and_deviation(x, everybody) == living_mean_and_deviation(x, None)


def test_momentum_does_not_move_who_is_dead_in_a_whole_batch():
    members, shared = torch.nn.Parameter(torch.ones(3, 2)), torch.nn.Parameter(torch.ones(5))
    optimiser = torch.optim.Adam([members, shared], 0.1)
    for alive in (None, ALIVE):  # the last agent is dead in the second
        before = members.detach().clone(), shared.detach().clone()
        members.grad, shared.grad = torch.ones(3, 2), torch.ones(5)
        if alive is not None:
            members.grad[2] = 0
        living_step(optimiser, alive)
        moved = (members != before[0]).any(1).tolist()
        assert moved == [True, True, alive is None]
        assert bool((shared != before[1]).all())


def test_a_team_s_return_goes_on_without_who_is_gone():
    values = torch.tensor([[1.0, 3.0, 99.0], [4.0, 5.0, 6.0], [7.0, 8.0, 9.0]])
    alive = torch.tensor([[True, True, False], [True, True, True], [False, False, False]])
    assert left_to_them(values, alive, shared=True).tolist() == [[1, 3, 2], [4, 5, 6], [7, 8, 9]]
    assert left_to_them(values, alive, shared=False).tolist() == [[1, 3, 0], [4, 5, 6], [0, 0, 0]]
    assert left_to_them(values, None, shared=False) is values
