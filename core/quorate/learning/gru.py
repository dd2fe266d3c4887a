"""Gated recurrent networks: the network `gru`."""

import dataclasses

import torch
from torch import Tensor
from typing_extensions import override

from quorate.interfaces.network import Network, NetworkSpec
from quorate.learning.activations import gain, hidden_activation
from quorate.learning.initialisation import initial_generator
from quorate.learning.mlp import MLP
from quorate.learning.settings import GRUSettings, Initialisation, MLPSettings
from quorate.learning.stacks import StackedLinear


class GRU(Network):
    """m gated recurrent networks (arXiv:1406.1078), with layers before and after what remembers.

    Attributes:
        before: the layers before it, or None.
        observed: the part of the three gates (reset, update, new) that an input has, [m, R, c] -> [m, R, 3 k].
        remembered: that of the memory, [m, R, k] -> [m, R, 3 k].
        after: the layers after it.
    """

    def __init__(self, settings: GRUSettings, spec: NetworkSpec) -> None:
        super().__init__()
        self.memory_size = self.feature_size = k = settings.memory
        self._activation = hidden_activation(settings.activation)
        plain = MLPSettings([], settings.activation, settings.layer_norm, settings.initialisation)
        width, *_ = [*reversed(settings.hidden), spec.inputs]
        self.before = None
        if settings.hidden:
            first = dataclasses.replace(plain, hidden=settings.hidden[:-1], output_gain=_gain(settings))
            self.before = MLP(first, NetworkSpec(spec.members, spec.inputs, width))
        generator = initial_generator()
        self.observed, self.remembered = (StackedLinear(spec.members, i, 3 * k, generator) for i in (width, k))
        if settings.initialisation is Initialisation.ORTHOGONAL:
            self.observed.orthogonal_(1.0, generator)
            self.remembered.orthogonal_(1.0, generator)
        last = dataclasses.replace(plain, hidden=settings.head, output_gain=settings.output_gain)
        self.after = MLP(last, NetworkSpec(spec.members, k, spec.outputs, spec.further))

    @override
    def encode(self, inputs: Tensor, memory: Tensor, begins: Tensor) -> tuple[Tensor, Tensor]:
        """What is linear in the inputs is computed for all steps at once."""
        observed = self._observed(inputs)
        if inputs.dim() == 3:
            memory = self._advance(observed, memory, begins)
            return memory, memory
        features = []
        for seen, begin in zip(observed, begins, strict=True):
            memory = self._advance(seen, memory, begin)
            features.append(memory)
        return torch.stack(features), memory

    @override
    def forward(self, features: Tensor) -> Tensor:
        result: Tensor = self.after(features)
        return result

    def _observed(self, inputs: Tensor) -> Tensor:
        """[..., m, R, i] -> [..., m, R, 3 k]."""
        rows = inputs.movedim(-3, 0).flatten(1, -2)
        if self.before is not None:
            rows = self._activation(self.before(rows))
        gates: Tensor = self.observed(rows)
        return gates.reshape(-1, *inputs.shape[:-3], inputs.shape[-2], gates.shape[-1]).movedim(0, -3)

    def _advance(self, observed: Tensor, memory: Tensor, begins: Tensor) -> Tensor:
        """One step: [m, R, 3 k], [m, R, k], [R] -> [m, R, k]."""
        memory = memory.masked_fill(begins[:, None], 0.0)
        seen_gates, seen_new = observed.tensor_split((2 * memory.shape[-1],), -1)
        own_gates, own_new = self.remembered(memory).tensor_split((2 * memory.shape[-1],), -1)
        reset, update = (seen_gates + own_gates).sigmoid().chunk(2, -1)
        result: Tensor = torch.lerp(torch.addcmul(seen_new, reset, own_new).tanh(), memory, update)
        return result


def _gain(settings: GRUSettings) -> float:
    return gain(settings.activation) if settings.initialisation is Initialisation.ORTHOGONAL else 1.0
