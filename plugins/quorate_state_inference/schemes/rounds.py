"""Flows in which all agents answer at once: a round costs one hop of communication, where a cycle of turns costs n."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from quorate.interfaces import Denoiser, Estimate
from quorate_state_inference.schemes.flow import Flow, encode_agents
from quorate_state_inference.settings import FlowSettings


@dataclass
class Round:
    """What all agents are asked.

    Attributes:
        encoded: [n, N, c], the agents' features.
        noisy: [N, s].
        sigma: [N], where the denoiser is told the level.
    """

    encoded: Tensor
    noisy: Tensor
    sigma: Tensor | None


def take_rounds(
    settings: FlowSettings,
    rounds: int,
    denoiser: Denoiser,
    histories: Tensor,
    generator: torch.Generator,
    trajectory: bool,
    pool: Callable[[Round], Tensor],
) -> Estimate:
    """The flow y <- pool(y) of the agents whose histories [B, n, h] are given; `pool` gives [N, s], draw by draw."""
    encoded = encode_agents(denoiser, histories, settings.draws)
    flow = Flow(settings, denoiser, rounds, generator)
    noisy = flow.start(encoded.shape[1])
    points = [noisy]
    for step in range(rounds):
        noisy = flow.update(noisy, pool(Round(encoded, noisy, flow.sigma(step, noisy))), step)
        points.append(noisy)
        if not trajectory:
            del points[0]
    for own in encoded:  # one agent's rows at a time stay in the cache
        flow.look(own, noisy)
    return flow.conclude(encoded, points, (settings.draws, len(histories), 1))
