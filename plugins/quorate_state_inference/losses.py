"""What a denoiser is trained to make small, and its gradient."""

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional

from quorate.interfaces import Denoiser, SelfDifferentiating
from quorate_state_inference.regressor import trained_regressor
from quorate_state_inference.samples import Sample


class Losses:
    """The losses of a denoiser, and of the regressor beside it where there is one.

    Args:
        denoiser: in training.
        encode: see `Samples.encode`.

    Attributes:
        parameters: those that are trained.
        clipped: those whose gradients are clipped; what a regressor knows for sure has steep gradients.
    """

    def __init__(self, denoiser: Denoiser, encode: Callable[..., Tensor]) -> None:
        self._denoiser, self._encode = denoiser, encode
        self._regressor = trained_regressor(denoiser)
        self.parameters = [parameter for parameter in denoiser.parameters() if parameter.requires_grad]
        beside = set() if self._regressor is None else set(self._regressor.parameters())
        self.clipped = [parameter for parameter in self.parameters if parameter not in beside]
        whole = self._regressor is None and len(self.parameters) == len(list(denoiser.parameters()))
        self._differentiating = denoiser if whole and isinstance(denoiser, SelfDifferentiating) else None

    def __call__(self, sample: Sample) -> dict[str, Tensor]:
        """See `StateInference.train_step`."""
        estimate = self._denoiser.denoise(self._encode(*sample.read), sample.noisy, sample.sigma)
        losses = {"loss": functional.mse_loss(estimate, sample.states, reduction="sum") / len(sample.states)}
        if self._regressor is not None:
            losses["regression_loss"] = self._regressor.loss(sample.read[0], sample.states)
        return losses

    def backward(self, sample: Sample) -> dict[str, Tensor]:
        """The same, and the gradient of their sum becomes that of the parameters, in place of the last one."""
        if self._differentiating is not None:
            (prepared,) = sample.read
            return {"loss": self._differentiating.backward(prepared, sample.states, sample.noisy, sample.sigma)}
        losses = self(sample)
        trained = [loss for loss in losses.values() if loss.requires_grad]
        gradients = torch.autograd.grad(trained, self.parameters, allow_unused=True)
        for parameter, gradient in zip(self.parameters, gradients, strict=True):
            parameter.grad = gradient
        return {name: loss.detach() for name, loss in losses.items()}
