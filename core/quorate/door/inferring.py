"""States from one's own histories, by what a run learned."""

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from quorate.config import compose_component
from quorate.door import arguments, session
from quorate.environments.values import described
from quorate.errors import QuorateError
from quorate.interfaces import Estimate, HistoryBuffer, HistoryLayout, InferenceScheme, Inferring
from quorate.seeding import generator


def infer(
    algorithm: Inferring, given: Tensor, scheme: str, seed: int, settings: Mapping[str, Any], device: torch.device
) -> Estimate:
    """See `Run.infer`."""
    arguments.text("scheme", scheme)
    seed = arguments.whole("seed", seed)
    histories = _histories(_finite(given, device), algorithm.layout)
    component = compose_component("inference", scheme, session.registry(), settings)
    built: InferenceScheme = component.build()
    return built.infer(algorithm.denoiser, histories, generator(seed, "inference", device=device))


def _finite(given: Tensor, device: torch.device) -> Tensor:
    if torch.is_tensor(given) and given.is_complex():
        raise QuorateError("the histories are complex numbers", fix="give a tensor of real ones")
    try:
        values = torch.as_tensor(given, dtype=torch.float32, device=device)
    except (TypeError, ValueError, RuntimeError) as error:
        problem = f"the histories are {described(given)}, which is no array of numbers"
        raise QuorateError(problem, fix="give a tensor") from error
    if not values.numel():
        raise QuorateError(f"the histories are {tuple(values.shape)}, of which there are none", fix="give one at least")
    if not values.isfinite().all():
        raise QuorateError("the histories hold values that are no finite numbers", fix="replace them, say by zeros")
    return values


def _histories(given: Tensor, layout: HistoryLayout) -> Tensor:
    """[B, n, h] of histories, or of observations [B, T, n, o]."""
    agents, size = layout.agents, layout.observation_size
    if given.dim() == 3 and given.shape[1:] == (agents, layout.size):
        return given
    if layout.action_size == 0 and given.dim() == 4 and given.shape[2:] == (agents, size) and given.shape[1]:
        buffer = HistoryBuffer(layout, len(given), given.device)
        for observation in given.unbind(1)[-layout.length :]:
            buffer.push(observation)
        return buffer.histories
    problem = f"the histories are {tuple(given.shape)}, which are neither histories nor observations of this run"
    choices = [f"histories [B, {agents}, {layout.size}]", f"observations [B, T, {agents}, {size}]"]
    choices = choices[:1] if layout.action_size else choices  # observations do not tell what was done
    raise QuorateError(problem, choices=choices, fix="give one of these shapes, of agents in the environment's order")
