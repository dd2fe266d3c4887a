import torch

from quorate.learning.advantages import generalised_advantages


def by_hand(reward, value, next_value, terminated, ended, discount, trace):
    """The definition as a sum of discounted temporal differences within the episode."""
    steps, batch = reward.shape
    result = torch.zeros(steps, batch)
    for row in range(batch):
        for start in range(steps):
            factor = 1.0
            for t in range(start, steps):
                bootstrap = 0.0 if terminated[t, row] else next_value[t, row]
                result[start, row] += factor * (reward[t, row] + discount * bootstrap - value[t, row])
                if ended[t, row]:
                    break
                factor *= discount * trace
    return result


def example(seed=0):
    randomness = torch.Generator().manual_seed(seed)
    reward, value, following = torch.randn(3, 6, 4, generator=randomness)
    terminated = torch.rand(6, 4, generator=randomness) < 0.2
    ended = terminated | (torch.rand(6, 4, generator=randomness) < 0.2)
    return reward, value, following, terminated, ended, 0.9, 0.8


def test_it_is_the_discounted_sum_of_surprises():
    torch.testing.assert_close(generalised_advantages(*example()), by_hand(*example()))


def test_a_truncated_step_bootstraps_and_a_terminated_one_does_not():
    reward, value, following = torch.ones(1, 2), torch.zeros(1, 2), torch.full((1, 2), 10.0)
    terminated, ended = torch.tensor([[True, False]]), torch.tensor([[True, True]])
    advantages = generalised_advantages(reward, value, following, terminated, ended, 0.5, 0.95)
    assert advantages.tolist() == [[1.0, 6.0]]


def test_with_a_trace_of_one_it_is_the_return_less_the_value():
    reward, value = torch.tensor([[1.0], [2.0], [3.0]]), torch.tensor([[5.0], [6.0], [7.0]])
    following = torch.tensor([[6.0], [7.0], [100.0]])
    ended = torch.tensor([[False], [False], [True]])
    advantages = generalised_advantages(reward, value, following, ended, ended, 0.5, 1.0)
    torch.testing.assert_close(advantages + value, torch.tensor([[2.75], [3.5], [3.0]]))


def test_agents_are_kept_apart():
    reward, value, following, terminated, ended, *rates = example()
    twice = [torch.stack([part, 2 * part], dim=-1) for part in (value, following)]
    together = generalised_advantages(reward, *twice, terminated, ended, *rates)
    torch.testing.assert_close(together[..., 0], by_hand(reward, value, following, terminated, ended, *rates))
    torch.testing.assert_close(together[..., 1], by_hand(reward, 2 * value, 2 * following, terminated, ended, *rates))


def test_agents_may_be_paid_differently():
    reward, value, following, terminated, ended, *rates = example()
    paid, values, after = (torch.stack([part, 3 - part], dim=-1) for part in (reward, value, following))
    together = generalised_advantages(paid, values, after, terminated, ended, *rates)
    for agent in range(2):
        own = (part[..., agent] for part in (paid, values, after))
        torch.testing.assert_close(together[..., agent], by_hand(*own, terminated, ended, *rates))
