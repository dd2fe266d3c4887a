"""What one history says of the state, in one shot: mean and variance of each feature, learned beside a denoiser."""

import torch
from torch import Tensor, nn
from torch.nn import functional

from quorate.errors import QuorateError
from quorate.interfaces import Denoiser, Environment, HistoryLayout, Moments, NetworkSpec, PreparingDenoiser
from quorate.learning.networks import build_network
from quorate.settings import Component
from quorate_state_inference.settings import StateInferenceSettings

LEAST_VARIANCE = 1e-4
"""No feature is ever known better than this."""


class Regressor(nn.Module):
    """A network of one member with a mean and a variance head, shared by the agents.

    It reads what the denoiser beside it prepares of a history, or the history as it is.

    Args:
        network: the component.
        inputs: p, numbers that it reads.
        states: s.
    """

    def __init__(self, network: Component, inputs: int, states: int) -> None:
        super().__init__()
        self.network = build_network(network, NetworkSpec(1, inputs, 2 * states))

    def forward(self, prepared: Tensor) -> Moments:
        """[..., p] -> moments [..., s]; a network that remembers has nothing to remember here."""
        flat = prepared.reshape(1, -1, prepared.shape[-1])
        begins = torch.ones(flat.shape[1], dtype=torch.bool, device=flat.device)
        memory = flat.new_zeros(1, flat.shape[1], self.network.memory_size)
        output = self.network(self.network.encode(flat, memory, begins)[0])
        mean, raw = output.reshape(*prepared.shape[:-1], -1).chunk(2, -1)
        return Moments(mean, functional.softplus(raw) + LEAST_VARIANCE)

    def loss(self, prepared: Tensor, states: Tensor) -> Tensor:
        """-log N(s; mean, variance) without its constant, summed over features: mean over samples."""
        moments: Moments = self(prepared)
        surprise = (states - moments.mean) ** 2 / moments.variance + moments.variance.log()
        return 0.5 * surprise.sum(-1).mean()


def build_denoiser(settings: StateInferenceSettings, environment: Environment, layout: HistoryLayout) -> Denoiser:
    """The denoiser of some settings, and its part `regressor` where one is asked for.

    Raises:
        QuorateError: they do not fit each other.
    """
    denoiser: Denoiser = settings.denoiser.build(environment, layout)
    if settings.regressor is None:
        return denoiser
    nothing = torch.zeros(1, layout.size, device=environment.device)
    if isinstance(denoiser, PreparingDenoiser):
        nothing = denoiser.prepare(nothing)
    elif settings.pool_histories:
        problem = f"a regressor can not read what the denoiser {settings.denoiser.name} makes of pooled histories"
        fix = "set `pool_histories: false`, or choose the denoiser `mlp`"
        raise QuorateError(problem, where="algorithm.regressor", fix=fix)
    denoiser.regressor = Regressor(settings.regressor, nothing.shape[-1], environment.spec.state_size)
    return denoiser


def trained_regressor(denoiser: Denoiser) -> Regressor | None:
    """Its part `regressor`, if it is one that `build_denoiser` made."""
    part = getattr(denoiser, "regressor", None)
    return part if isinstance(part, Regressor) else None


def regress(denoiser: Denoiser, histories: Tensor) -> Moments:
    """What each history alone says of the state: [..., h] -> moments [..., s] (see `quorate.interfaces.Regressing`).

    Raises:
        QuorateError: the denoiser has no regressor.
    """
    regressor = getattr(denoiser, "regressor", None)
    if regressor is None:
        problem = "it weighs agents by how sure each of them is, and there is no regressor that says so"
        raise QuorateError(problem, fix="set `algorithm.regressor: mlp` in the run that trains the denoiser")
    read = denoiser.prepare(histories) if isinstance(denoiser, PreparingDenoiser) else histories
    moments: Moments = regressor(read)
    return moments
