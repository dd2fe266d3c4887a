"""Fully connected networks: the network `mlp`."""

import torch
from torch import Tensor, nn
from typing_extensions import override

from quorate.interfaces.network import Network, NetworkSpec
from quorate.learning.activations import gain, hidden_activation, told_slope
from quorate.learning.chain import chain, gradients, values
from quorate.learning.initialisation import initial_generator
from quorate.learning.settings import Initialisation, MLPSettings
from quorate.learning.stacks import StackedLayerNorm, StackedLinear
from quorate.learning.traced import Pull


class MLP(Network):
    """m fully connected networks, which remember nothing: [m, R, i + j] -> [m, R, o]."""

    def __init__(self, settings: MLPSettings, spec: NetworkSpec) -> None:
        super().__init__()
        self.feature_size = spec.inputs
        self._slope = None if settings.layer_norm else told_slope(settings.activation)
        self._activation = hidden_activation(settings.activation)
        generator = initial_generator()
        sizes = [spec.inputs + spec.further, *settings.hidden]
        self.layers = nn.ModuleList(
            StackedLinear(spec.members, before, after, generator)
            for before, after in zip(sizes, [*settings.hidden, spec.outputs], strict=True)
        )
        norms = sizes if settings.layer_norm else []
        self.norms = nn.ModuleList(StackedLayerNorm(spec.members, size) for size in norms)
        layers: list[StackedLinear] = list(self.layers)  # type: ignore[arg-type]
        if settings.initialisation is Initialisation.ORTHOGONAL:
            for layer in layers[:-1]:
                layer.orthogonal_(gain(settings.activation), generator)
            layers[-1].orthogonal_(settings.output_gain, generator)
        else:
            layers[-1].scale_(settings.output_gain)

    @override
    def forward(self, features: Tensor) -> Tensor:
        x = features
        if self._slope is not None and not torch.compiler.is_compiling():
            return chain(x, self._slope, self._chained())
        for index, layer in enumerate(self.layers):
            if self.norms:
                x = self.norms[index](x)
            x = layer(x)
            if index < len(self.layers) - 1:
                x = self._activation(x)
        return x

    @torch.no_grad()
    def traced(self, features: Tensor) -> tuple[Tensor, Pull] | None:
        """See `TracedNetwork.traced`: of plain layers, where no gradient is asked for but that of all parameters."""
        if type(self) is not MLP:  # who builds on it may compute something else
            return None
        slope, parameters = self._slope, self._chained()
        if slope is None or features.requires_grad or not all(part.requires_grad for part in parameters):
            return None
        *inputs, output = values(features, slope, parameters)
        needed = False, *(True for _ in parameters)

        @torch.no_grad()
        def pull(gradient: Tensor) -> None:
            _, *found = gradients(inputs, slope, parameters[::2], gradient, needed)
            for parameter, own in zip(parameters, found, strict=True):
                parameter.grad = own

        return output, pull

    def _chained(self) -> list[Tensor]:
        layers: list[StackedLinear] = list(self.layers)  # type: ignore[arg-type]
        return [part for layer in layers for part in (layer.weight, layer.bias)]
