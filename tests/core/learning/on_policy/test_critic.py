import dataclasses
import itertools

import pytest
import torch

from quorate.learning.initialisation import seeded_initialisation
from quorate.learning.on_policy.chunks import Cutter
from quorate.learning.on_policy.critic import Critic
from quorate.learning.on_policy.rollout import Rollout
from quorate.learning.on_policy.settings import CriticInput, OnPolicySettings, Truncation
from quorate.learning.on_policy.view import View
from quorate.learning.settings import gru, mlp
from quorate.learning.transitions import Situation, Transitions
from quorate.settings import Component

GRU = gru(hidden=[8], memory=4, head=[])


def make(values: int = 1, shared: bool = False, **changes: object) -> Critic:
    settings = dataclasses.replace(OnPolicySettings(critic=mlp(hidden=[8])), **changes)
    view = View(CriticInput.STATE if values == 1 else CriticInput.OWN, None)
    with seeded_initialisation(0, "critic"):
        return Critic(settings, view, torch.zeros(2, values, 3), shared=shared)


def rollout(steps: int = 6, values: int = 1) -> Rollout:
    """Environment 0 terminates after step 2; environment 1 is cut after step 3. With several values agents are paid."""
    randomness = torch.Generator().manual_seed(0)
    reward = torch.randn(steps, 2, generator=randomness)
    seen = torch.randn(steps + 1, 2, values, 3, generator=randomness)
    terminated, truncated = torch.zeros(2, steps, 2, dtype=torch.bool)
    terminated[2, 0], truncated[3, 1] = True, True
    begins = torch.cat([torch.ones(1, 2, dtype=torch.bool), terminated | truncated])
    ends = {t: torch.randn(2, values, 3, generator=randomness) for t in (2, 3)}
    ends[2][1], ends[3][0] = seen[3, 1], seen[4, 0]  # the environment that goes on
    endings = {t: Situation(end, end[:, 0], begins[t]) for t, end in ends.items()}
    paid = torch.randn(steps, 2, values, generator=randomness) if values > 1 else None
    nothing = torch.zeros(steps, 2)
    found = Transitions(seen, seen[:, :, 0], begins, nothing, reward, terminated, truncated, agent_reward=paid)
    return Rollout(dataclasses.replace(found, endings=endings), torch.zeros(steps + 1, 2))


@pytest.mark.parametrize("normalise", [True, False])
@pytest.mark.parametrize(("values", "shared"), [(1, False), (2, False), (2, True)])
def test_advantages_are_the_direct_sum(normalise: bool, values: int, shared: bool) -> None:
    """sum_k (gamma lambda)^k delta_{t+k}, up to the end of the episode; each agent's critic by what it is paid."""
    critic, data = make(values, shared, normalise_values=normalise), rollout(values=values)
    if critic.normaliser is not None:
        critic.normaliser.update(torch.tensor([[3.0] * values, [5.0] * values]))
    found = critic.judge(data)
    assert found.returns.shape == found.advantages.shape == (6, 2, values)
    steps = data.steps
    reward = steps.reward[..., None] if values == 1 else steps.agent_reward
    with torch.no_grad():
        value = lambda x: critic._restore(critic(x))  # noqa: E731
        torch.testing.assert_close(found.values, critic(steps.inputs[:-1]), rtol=0, atol=1e-6)
        for b, v in itertools.product(range(2), range(values)):
            for t in range(6):
                total, factor = 0.0, 1.0
                for k in range(t, 6):
                    ends = bool(steps.ended[k, b])
                    following = value(steps.endings[k].inputs[b] if ends else steps.inputs[k + 1, b])[v]
                    following = 0.0 if steps.terminated[k, b] else float(following)
                    surprise = float(reward[k, b, v]) + 0.99 * following - float(value(steps.inputs[k, b])[v])
                    total += factor * surprise
                    factor *= 0.99 * 0.95
                    if ends:
                        break
                assert float(found.advantages[t, b, v]) == pytest.approx(total, abs=2e-4)
                expected = total + float(value(steps.inputs[t, b])[v])
                assert float(found.returns[t, b, v]) == pytest.approx(expected, abs=2e-4)


def test_critics_of_a_team_that_is_paid_alike_learn_the_same() -> None:
    """Without rewards of their own, agents are taught by the team's."""
    data = rollout(values=2)
    data.steps.agent_reward = None
    for inputs in (data.steps.inputs, *(end.inputs for end in data.steps.endings.values())):
        inputs[..., 1, :] = inputs[..., 0, :]
    advantages = make(2, shared=True).judge(data).advantages
    torch.testing.assert_close(advantages[..., 0], advantages[..., 1])


@pytest.mark.parametrize("network", [mlp(hidden=[8]), GRU])
@pytest.mark.parametrize("shared", [False, True])
def test_critics_of_agents_do_not_mix(shared: bool, network: Component) -> None:
    """What one agent sees and is paid changes nothing of another's critic; where they share it, it does."""
    weights = []
    for other in (0.0, 5.0):
        critic, data = make(2, shared, critic=network), rollout(values=2)
        data.steps.inputs[..., 1, :] += other
        data.steps.agent_reward[..., 1] += other
        found = critic.judge(data)
        x, returns, values = found.seen, found.returns, found.values
        if critic.memory_size:
            cutter = Cutter(6, 3, 0)
            x = cutter.chunks(x, data.steps.begins[:-1], found.memories)
            returns, values = cutter.rows(returns), cutter.rows(values)
        _, norms = critic.improve(x, returns, values)
        assert len(norms) == (1 if shared else 2)
        weights.append(torch.cat([parameter[0].flatten() for parameter in critic.network.parameters()]))
    assert torch.allclose(*weights, rtol=0, atol=1e-7) is not shared


@pytest.mark.parametrize("values", [1, 2])
def test_who_remembers_judges_by_the_episode_so_far(values: int) -> None:
    """Values are those of whole episodes one after the other; also of what an episode ends with."""
    critic, data = make(values, critic=GRU, trace=0.0, normalise_values=False), rollout(values=values)
    critic._memory += 1.0  # of an episode that is over
    steps, found = data.steps, critic.judge(data)
    none, fresh = torch.zeros(2, dtype=torch.bool), torch.zeros(2, values, 4)

    def value(*seen: torch.Tensor) -> torch.Tensor:
        """After these steps of an episode."""
        memory = fresh
        for x in seen:
            features, memory = critic.encode(x, memory, none)
        return critic(features)

    with torch.no_grad():
        torch.testing.assert_close(found.values[2], value(*steps.inputs[:3]))
        torch.testing.assert_close(found.values[4, 0], value(*steps.inputs[3:5])[0])
        torch.testing.assert_close(found.values[4, 1], value(steps.inputs[4])[1])
        end = value(*steps.inputs[:4], steps.endings[3].inputs)[1]
        reward = (steps.reward[..., None] if values == 1 else steps.agent_reward)[3, 1]
        torch.testing.assert_close(found.returns[3, 1], reward + 0.99 * end)
        torch.testing.assert_close(found.memories[5], critic.judge(data).memories[5])
    assert torch.equal(critic._memory, critic.encode(steps.inputs[5], found.memories[5], steps.begins[5])[1])


def test_dropped_truncations_teach_nothing() -> None:
    data = rollout()
    kept, dropped = make().judge(data).advantages, make(truncation=Truncation.DROP).judge(data).advantages
    assert float(dropped[3, 1]) == 0.0
    assert abs(float(kept[3, 1])) > 0.01
    ended = make(truncation=Truncation.TERMINATE)
    value = ended._restore(ended(data.steps.inputs[3, 1])).detach()
    torch.testing.assert_close(ended.judge(data).advantages[3, 1], data.steps.reward[3, 1] - value)
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
