"""Gradients by who knows them, without autograd's graph: for small networks its nodes cost more than the work."""

from collections.abc import Callable
from typing import Protocol, runtime_checkable

import torch
from torch import Tensor, nn

from quorate.interfaces import Likelihood
from quorate.interfaces.network import Network

Pull = Callable[..., None]
"""From gradients of what was computed to the parameters: the place of their `grad`, which was None, is taken."""


@runtime_checkable
class TracedNetwork(Protocol):
    """A network that differentiates itself."""

    def traced(self, features: Tensor) -> tuple[Tensor, Pull] | None:
        """As `traced`; None where it can not, for these features and as its parameters are."""
        ...


@runtime_checkable
class TracedLikelihood(Protocol):
    """A policy of known density that differentiates itself."""

    def evaluate_traced(
        self, inputs: Tensor, actions: Tensor, action_mask: Tensor | None = None
    ) -> tuple[Tensor, Tensor, Pull] | None:
        """As `evaluate_traced`; None where it can not."""
        ...


def self_traced(network: Network, features: Tensor) -> tuple[Tensor, Pull] | None:
    """As `traced`, where the network differentiates itself; else None."""
    return network.traced(features) if isinstance(network, TracedNetwork) else None


def traced(network: Network, features: Tensor) -> tuple[Tensor, Pull]:
    """What a network says of features [m, R, h], without a graph, and what pulls a gradient [m, R, o] of that back."""
    own = self_traced(network, features)
    if own is not None:
        return own
    output = network(features)
    return output.detach(), lambda gradient: torch.autograd.backward(output, gradient)


def evaluate_traced(
    policy: nn.Module, inputs: Tensor, actions: Tensor, action_mask: Tensor | None = None
) -> tuple[Tensor, Tensor, Pull]:
    """`Likelihood.evaluate` without a graph, and what pulls gradients of both back, which may be broadcast."""
    own = policy.evaluate_traced(inputs, actions, action_mask) if isinstance(policy, TracedLikelihood) else None
    if own is not None:
        return own
    assert isinstance(policy, Likelihood)
    found = policy.evaluate(inputs, actions, action_mask)

    def pull(*gradients: Tensor) -> None:
        pairs = [(x, gradient.expand_as(x)) for x, gradient in zip(found, gradients, strict=True) if x.requires_grad]
        torch.autograd.backward([x for x, _ in pairs], [gradient for _, gradient in pairs])

    log_density, entropy = found
    return log_density.detach(), entropy.detach(), pull
