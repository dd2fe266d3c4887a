"""The fully connected denoiser of 2410.13953 (section 2), with the outputs and inputs that make it work."""

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional
from typing_extensions import override

from quorate.interfaces import Denoiser, Environment, HistoryLayout
from quorate_state_inference.denoisers.activation import activate, push_forward
from quorate_state_inference.denoisers.encoding import make_encoding
from quorate_state_inference.denoisers.output import is_bounded, logits_of_bounded, to_unit_scale
from quorate_state_inference.settings import MLPSettings


class MLPDenoiser(Denoiser):
    """Hidden layers over a history's encoding and the noisy state.

    The first layer is split: its product with the encoding does not change along a flow and is part of `encode`.
    """

    def __init__(self, settings: MLPSettings, environment: Environment, layout: HistoryLayout) -> None:
        super().__init__()
        spec = environment.spec
        self.bounded = is_bounded(settings.output, spec)
        self._activation = settings.activation
        self._conditioned = settings.condition_on_sigma
        self.encoding = make_encoding(settings.encoding, spec, layout)
        width, state, extra = settings.width, spec.state_size, int(settings.condition_on_sigma)
        self._sizes = (self.encoding.size, state, extra)
        self.first = nn.Linear(sum(self._sizes), width)
        self.hidden = nn.Sequential(*(nn.Linear(width, width) for _ in range(settings.depth - 1)))
        self.last = nn.Linear(width, state)
        self.gain = nn.Parameter(torch.ones(state)) if self.bounded else None

    @property
    def state_size(self) -> int:
        """S."""
        return self._sizes[1]

    @property
    def condition_on_sigma(self) -> bool:
        """As set."""
        return self._conditioned

    @property
    def feature_size(self) -> int:
        """The width of the first layer."""
        return self.first.out_features

    def encode(self, history: Tensor) -> Tensor:
        """The encoding's share of the first layer, bias included: [..., h] -> [..., width]."""
        return self.project(self.prepare(history))

    def encode_pooled(self, windows: Tensor, members: Tensor) -> Tensor:
        """As `encode`, for several agents together (see `HistoryEncoding.pool`): -> [B, width]."""
        return self.project(self.prepare(windows, members))

    def prepare(self, histories: Tensor, members: Tensor | None = None) -> Tensor:
        """The encoding (see `quorate.interfaces.PreparingDenoiser`): -> [..., size]."""
        encoded: Tensor = self.encoding(histories) if members is None else self.encoding.pool(histories, members)
        return encoded

    def project(self, encoded: Tensor) -> Tensor:
        """Encoded histories [..., size] -> first-layer features [..., width]."""
        return functional.linear(encoded, self.first.weight[:, : self._sizes[0]], self.first.bias)

    @override
    def denoise(self, features: Tensor, noisy: Tensor, sigma: Tensor | None = None) -> Tensor:
        output = self._network(features, noisy, sigma)
        if not self.bounded:
            return output
        return output.sigmoid() if torch.is_grad_enabled() else output.sigmoid_()

    def logits(self, features: Tensor, noisy: Tensor, sigma: Tensor | None = None) -> Tensor:
        """See `quorate.interfaces.LogitDenoiser`.

        Raises:
            QuorateError: for a plain output, which has none.
        """
        logits_of_bounded(self.bounded)
        return self._network(features, noisy, sigma)

    def _network(self, features: Tensor, noisy: Tensor, sigma: Tensor | None) -> Tensor:
        noisy, activation = self._enter(features, noisy, sigma)
        inplace = not torch.is_grad_enabled()
        activation = activate(self._activation, activation, inplace=inplace)
        for layer in self.hidden:
            activation = activate(self._activation, layer(activation), inplace=inplace)
        return self._leave(activation, noisy)

    @torch.no_grad()
    def backward(self, prepared: Tensor, states: Tensor, noisy: Tensor, sigma: Tensor | None = None) -> Tensor:
        """See `quorate.interfaces.SelfDifferentiating`: the bits of autograd, without its bookkeeping.

        What is no longer needed is overwritten: small networks wait for memory more than for anything else.
        """
        noisy, inputs = self._inputs(noisy, sigma)
        before = [torch.addmm(self.project(prepared), inputs, self.first.weight[:, self._sizes[0] :].T)]
        after = [activate(self._activation, before[0], inplace=False)]
        for layer in self.hidden:
            before.append(layer(after[-1]))
            after.append(activate(self._activation, before[-1], inplace=False))
        output = self._leave(after[-1], noisy)
        estimate = output.sigmoid_() if self.bounded else output
        slope = estimate - states
        loss = slope.square().sum() / len(states)
        slope.mul_(2 / len(states))
        if self.bounded:
            slope = torch.ops.aten.sigmoid_backward(slope, estimate)
        if self.gain is not None:
            torch.sum(slope * noisy, 0, out=_gradient(self.gain))
        layers: list[nn.Linear] = [self.last, *reversed(self.hidden)]  # type: ignore[list-item]
        for layer in layers:
            value = after.pop()
            torch.mm(slope.T, value, out=_gradient(layer.weight))
            torch.sum(slope, 0, out=_gradient(layer.bias))
            slope = push_forward(self._activation, torch.mm(slope, layer.weight, out=value), before.pop())
        parts = prepared.T @ slope, inputs.T @ slope  # transposed as autograd does, to the last bit
        torch.cat([part.T for part in parts], 1, out=_gradient(self.first.weight))
        torch.sum(slope, 0, out=_gradient(self.first.bias))
        return loss

    def linearise(self, features: Tensor, noisy: Tensor) -> tuple[Tensor, Callable[[Tensor], Tensor]]:
        """See `quorate.interfaces.Linearisable`; for a blind denoiser."""
        _, activation = self._enter(features, noisy, None)
        inputs = []
        for layer in [*self.hidden, None]:
            inputs.append(activation)
            value = activate(self._activation, activation, inplace=False)
            activation = layer(value) if layer else value
        output = self._leave(activation, noisy)
        if self.bounded:
            output = output.sigmoid()
        weights: list[Tensor] = [
            self._noisy_weight(),
            *(p for p in self.hidden.parameters() if p.dim() == 2),
            self.last.weight,
        ]

        def apply(direction: Tensor) -> Tensor:
            tangent = direction
            for weight, before in zip(weights[:-1], inputs, strict=True):
                tangent = push_forward(self._activation, tangent @ weight.T, before)
            tangent = tangent @ weights[-1].T
            if self.gain is None:
                return tangent
            return tangent.addcmul_(self.gain, direction).mul_(output * (1 - output))

        return output, apply

    def _enter(self, features: Tensor, noisy: Tensor, sigma: Tensor | None) -> tuple[Tensor, Tensor]:
        noisy, inputs = self._inputs(noisy, sigma)
        return noisy, torch.addmm(features, inputs, self.first.weight[:, self._sizes[0] :].T)

    def _inputs(self, noisy: Tensor, sigma: Tensor | None) -> tuple[Tensor, Tensor]:
        return to_unit_scale(noisy, sigma) if self._conditioned else (noisy, noisy)

    def _leave(self, activation: Tensor, noisy: Tensor) -> Tensor:
        start = self.last.bias if self.gain is None else torch.addcmul(self.last.bias, self.gain, noisy)
        return torch.addmm(start, activation, self.last.weight.T)

    def _noisy_weight(self) -> Tensor:
        start = self._sizes[0]
        return self.first.weight[:, start : start + self._sizes[1]]


def _gradient(parameter: Tensor) -> Tensor:
    """Where it is kept."""
    if parameter.grad is None:
        parameter.grad = torch.empty_like(parameter)
    return parameter.grad
