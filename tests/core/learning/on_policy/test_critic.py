import dataclasses
import itertools

import pytest
import torch

from quorate.learning.initialisation import seeded_initialisation
from quorate.learning.on_policy.critic import Critic
from quorate.learning.on_policy.rollout import Rollout
from quorate.learning.on_policy.settings import OnPolicySettings, Truncation
from quorate.learning.settings import mlp


def make(sees: tuple[int, int] = (1, 3), shared: bool = False, **changes: object) -> Critic:
    settings = dataclasses.replace(OnPolicySettings(critic=mlp(hidden=[8])), **changes)
    with seeded_initialisation(0, "critic"):
        return Critic(settings, sees, torch.device("cpu"), shared=shared)


def rollout(steps: int = 6, values: int = 1) -> Rollout:
    """Environment 0 terminates after step 2; environment 1 is cut after step 3. With several values agents are paid."""
    randomness = torch.Generator().manual_seed(0)
    reward = torch.randn(steps, 2, generator=randomness)
    seen = torch.randn(steps + 1, 2, values, 3, generator=randomness)
    terminated, truncated = torch.zeros(2, steps, 2, dtype=torch.bool)
    terminated[2, 0], truncated[3, 1] = True, True
    ends = {t: torch.randn(2, values, 3, generator=randomness) for t in (2, 3)}
    ends[2][1], ends[3][0] = seen[3, 1], seen[4, 0]  # the environment that goes on
    nothing = torch.zeros(steps, 2, 1, 1)
    paid = torch.randn(steps, 2, values, generator=randomness) if values > 1 else None
    return Rollout(nothing, nothing, reward, terminated, truncated, seen, ends, agent_reward=paid)


@pytest.mark.parametrize("normalise", [True, False])
@pytest.mark.parametrize(("values", "shared"), [(1, False), (2, False), (2, True)])
def test_advantages_are_the_direct_sum(normalise: bool, values: int, shared: bool) -> None:
    """sum_k (gamma lambda)^k delta_{t+k}, up to the end of the episode; each agent's critic by what it is paid."""
    critic, data = make((values, 3), shared, normalise_values=normalise), rollout(values=values)
    if critic.normaliser is not None:
        critic.normaliser.update(torch.tensor([[3.0] * values, [5.0] * values]))
    advantages, returns, normalised = critic.judge(data)
    assert returns.shape == advantages.shape == (6, 2, values)
    reward = data.reward[..., None] if values == 1 else data.agent_reward
    with torch.no_grad():
        value = lambda x: critic._restore(critic(x))  # noqa: E731
        torch.testing.assert_close(normalised, critic(data.critic[:-1]), rtol=0, atol=1e-6)
        for b, v in itertools.product(range(2), range(values)):
            for t in range(6):
                total, factor = 0.0, 1.0
                for k in range(t, 6):
                    ends = bool(data.terminated[k, b] | data.truncated[k, b])
                    following = value(data.endings[k][b] if ends else data.critic[k + 1, b])[v]
                    following = 0.0 if data.terminated[k, b] else float(following)
                    surprise = float(reward[k, b, v]) + 0.99 * following - float(value(data.critic[k, b])[v])
                    total += factor * surprise
                    factor *= 0.99 * 0.95
                    if ends:
                        break
                assert float(advantages[t, b, v]) == pytest.approx(total, abs=2e-4)
                assert float(returns[t, b, v]) == pytest.approx(total + float(value(data.critic[t, b])[v]), abs=2e-4)


def test_critics_of_a_team_that_is_paid_alike_learn_the_same() -> None:
    """Without rewards of their own, agents are taught by the team's."""
    data = rollout(values=2)
    data.agent_reward = None
    data.critic[..., 1, :] = data.critic[..., 0, :]
    for ends in data.endings.values():
        ends[:, 1] = ends[:, 0]
    advantages = make((2, 3), shared=True).judge(data)[0]
    torch.testing.assert_close(advantages[..., 0], advantages[..., 1])


def test_critics_of_agents_do_not_mix() -> None:
    """What one agent sees and is paid changes nothing of another's critic; where they share it, it does."""
    for shared in (False, True):
        weights = []
        for other in (0.0, 5.0):
            critic, data = make((2, 3), shared), rollout(values=2)
            data.critic[..., 1, :] += other
            data.agent_reward[..., 1] += other
            _, returns, old = critic.judge(data)
            rows = (part.flatten(0, 1) for part in (data.critic[:-1], returns, old))
            _, norms = critic.improve(*rows)
            assert len(norms) == len(critic.network.layers[0].weight) == (1 if shared else 2)
            weights.append(torch.cat([parameter[0].flatten() for parameter in critic.network.parameters()]))
        assert torch.allclose(*weights, rtol=0, atol=1e-7) is not shared


def test_dropped_truncations_teach_nothing() -> None:
    data = rollout()
    kept, dropped = make().judge(data)[0], make(truncation=Truncation.DROP).judge(data)[0]
    assert float(dropped[3, 1]) == 0.0
    assert abs(float(kept[3, 1])) > 0.01
    ended = make(truncation=Truncation.TERMINATE)
    value = ended._restore(ended(data.critic[3, 1])).detach()
    torch.testing.assert_close(ended.judge(data)[0][3, 1], data.reward[3, 1] - value)
    assert torch.equal(dropped[4:, 1], kept[4:, 1])
    assert torch.equal(dropped[:, 0], kept[:, 0])


def test_it_learns_returns_in_their_own_scale() -> None:
    critic = make(clip=10.0, critic_learning_rate=1e-2)
    x = torch.randn(200, 1, 3, generator=torch.Generator().manual_seed(1))
    returns = 100 * x[..., 0] + 500
    for _ in range(300):
        critic.improve(x, returns, critic(x).detach())
    with torch.no_grad():
        assert float((critic._restore(critic(x)) - returns).abs().mean()) < 5


def test_gradients_are_clipped() -> None:
    critic = make(clip_norm=0.5, normalise_values=False)
    _, norm = critic.improve(torch.randn(20, 1, 3), torch.full((20, 1), 50.0), torch.zeros(20, 1))
    clipped = torch.cat([parameter.grad.flatten() for parameter in critic.network.parameters()]).norm()
    assert float(norm) > 0.5
    assert float(clipped) == pytest.approx(0.5, rel=1e-3)
