"""Two critics of each member, of which the smaller value is taken (clipped double Q-learning, arXiv:1802.09477)."""

import copy
from typing import Self

import torch
from torch import Tensor, nn

from quorate.interfaces.network import NetworkSpec
from quorate.learning.initialisation import initialised_by
from quorate.learning.memory import refuse_memory
from quorate.learning.networks import build_network
from quorate.settings import Component


class TwinCritics(nn.Module):
    """Two action values of each of m members, all as one stacked network; parameters begin differently.

    One member is a centralised critic Q(s, a_1 ... a_n); n members are the agents' own, Q_i(s, a_i).

    Args:
        network: of each.
        members: m.
        inputs: i, features of a state and an action together.
        generator: of the initial weights, on the CPU.
        outputs: numbers per input; the first is the value, further ones are the caller's, such as a deviation.

    Raises:
        QuorateError: the network remembers.
    """

    def __init__(
        self, network: Component, members: int, inputs: int, generator: torch.Generator, outputs: int = 1
    ) -> None:
        super().__init__()
        self.members, self._outputs = members, outputs
        with initialised_by(generator):
            self.networks = build_network(network, NetworkSpec(2 * members, inputs, outputs))
        refuse_memory(self.networks, "algorithm.critic")

    def forward(self, x: Tensor) -> Tensor:
        """Both values: [m, R, i] -> [2, m, R]."""
        return self.outputs(x)[..., 0]

    def outputs(self, x: Tensor) -> Tensor:
        """All outputs: [m, R, i] -> [2, m, R, outputs]."""
        rows = x.shape[1]
        both = x.expand(2, *x.shape).reshape(2 * self.members, rows, x.shape[-1])
        found: Tensor = self.networks(both)
        return found.reshape(2, self.members, rows, self._outputs)

    def minimum(self, x: Tensor) -> Tensor:
        """The smaller value: [m, R, i] -> [m, R]."""
        return self(x).amin(0)  # type: ignore[no-any-return]

    def value(self, x: Tensor) -> Tensor:
        """The smaller value: [m, R, i] -> [m, R]; its gradient reaches the input, not the critics."""
        self.requires_grad_(False)
        value = self.minimum(x)
        self.requires_grad_(True)
        return value

    def target(self) -> Self:
        """A copy that is not trained; move it with `quorate.learning.stacks.soft_update`."""
        return copy.deepcopy(self).requires_grad_(False)
