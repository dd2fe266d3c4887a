"""The network of a diffusion policy: from an input, a noisy action and a step to the noise in the action."""

import math
from abc import ABC, abstractmethod
from dataclasses import replace

import torch
from torch import Tensor, nn
from torch.nn import functional
from typing_extensions import override

from quorate.interfaces.network import NetworkSpec
from quorate.learning.activations import hidden_activation, mish
from quorate.learning.initialisation import initialised_by
from quorate.learning.mlp import MLP
from quorate.learning.networks import build_network
from quorate.learning.settings import Initialisation
from quorate.learning.stacks import StackedLinear
from quorate.policies.settings import DDPMSettings

LONGEST_PERIOD = 1e4
"""Of the sinusoids that embed a step, in units of 2 pi steps."""


class Score(nn.Module, ABC):
    """m networks that predict noise; the score is -noise / sqrt(1 - alpha-bar).

    Attributes:
        sinusoids: [H, time], of the steps.
        time_first: of the embedding of a step.
        time_last: likewise.
    """

    sinusoids: Tensor
    time_first: StackedLinear
    time_last: StackedLinear

    @abstractmethod
    def encode(self, inputs: Tensor) -> Tensor:
        """What `denoise` needs of an input, or of a policy's features: [m, R, f] -> [m, R, h]."""

    @abstractmethod
    def embed_steps(self) -> Tensor:
        """What is added to that for each step: [m, H, h]; index 0 is tau = 1."""

    @abstractmethod
    def denoise(self, context: Tensor, noisy: Tensor) -> Tensor:
        """The noise in noisy actions.

        Args:
            context: [m, R, h], the sum of what `encode` and `embed_steps` give; overwritten where gradients are off.
            noisy: [m, N * R, a], N actions for each row of the context, the draw before the row.

        Returns:
            [m, N * R, a].
        """

    @abstractmethod
    def denoise_at(self, encoded: Tensor, noisy: Tensor, steps: Tensor) -> Tensor:
        """The noise where each row has a step of its own.

        Args:
            encoded: [m, R, h] from `encode`.
            noisy: [m, N * R, a].
            steps: int64 [m, N * R], from 0.

        Returns:
            [m, N * R, a].
        """

    def embedding(self) -> Tensor:
        """Of the steps: [m, H, time]."""
        steps = self.sinusoids.expand(self.time_first.weight.shape[0], -1, -1)
        embedded: Tensor = self.time_last(mish(self.time_first(steps)))
        return embedded

    def _add_embedding(self, settings: DDPMSettings, members: int, generator: torch.Generator) -> None:
        time = settings.time_features
        self.time_first = StackedLinear(members, time, 2 * time, generator)
        self.time_last = StackedLinear(members, 2 * time, time, generator)
        self.register_buffer("sinusoids", sinusoids(settings.steps, time), persistent=False)


class SplitScore(Score):
    """By fully connected networks, whose first layer is linear in all three.

    So its parts are computed apart: that of the input once per state, that of the step once per step.

    Args:
        settings: network, steps H, size of the embedding of a step.
        members: m.
        inputs: f.
        actions: a.
        generator: of the initial weights, on the CPU.
    """

    def __init__(self, settings: DDPMSettings, members: int, inputs: int, actions: int, generator: torch.Generator):
        super().__init__()
        network, time = settings.network.settings, settings.time_features
        self._split = inputs, actions, time
        self._activation = hidden_activation(network.activation)
        self.first = StackedLinear(members, sum(self._split), network.hidden[0], generator)
        if network.initialisation is Initialisation.ORTHOGONAL:
            self.first.orthogonal_(math.sqrt(2), generator)
        with torch.no_grad():
            self._weights()[1].mul_(settings.action_gain)
        self._add_embedding(settings, members, generator)
        rest = replace(network, hidden=network.hidden[1:])
        with initialised_by(generator):
            self.rest = MLP(rest, NetworkSpec(members, network.hidden[0], actions))

    @override
    def encode(self, inputs: Tensor) -> Tensor:
        return torch.baddbmm(self.first.bias, inputs.to(self.first.bias.dtype), self._weights()[0])

    @override
    def embed_steps(self) -> Tensor:
        return torch.bmm(self.embedding(), self._weights()[2])

    @override
    def denoise(self, context: Tensor, noisy: Tensor) -> Tensor:
        weight = self._weights()[1]
        if noisy.shape[1] == context.shape[1]:
            add = torch.baddbmm if torch.is_grad_enabled() else Tensor.baddbmm_
            return self._finish(add(context, noisy, weight))
        hidden = torch.bmm(noisy, weight).unflatten(1, (-1, context.shape[1])) + context[:, None]
        return self._finish(hidden.flatten(1, 2))

    @override
    def denoise_at(self, encoded: Tensor, noisy: Tensor, steps: Tensor) -> Tensor:
        table = self.embed_steps()
        chosen = functional.one_hot(steps, table.shape[1]).to(noisy.dtype)  # its backward pass is deterministic
        weight = torch.cat([self._weights()[1], table], dim=1)
        hidden = torch.bmm(torch.cat([noisy, chosen], dim=-1), weight).unflatten(1, (-1, encoded.shape[1]))
        return self._finish((hidden + encoded[:, None]).flatten(1, 2))

    def _finish(self, hidden: Tensor) -> Tensor:
        result: Tensor = self.rest(self._activation(hidden))
        return result

    def _weights(self) -> tuple[Tensor, ...]:
        parts: tuple[Tensor, ...] = self.first.weight.split(self._split, dim=1)
        return parts


class NetworkScore(Score):
    """By any network, to which the step and the noisy action are shown beside its features.

    Args:
        settings: network, steps H, size of the embedding of a step.
        members: m.
        inputs: f.
        actions: a.
        generator: of the initial weights, on the CPU.
    """

    def __init__(self, settings: DDPMSettings, members: int, inputs: int, actions: int, generator: torch.Generator):
        super().__init__()
        self._gain = settings.action_gain
        self._add_embedding(settings, members, generator)
        with initialised_by(generator):
            sizes = NetworkSpec(members, inputs, actions, further=settings.time_features + actions)
            self.network = build_network(settings.network, sizes)

    @override
    def encode(self, inputs: Tensor) -> Tensor:
        """The features, and room for the step."""
        return functional.pad(inputs.to(self.time_first.bias.dtype), (0, self.sinusoids.shape[1]))

    @override
    def embed_steps(self) -> Tensor:
        return functional.pad(self.embedding(), (self.network.feature_size, 0))

    @override
    def denoise(self, context: Tensor, noisy: Tensor) -> Tensor:
        rows = context.repeat(1, noisy.shape[1] // context.shape[1], 1)
        result: Tensor = self.network(torch.cat([rows, self._gain * noisy], -1))
        return result

    @override
    def denoise_at(self, encoded: Tensor, noisy: Tensor, steps: Tensor) -> Tensor:
        table = self.embed_steps()
        chosen = functional.one_hot(steps, table.shape[1]).to(noisy.dtype)  # its backward pass is deterministic
        rows = encoded.repeat(1, noisy.shape[1] // encoded.shape[1], 1)
        return self.denoise(torch.baddbmm(rows, chosen, table), noisy)


def build_score(settings: DDPMSettings, members: int, inputs: int, actions: int, generator: torch.Generator) -> Score:
    """The score by the network of the settings; arguments are as of `NetworkScore`."""
    network = settings.network
    splits = network.name == "mlp" and network.settings.hidden and not network.settings.layer_norm
    kind = SplitScore if splits else NetworkScore
    return kind(settings, members, inputs, actions, generator)


def sinusoids(steps: int, features: int) -> Tensor:
    """Sine and cosine of steps 1 to H at periods from 2 pi to `LONGEST_PERIOD` times that: [H, features]."""
    half = features // 2
    rates = torch.exp(torch.arange(half) * (-math.log(LONGEST_PERIOD) / (half - 1)))
    angles = torch.arange(1, steps + 1)[:, None] * rates
    return torch.cat([angles.sin(), angles.cos()], dim=-1)
