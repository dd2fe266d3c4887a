"""Policies that are heads on a network: what they have in common."""

from torch import Tensor
from typing_extensions import override

from quorate.interfaces.network import NetworkSpec
from quorate.interfaces.policy import Policy, PolicySpec
from quorate.learning.memory import encode_agents
from quorate.learning.networks import build_network
from quorate.policies.layout import from_members, members, to_members
from quorate.settings import Component


class NetworkPolicy(Policy):
    """A head on a network, any network; it remembers what the network does.

    Args:
        network: the component.
        spec: sizes of the policy.
        outputs: o, numbers that the head makes actions of.

    Attributes:
        spec: its sizes.
        network: of n members, or of one where the agents share parameters.
        features: bool [n, a], action features (or choices) that are not padding.
    """

    features: Tensor

    def __init__(self, network: Component, spec: PolicySpec, outputs: int) -> None:
        super().__init__()
        self.spec = spec
        self.network = build_network(network, NetworkSpec(members(spec), spec.input_size, outputs))
        self.memory_size = self.network.memory_size
        self.register_buffer("features", spec.action_features(), persistent=False)

    @override
    def encode(self, inputs: Tensor, memory: Tensor, begins: Tensor) -> tuple[Tensor, Tensor]:
        return encode_agents(self.network, inputs, memory, begins, shared=self.spec.shared)

    def outputs(self, features: Tensor) -> Tensor:
        """What the network says: [..., n, h] -> [..., n, o]."""
        return from_members(self.network(to_members(features, self.spec)), features.shape[:-2], self.spec)
