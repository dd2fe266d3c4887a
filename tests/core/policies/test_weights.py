import torch

from quorate.policies.weights import clipped_weights, effective_sample_size, softmax_weights


def test_softmax_weights_are_the_exponential_up_to_the_state() -> None:
    values = torch.randn(6, 4, 2)
    weights = softmax_weights(values, 2.0, torch.tensor([0.5, 3.0]))
    torch.testing.assert_close(weights.mean(0), torch.ones(4, 2))
    expected = (2 * values / torch.tensor([0.5, 3.0])).exp()
    torch.testing.assert_close(weights / weights[0], expected / expected[0])
    torch.testing.assert_close(
        softmax_weights(values + 1e4 * torch.arange(4)[:, None], 2.0),
        softmax_weights(values, 2.0),
        atol=2e-2,
        rtol=2e-2,
    )


def test_softmax_weights_do_not_overflow_where_the_exponential_does() -> None:
    values = 10 * torch.randn(8, 64, 1)
    assert bool(softmax_weights(values, 100.0).isfinite().all())
    assert not bool((100 * values).exp().isfinite().all())


def test_clipped_weights() -> None:
    weights = clipped_weights(torch.tensor([[[-100.0], [1.0], [3.0], [100.0]]]), 1.0, 2.0, 0.5)
    torch.testing.assert_close(weights.squeeze().log(), torch.tensor([-6.0, 0.0, 2.0, 6.0]))


def test_effective_sample_size() -> None:
    assert effective_sample_size(torch.ones(8, 3, 2)).tolist() == [8.0, 8.0]
    one = torch.zeros(8, 3, 2)
    one[0] = 5.0
    assert effective_sample_size(one).tolist() == [1.0, 1.0]
    assert effective_sample_size(torch.zeros(8, 3, 2)).tolist() == [0.0, 0.0]


def test_sizes_of_the_softmax_of_normal_advantages() -> None:
    """Known figures for advantages of unit deviation: .79, .49, .24, .12 of the samples at strength .5, 1, 2, 4."""
    advantages = torch.randn(16, 20_000, 1, generator=torch.Generator().manual_seed(0))
    shares = [float(effective_sample_size(softmax_weights(advantages, strength))) / 16 for strength in (0.5, 1, 2, 4)]
    for share, known in zip(shares, (0.79, 0.49, 0.24, 0.12), strict=True):
        assert abs(share - known) < 0.04
