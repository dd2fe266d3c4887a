import pytest
import torch

from quorate.interfaces import NetworkSpec, PolicySpec
from quorate.learning.initialisation import initialised_by
from quorate.learning.mlp import MLP
from quorate.learning.networks import build_network
from quorate.learning.settings import gru, mlp
from quorate.learning.traced import evaluate_traced, traced
from quorate.policies.categorical import CategoricalPolicy
from quorate.policies.gaussian import GaussianPolicy
from quorate.policies.settings import CategoricalSettings, GaussianSettings

NETWORKS = {
    "tanh": mlp(hidden=[8, 6], activation="tanh", layer_norm=False),
    "relu": mlp(hidden=[8, 6], activation="relu", layer_norm=False),
    "silu": mlp(hidden=[8], activation="silu", layer_norm=False),
    "normalised": mlp(hidden=[8], activation="tanh", layer_norm=True),
    "gru": gru(hidden=[4], memory=4, head=[6]),
}


def network(name):
    with initialised_by(torch.Generator().manual_seed(1)):
        return build_network(NETWORKS[name], NetworkSpec(3, 5, 2))


def gradients(module):
    return [parameter.grad for parameter in module.parameters()]


@pytest.mark.parametrize("name", NETWORKS)
def test_what_is_traced_is_what_autograd_says(name):
    one, other = network(name), network(name)
    x, weight = torch.randn(3, 9, one.feature_size), torch.randn(3, 9, 2)
    output = other(x)
    output.backward(weight)
    found, pull = traced(one, x)
    pull(weight)
    assert not found.requires_grad
    torch.testing.assert_close(found, output.detach())
    for mine, theirs in zip(gradients(one), gradients(other), strict=True):
        assert (mine is None) is (theirs is None)
        if theirs is not None:
            torch.testing.assert_close(mine, theirs)


@pytest.mark.parametrize("name", ["tanh", "normalised"])
def test_gradients_reach_features_that_ask_for_them(name):
    x, expected = torch.randn(2, 3, 9, 5).unbind()
    x.requires_grad_()
    expected = x.detach().clone().requires_grad_()
    _, pull = traced(network(name), x)
    pull(torch.ones(3, 9, 2))
    network(name)(expected).sum().backward()
    torch.testing.assert_close(x.grad, expected.grad)


def test_frozen_parameters_get_no_gradient():
    frozen = network("tanh")
    frozen.layers[0].requires_grad_(False)
    _, pull = traced(frozen, torch.randn(3, 9, 5))
    pull(torch.ones(3, 9, 2))
    assert [found is None for found in gradients(frozen)] == [True, True, False, False, False, False]


@pytest.mark.parametrize("frozen", [False, True])
def test_the_density_of_any_policy_is_traced(frozen):
    """With or without an entropy that can be learned; gradients are broadcast."""
    one, other = (GaussianPolicy(GaussianSettings(NETWORKS["tanh"]), PolicySpec(2, 5, (2, 1), False)) for _ in "ab")
    other.load_state_dict(one.state_dict())
    inputs, actions, weight = torch.randn(6, 2, 5), torch.rand(6, 2, 2), torch.randn(6, 1)
    if frozen:
        for policy in (one, other):
            evaluate = policy.evaluate
            policy.evaluate = lambda *given, evaluate=evaluate: (evaluate(*given)[0], torch.ones(6, 2))
    density, entropy = other.evaluate(inputs, actions)
    (weight * density + 0.1 * entropy).sum().backward()
    found = evaluate_traced(one, inputs, actions)
    assert torch.equal(found[0], density.detach())
    assert torch.equal(found[1], entropy.detach())
    found[2](weight, torch.tensor(0.1))
    for mine, theirs in zip(gradients(one), gradients(other), strict=True):
        torch.testing.assert_close(mine, theirs)


def test_what_builds_on_a_network_or_a_policy_is_differentiated_as_it_computes():
    class Doubled(MLP):
        def forward(self, features):
            return 2 * super().forward(features)

    class Sharper(CategoricalPolicy):
        def outputs(self, inputs):
            return 3 * super().outputs(inputs)

    with initialised_by(torch.Generator().manual_seed(1)):
        doubled = Doubled(NETWORKS["tanh"].settings, NetworkSpec(3, 5, 2))
    x = torch.randn(3, 9, 5)
    found, pull = traced(doubled, x)
    assert torch.equal(found, doubled(x).detach())
    pull(torch.ones(3, 9, 2))
    assert all(gradient is not None for gradient in gradients(doubled))
    policy = Sharper(CategoricalSettings(NETWORKS["tanh"]), PolicySpec(2, 5, (3, 3), True))
    inputs, actions = torch.randn(6, 2, 5), torch.randint(3, (6, 2))
    density, _, _ = evaluate_traced(policy, inputs, actions)
    assert torch.equal(density, policy.evaluate(inputs, actions)[0].detach())
