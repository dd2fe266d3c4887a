import pytest
import torch

from quorate.interfaces import NetworkSpec
from quorate.learning.chain import MANY_ROWS, linear
from quorate.learning.initialisation import initialised_by
from quorate.learning.networks import build_network
from quorate.learning.settings import mlp


def network(members, outputs, activation="tanh"):
    with initialised_by(torch.Generator().manual_seed(0)):
        return build_network(
            mlp(hidden=[8, 24], activation=activation, layer_norm=False), NetworkSpec(members, 5, outputs)
        )


def layer_by_layer(network, x):
    for index, layer in enumerate(network.layers):
        x = layer(x)
        if index < len(network.layers) - 1:
            x = network._activation(x)
    return x


@pytest.mark.parametrize("activation", ["relu", "tanh"])
@pytest.mark.parametrize(("members", "outputs"), [(1, 1), (1, 5), (3, 1), (3, 20)])
@pytest.mark.parametrize("rows", [7, MANY_ROWS])
def test_a_chain_and_its_gradient_are_those_of_its_layers(activation, members, outputs, rows):
    built = network(members, outputs, activation)
    x = torch.randn(members, rows, 5, requires_grad=True)
    weight = torch.randn(members, rows, outputs)
    found, expected = built(x), layer_by_layer(built, x)
    assert "Chain" in found.grad_fn.name()
    assert torch.equal(found, expected)
    with torch.no_grad():
        assert torch.equal(built(x), found)
    wanted = [x, *built.parameters()]
    gradients = (torch.autograd.grad((value * weight).sum(), wanted) for value in (found, expected))
    for ours, theirs in zip(*gradients, strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-5, atol=1e-5)


def test_only_what_is_asked_for_is_differentiated():
    built = network(2, 3).requires_grad_(False)
    built.layers[1].bias.requires_grad_(True)
    x = torch.randn(2, 7, 5)
    built(x).sum().backward()
    assert [name for name, part in built.named_parameters() if part.grad is not None] == ["layers.1.bias"]
    assert x.grad is None


def test_layers_that_do_not_tell_their_slope_are_no_chain():
    assert "Chain" not in network(2, 3, "silu")(torch.randn(2, 7, 5)).grad_fn.name()


@pytest.mark.parametrize("members", [1, 3])
@pytest.mark.parametrize("outputs", [1, 5, 16])
def test_a_layer_of_many_rows_is_one_of_few(members, outputs):
    x = torch.randn(members, MANY_ROWS, 6)
    weight, bias = torch.randn(members, 6, outputs), torch.randn(members, 1, outputs)
    parts = [linear(part, weight, bias) for part in x.split(16, dim=1)]
    torch.testing.assert_close(linear(x, weight, bias), torch.cat(parts, 1))
