import pytest
import torch

from quorate.learning.living import living_deviation, living_mean

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


def test_where_all_are_alive_nothing_changes_by_a_single_bit():
    x = torch.randn(3, 16, 8, generator=torch.Generator().manual_seed(0)).movedim(0, -1)
    everybody = torch.ones(8, 3, dtype=torch.bool)
    for mean in (living_mean, living_deviation):
        assert torch.equal(mean(x, None), mean(x, everybody))
