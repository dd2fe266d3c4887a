"""How the utilities of n agents become the values that are taught."""

from abc import ABC, abstractmethod

from torch import Tensor, nn
from torch.nn import functional
from typing_extensions import override

from quorate_value_decomposition.settings import MixerSettings


class Mixer(nn.Module, ABC):
    """From the utilities of chosen actions to values that never fall where a utility rises.

    So the joint action of the largest value is that in which each agent takes its own best action.
    """

    @abstractmethod
    def forward(self, utilities: Tensor, state: Tensor) -> Tensor:
        """Mix: utilities [..., n], 0 of agents that are gone, and states [..., s] -> [..., v]."""


class Independent(Mixer):
    """Each agent's utility is a value of its own: v = n (IQL)."""

    @override
    def forward(self, utilities: Tensor, state: Tensor) -> Tensor:
        return utilities


class Additive(Mixer):
    """The team's value is the sum of the utilities: v = 1 (VDN, arXiv:1706.05296)."""

    @override
    def forward(self, utilities: Tensor, state: Tensor) -> Tensor:
        return utilities.sum(-1, keepdim=True)


class Monotonic(Mixer):
    """The team's value is a network of the utilities whose weights are positive: v = 1 (QMIX, arXiv:1803.11485).

    The weights and biases come from networks of the state; so the state can change how utilities count, in any way.

    Args:
        settings: sizes.
        agents: n.
        state_size: s.
    """

    def __init__(self, settings: MixerSettings, agents: int, state_size: int) -> None:
        super().__init__()
        self._agents, width = agents, settings.width
        self.first_weights = _network(state_size, settings.hidden, agents * width)
        self.first_biases = nn.Linear(state_size, width)
        self.last_weights = _network(state_size, settings.hidden, width)
        self.last_bias = _network(state_size, [width], 1)

    @override
    def forward(self, utilities: Tensor, state: Tensor) -> Tensor:
        weights = self.first_weights(state).abs().unflatten(-1, (self._agents, -1))
        hidden = functional.elu((utilities[..., None, :] @ weights).squeeze(-2) + self.first_biases(state))
        mixed = (hidden * self.last_weights(state).abs()).sum(-1, keepdim=True)
        return mixed + self.last_bias(state)  # type: ignore[no-any-return]


def _network(inputs: int, hidden: list[int], outputs: int) -> nn.Sequential:
    """A fully connected network with rectified hidden layers."""
    layers: list[nn.Module] = []
    for before, after in zip([inputs, *hidden], hidden, strict=False):
        layers += [nn.Linear(before, after), nn.ReLU()]
    return nn.Sequential(*layers, nn.Linear([inputs, *hidden][-1], outputs))
