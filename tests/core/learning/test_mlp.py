import copy

import pytest
import torch
from torch import nn

from quorate.interfaces import NetworkSpec
from quorate.learning.initialisation import initialised_by
from quorate.learning.networks import build_network
from quorate.learning.settings import Activation, Initialisation, mlp


def stack(members=3, **changes):
    with initialised_by(torch.Generator().manual_seed(1)):
        return build_network(mlp(hidden=[8, 6], **changes), NetworkSpec(members, 5, 2))


def plain(network, member):
    """The same network of one member, from torch's own layers."""
    layers = []
    for index, layer in enumerate(network.layers):
        if network.norms:
            norm = nn.LayerNorm(layer.weight.shape[1])
            norm.weight.data, norm.bias.data = (
                network.norms[index].weight[member, 0],
                network.norms[index].bias[member, 0],
            )
            layers.append(norm)
        linear = nn.Linear(layer.weight.shape[1], layer.weight.shape[2])
        linear.weight.data, linear.bias.data = layer.weight[member].T, layer.bias[member, 0]
        layers.append(linear)
        if index < len(network.layers) - 1:
            layers.append(nn.Tanh())
    return nn.Sequential(*layers)


@pytest.mark.parametrize("layer_norm", [False, True])
def test_each_member_is_a_network_of_its_own(layer_norm):
    network = stack(activation=Activation.TANH, layer_norm=layer_norm)
    x = torch.randn(3, 7, 5)
    expected = torch.stack([plain(network, member)(x[member]) for member in range(3)])
    torch.testing.assert_close(network(x), expected)


def test_the_gradient_of_a_sum_is_every_members_own():
    network, x = stack(), torch.randn(3, 7, 5)
    network(x)[1].square().sum().backward()
    for parameter in network.parameters():
        assert parameter.grad[[0, 2]].abs().sum() == 0
    assert network.layers[0].weight.grad[1].abs().sum() > 0


def test_one_adam_trains_members_as_separate_ones_would():
    network, x = stack(2), torch.randn(2, 7, 5)
    alone = plain(network, 1)
    alone[1], alone[3] = nn.ReLU(), nn.ReLU()
    alone = copy.deepcopy(alone)  # the stack's tensors are not to be shared
    both = torch.optim.Adam(network.parameters(), 1e-2), torch.optim.Adam(alone.parameters(), 1e-2)
    for _ in range(3):
        for optimiser, loss in zip(both, (network(x).square().sum(), alone(x[1]).square().sum()), strict=True):
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
    torch.testing.assert_close(network(x)[1], alone(x[1]))


def test_orthogonal_layers_are_orthogonal_and_the_last_has_its_gain():
    network = stack(initialisation=Initialisation.ORTHOGONAL, output_gain=0.01)
    first, last = network.layers[0].weight[0], network.layers[-1].weight[0]
    torch.testing.assert_close(first @ first.T, 2 * torch.eye(5))
    torch.testing.assert_close(last.T @ last, 1e-4 * torch.eye(2))
    assert network.layers[0].bias.abs().sum() == 0


def test_members_begin_differently_and_reproducibly():
    one, two = stack(), stack()
    assert all(torch.equal(a, b) for a, b in zip(one.parameters(), two.parameters(), strict=True))
    assert not torch.equal(one.layers[0].weight[0], one.layers[0].weight[1])
