import dataclasses

import pytest
import torch

from quorate.learning.initialisation import seeded_initialisation
from quorate.learning.on_policy.critic import Critic
from quorate.learning.on_policy.rollout import Rollout
from quorate.learning.on_policy.settings import OnPolicySettings, Truncation
from quorate.learning.settings import mlp


def make(**changes: object) -> Critic:
    settings = dataclasses.replace(OnPolicySettings(critic=mlp(hidden=[8])), **changes)
    with seeded_initialisation(0, "critic"):
        return Critic(settings, 3, torch.device("cpu"))


def rollout(steps: int = 6) -> Rollout:
    """Environment 0 terminates after step 2; environment 1 is cut after step 3."""
    randomness = torch.Generator().manual_seed(0)
    reward, seen = torch.randn(steps, 2, generator=randomness), torch.randn(steps + 1, 2, 3, generator=randomness)
    terminated, truncated = torch.zeros(2, steps, 2, dtype=torch.bool)
    terminated[2, 0], truncated[3, 1] = True, True
    ends = {t: torch.randn(2, 3, generator=randomness) for t in (2, 3)}
    ends[2][1], ends[3][0] = seen[3, 1], seen[4, 0]  # the environment that goes on
    nothing = torch.zeros(steps, 2, 1, 1)
    return Rollout(nothing, nothing, reward, terminated, truncated, seen, ends)


@pytest.mark.parametrize("normalise", [True, False])
def test_advantages_are_the_direct_sum(normalise: bool) -> None:
    """sum_k (gamma lambda)^k delta_{t+k}, up to the end of the episode."""
    critic, data = make(normalise_values=normalise), rollout()
    if critic.normaliser is not None:
        critic.normaliser.update(torch.tensor([3.0, 5.0]))
    advantages, returns, normalised = critic.judge(data)
    assert returns.shape == advantages.shape == (6, 2)
    with torch.no_grad():
        value = lambda x: critic._restore(critic(x))  # noqa: E731
        assert torch.equal(normalised, critic(data.critic[:-1]))
        for b in range(2):
            for t in range(6):
                total, factor = 0.0, 1.0
                for k in range(t, 6):
                    ends = bool(data.terminated[k, b] | data.truncated[k, b])
                    following = value(data.endings[k][b] if ends else data.critic[k + 1, b])
                    following = 0.0 if data.terminated[k, b] else float(following)
                    total += factor * (float(data.reward[k, b]) + 0.99 * following - float(value(data.critic[k, b])))
                    factor *= 0.99 * 0.95
                    if ends:
                        break
                assert float(advantages[t, b]) == pytest.approx(total, abs=2e-4)
                assert float(returns[t, b]) == pytest.approx(total + float(value(data.critic[t, b])), abs=2e-4)


def test_dropped_truncations_teach_nothing() -> None:
    data = rollout()
    kept, dropped = make().judge(data)[0], make(truncation=Truncation.DROP).judge(data)[0]
    assert float(dropped[3, 1]) == 0.0
    assert abs(float(kept[3, 1])) > 0.01
    assert torch.equal(dropped[4:, 1], kept[4:, 1])
    assert torch.equal(dropped[:, 0], kept[:, 0])


def test_it_learns_returns_in_their_own_scale() -> None:
    critic = make(clip=10.0, critic_learning_rate=1e-2)
    x = torch.randn(200, 3, generator=torch.Generator().manual_seed(1))
    returns = 100 * x[:, 0] + 500
    for _ in range(300):
        critic.improve(x, returns, critic(x).detach())
    with torch.no_grad():
        assert float((critic._restore(critic(x)) - returns).abs().mean()) < 5


def test_gradients_are_clipped() -> None:
    critic = make(clip_norm=0.5, normalise_values=False)
    _, norm = critic.improve(torch.randn(20, 3), torch.full((20,), 50.0), torch.zeros(20))
    clipped = torch.cat([parameter.grad.flatten() for parameter in critic.network.parameters()]).norm()
    assert float(norm) > 0.5
    assert float(clipped) == pytest.approx(0.5, rel=1e-3)
