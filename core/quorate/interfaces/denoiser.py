"""Denoisers: from a history and a noisy state to an estimate of the clean state."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import torch
from torch import Tensor, nn


class Denoiser(nn.Module, ABC):
    """f(tau, y[, sigma]): the estimate of the clean state s from y = s + z, z ~ N(0, sigma^2 I), and a history tau.

    Built as ``target(settings, environment, layout)``. The work is split in two so that a flow, which calls
    `denoise` many times with one history, encodes it once. Calling the module does both.
    """

    @property
    @abstractmethod
    def state_size(self) -> int:
        """s: features of a state."""

    @property
    @abstractmethod
    def condition_on_sigma(self) -> bool:
        """Whether `denoise` must be told sigma; a blind denoiser need not."""

    @property
    @abstractmethod
    def feature_size(self) -> int:
        """c: features that `encode` makes of a history."""

    @abstractmethod
    def encode(self, history: Tensor) -> Tensor:
        """What `denoise` needs of a history: [..., h] -> [..., c]. The zero history is the null history."""

    @abstractmethod
    def denoise(self, features: Tensor, noisy: Tensor, sigma: Tensor | None = None) -> Tensor:
        """One denoising (2410.13953, Eq. 7).

        Args:
            features: [N, c] from `encode`.
            noisy: [N, s].
            sigma: [N] noise levels, or None; a blind denoiser ignores it.

        Returns:
            [N, s], the estimate of the clean state.
        """

    def forward(self, history: Tensor, noisy: Tensor, sigma: Tensor | None = None) -> Tensor:
        """Encode and denoise: [..., h], [..., s] -> [..., s]."""
        lead = torch.broadcast_shapes(history.shape[:-1], noisy.shape[:-1])
        features = self.encode(history).expand(*lead, -1).reshape(-1, self.feature_size)
        flat = noisy.expand(*lead, -1).reshape(-1, noisy.shape[-1])
        level = None if sigma is None else sigma.expand(lead).reshape(-1)
        return self.denoise(features, flat, level).reshape(*lead, -1)


@runtime_checkable
class Fittable(Protocol):
    """A denoiser that is fitted to histories and states at once, rather than trained by gradients.

    What it keeps is in its buffers: `state_dict` holds it, and `load_state_dict` takes as many rows as were kept. It
    can answer before it is fitted, with whatever.
    """

    def fit(self, histories: Tensor, states: Tensor) -> None:
        """Learn from samples; what was learned before is forgotten.

        Args:
            histories: [N, h], single agents' histories, with identities.
            states: [N, s], the clean states behind them.
        """
        ...


@runtime_checkable
class LogitDenoiser(Protocol):
    """A denoiser of binary states whose estimate is ``sigmoid(logits)``: what pooling of experts works on."""

    def logits(self, features: Tensor, noisy: Tensor, sigma: Tensor | None = None) -> Tensor:
        """[N, c], [N, s] -> [N, s]."""
        ...


@runtime_checkable
class PoolingDenoiser(Protocol):
    """A denoiser that can read what several agents' histories say together, as one history."""

    def encode_pooled(self, windows: Tensor, members: Tensor) -> Tensor:
        """Features of pooled histories.

        Args:
            windows: [B, n, w], histories without identities (`HistoryLayout.identify` adds them).
            members: float32 [B, n], 1 for the agents that are pooled; none of them: the null history.

        Returns:
            [B, c].
        """
        ...


@runtime_checkable
class PreparingDenoiser(Protocol):
    """A denoiser that reads histories in a form that learning does not change, and that is made once for many updates.

    ``project(prepare(history))`` is ``encode(history)``; of a `PoolingDenoiser`, ``project(prepare(windows, members))``
    is ``encode_pooled(windows, members)``.
    """

    def prepare(self, histories: Tensor, members: Tensor | None = None) -> Tensor:
        """[..., h] -> [..., p]; or windows [B, n, w] of several agents -> [B, p]. It depends on no parameter."""
        ...

    def project(self, prepared: Tensor) -> Tensor:
        """[..., p] -> [..., c]."""
        ...


@runtime_checkable
class SelfDifferentiating(PreparingDenoiser, Protocol):
    """A denoiser that differentiates its squared error itself, faster than automatic differentiation does."""

    def backward(self, prepared: Tensor, states: Tensor, noisy: Tensor, sigma: Tensor | None = None) -> Tensor:
        """The squared error of `denoise`, summed over features: mean over samples, without a graph.

        Its gradient takes the place of every parameter's `grad`.

        Args:
            prepared: [B, p] from `prepare`.
            states: [B, s], clean.
            noisy: [B, s].
            sigma: [B], as for `denoise`.
        """
        ...


@dataclass
class Moments:
    """What a history says of the state, feature by feature: E[s | tau] and Var[s | tau] > 0, two tensors [..., s]."""

    mean: Tensor
    variance: Tensor


class Regressing(Protocol):
    """A denoiser that also tells, in one shot and without a noisy state, what a history says of the state."""

    @property
    def regressor(self) -> Callable[[Tensor], Moments]:
        """From histories [..., h], or what a `PreparingDenoiser` prepares of them, to moments [..., s]."""
        ...


@runtime_checkable
class Linearisable(Protocol):
    """A denoiser that can apply its Jacobian df/dy cheaply (others are differentiated automatically)."""

    def linearise(self, features: Tensor, noisy: Tensor) -> tuple[Tensor, Callable[[Tensor], Tensor]]:
        """The estimate [N, s], and the map v [N, s] -> (df/dy) v [N, s] at (features, noisy)."""
        ...


class NoiseDistribution(ABC):
    """The distribution of the noise level sigma that a denoiser is trained under."""

    @abstractmethod
    def sample(self, shape: tuple[int, ...], generator: torch.Generator) -> Tensor:
        """Noise levels (standard deviations, > 0) of a shape, on the generator's device."""

    @abstractmethod
    def quadrature(self) -> tuple[Tensor, Tensor]:
        """Levels [Q] and weights [Q] (summing to 1) that stand for the distribution in integrals over sigma."""
