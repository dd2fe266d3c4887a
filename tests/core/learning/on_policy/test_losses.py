import pytest
import torch
from torch.nn.functional import huber_loss

from quorate.learning.on_policy.losses import clipped_surrogate, living_mean, normalised, value_loss
from quorate.learning.on_policy.settings import AdvantageNormalisation

RANDOM = torch.Generator().manual_seed(0)


@pytest.mark.parametrize(
    ("ratio", "advantage", "gain"),
    [(1.5, 2.0, 2.4), (0.5, 2.0, 1.0), (1.5, -2.0, -3.0), (0.5, -2.0, -1.6), (1.1, 2.0, 2.2), (1.0, -3.0, -3.0)],
)
def test_the_surrogate_is_the_pessimistic_one(ratio: float, advantage: float, gain: float) -> None:
    found, _ = clipped_surrogate(torch.tensor(ratio), torch.tensor(advantage), 0.2)
    assert float(found) == pytest.approx(gain)


def test_the_surrogates_slope_is_its_gradient() -> None:
    ratio, advantage = (torch.randn(200, 3, generator=RANDOM) * 0.4).exp(), torch.randn(200, 1, generator=RANDOM)
    ratio.requires_grad_()
    plain = torch.minimum(ratio * advantage, ratio.clamp(0.8, 1.2) * advantage)
    plain.sum().backward()
    gain, slope = clipped_surrogate(ratio.detach(), advantage, 0.2)
    assert torch.equal(gain, plain.detach())
    assert torch.equal(slope, ratio.grad)
    assert bool((slope == 0).any())


@pytest.mark.parametrize("clip", [None, 0.2])
@pytest.mark.parametrize("huber", [None, 0.5])
def test_the_slope_of_the_value_loss_is_its_gradient(clip: float | None, huber: float | None) -> None:
    value, old, target = torch.randn(3, 200, 2, generator=RANDOM)
    value.requires_grad_()

    def loss(error: torch.Tensor) -> torch.Tensor:
        return 0.5 * error.square() if huber is None else huber_loss(error, 0 * error, reduction="none", delta=huber)

    plain = loss(value - target)
    if clip is not None:
        plain = torch.maximum(plain, loss(old + (value - old).clamp(-clip, clip) - target))
    plain.sum().backward()
    found, slope = value_loss(value.detach(), old, target, clip, huber)
    assert torch.equal(found, plain.detach())
    assert torch.equal(slope, value.grad)
    assert bool((slope == 0).any()) is (clip is not None)


def test_the_dead_count_nowhere() -> None:
    x = torch.tensor([[1.0, 10.0], [3.0, 20.0], [5.0, 99.0]])
    alive = torch.tensor([[1.0, 1.0], [1.0, 0.0], [1.0, 0.0]])
    assert living_mean(x, alive, pooled=False).tolist() == [3.0, 10.0]
    assert living_mean(x, alive, pooled=True).tolist() == [19 / 4]
    assert living_mean(x, torch.zeros(3, 2), pooled=False).tolist() == [0.0, 0.0]
    assert living_mean(x, None, pooled=False).tolist() == [3.0, 43.0]


def test_advantages_are_normalised_over_the_living() -> None:
    advantages = torch.tensor([[0.0], [2.0], [4.0], [100.0]])
    alive = torch.tensor([[1.0, 1.0], [1.0, 1.0], [1.0, 0.0], [0.0, 0.0]])
    own = normalised(advantages, alive, AdvantageNormalisation.AGENT)
    assert own[:3, 0].tolist() == pytest.approx([-(1.5**0.5), 0.0, 1.5**0.5], abs=1e-4)
    assert own[:2, 1].tolist() == pytest.approx([-1.0, 1.0], abs=1e-4)
    pooled = normalised(advantages, alive, AdvantageNormalisation.ALL)  # of 0, 2, 4, 0, 2
    mean, deviation = 1.6, (11.2 / 5) ** 0.5
    assert pooled[:3, 0].tolist() == pytest.approx([(x - mean) / deviation for x in (0, 2, 4)], abs=1e-4)
    everyone = normalised(advantages, None, AdvantageNormalisation.AGENT)
    assert float(everyone.mean()) == pytest.approx(0.0, abs=1e-6)
    assert float(everyone.std(correction=0)) == pytest.approx(1.0, abs=1e-4)
    assert normalised(advantages, None, AdvantageNormalisation.NONE).equal(advantages)


def test_advantages_of_agents_that_are_paid_differently_have_moments_of_their_own() -> None:
    advantages = torch.tensor([[0.0, 10.0], [2.0, 30.0], [4.0, 50.0]])
    own = normalised(advantages, None, AdvantageNormalisation.AGENT)
    assert own.mean(0).abs().max() < 1e-6
    torch.testing.assert_close(own[:, 0], own[:, 1])
    pooled = normalised(advantages, None, AdvantageNormalisation.ALL)
    assert abs(float(pooled.mean())) < 1e-6
    assert float(pooled.std(correction=0)) == pytest.approx(1.0, abs=1e-4)
    assert pooled[0, 1] > pooled[2, 0]
    everyone = torch.ones(3, 2)
    for over in AdvantageNormalisation:
        torch.testing.assert_close(normalised(advantages, everyone, over), normalised(advantages, None, over))


def test_value_loss_is_huber_of_the_worse_of_both_values() -> None:
    value, old, target = torch.tensor([1.0, 1.0, 0.0]), torch.tensor([0.0, 0.0, 0.0]), torch.tensor([1.5, -1.0, 20.0])
    assert value_loss(value, old, target, None, None)[0].tolist() == [0.125, 2.0, 200.0]
    assert value_loss(value, old, target, None, 10.0)[0].tolist() == [0.125, 2.0, 10 * (20 - 5)]
    assert value_loss(value, old, target, 0.2, 10.0)[0].tolist() == pytest.approx([0.845, 2.0, 150.0])
