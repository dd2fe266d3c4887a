"""Whether a scheme and a denoiser fit each other."""

import torch

from quorate.errors import QuorateError
from quorate.interfaces import Denoiser, HistoryLayout, InferenceScheme
from quorate.seeding import generator


def try_scheme(
    scheme: InferenceScheme, denoiser: Denoiser, layout: HistoryLayout, device: torch.device, where: str
) -> None:
    """Infer from nothing once, so that a scheme that does not fit is told at once; errors name the place `where`."""
    nothing = torch.zeros(1, layout.agents, layout.size, device=device)
    try:
        scheme.infer(denoiser, nothing, generator(0, device=device))
    except QuorateError as error:
        raise QuorateError(error.problem, where=where, choices=error.choices, fix=error.fix) from error
