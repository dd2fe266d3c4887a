import copy

import torch

from quorate.learning.temperature import Temperature


def test_it_rises_below_the_target_and_falls_above():
    temperature = Temperature(0.5, torch.tensor([-1.0, -1.0, -1.0]), 1e-2)
    # Entropies, the negative of log-densities: below the target, above it, and at it.
    temperature.update(torch.tensor([[2.0, -3.0, 0.5], [4.0, -1.0, 1.5]]))
    low, high, same = temperature.value.tolist()
    assert low > 0.5 > high
    assert abs(same - 0.5) < 1e-6


def test_it_brings_a_gaussian_to_its_target_entropy():
    """Of rewards -k a^2 / 2 the best Gaussian has variance alpha / k: a target entropy fixes alpha."""
    curvature, target, temperature = 3.0, -1.0, Temperature(1.0, torch.tensor([-1.0]), 0.02)
    randomness = torch.Generator().manual_seed(0)
    for _ in range(600):
        std = (temperature.value / curvature).sqrt()
        normal = torch.distributions.Normal(torch.zeros(1), std)
        temperature.update(normal.log_prob(std * torch.randn(64, 1, generator=randomness)))
    entropy = torch.distributions.Normal(0.0, (temperature.value / curvature).sqrt()).entropy()
    assert abs(float(entropy) - target) < 0.1


def test_a_fixed_one_stays():
    temperature = Temperature(0.3, torch.tensor([-1.0]), None)
    temperature.update(torch.tensor([[5.0]]))
    torch.testing.assert_close(temperature.value, torch.tensor([0.3]))


def test_it_goes_on_as_if_it_had_not_been_stored():
    one, two = (Temperature(0.5, torch.tensor([-1.0]), 1e-2) for _ in range(2))
    one.update(torch.tensor([[2.0]]))
    two.load_state_dict(copy.deepcopy(one.state_dict()))
    for temperature in (one, two):
        temperature.update(torch.tensor([[-7.0]]))
    assert torch.equal(one.value, two.value)


def test_rows_in_which_an_agent_is_gone_do_not_move_its_own():
    one, two = (Temperature(0.5, torch.tensor([-1.0, -1.0, -1.0]), 1e-2) for _ in range(2))
    alive = torch.tensor([[True, True, False], [True, False, False]])
    density = torch.tensor([[2.0, -3.0, 99.0], [4.0, 99.0, 99.0]])
    for _ in range(3):
        one.update(density, alive)
        two.update(torch.tensor([[3.0, -3.0, 1.0]]))
    torch.testing.assert_close(one.value, two.value)
    assert one.value[2] == 0.5


def test_an_alpha_stays_while_its_agent_is_gone_whatever_moved_it_before():
    temperature = Temperature(0.5, torch.tensor([-1.0]), 1e-2)
    temperature.update(torch.tensor([[5.0]]), torch.tensor([[True]]))
    before = temperature.value.clone()
    temperature.update(torch.tensor([[5.0]]), torch.tensor([[False]]))
    assert torch.equal(temperature.value, before)


def test_a_target_counts_as_far_as_it_is_there():
    """Half of a joint entropy of -4 is reached with -2 in rows where half of the agents are gone."""
    temperature = Temperature(0.5, torch.tensor([-4.0]), 1e-2)
    temperature.update(torch.tensor([[4.0], [2.0]]), torch.tensor([[1.0], [0.5]]))
    torch.testing.assert_close(temperature.value, torch.tensor([0.5]))
