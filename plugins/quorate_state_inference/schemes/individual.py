"""Individual diffusion: each agent alone (2410.13953, Definition 2)."""

import torch
from torch import Tensor
from typing_extensions import override

from quorate.interfaces import Denoiser, Estimate, InferenceScheme
from quorate_state_inference.schemes.flow import Flow
from quorate_state_inference.settings import IndividualSettings


class Individual(InferenceScheme):
    """y <- f(tau_i, y) from noise, for every agent i at once; one estimate per agent."""

    def __init__(self, settings: IndividualSettings) -> None:
        self._settings = settings

    def calls(self, agents: int) -> int:
        """Calls behind one agent's estimate: it hears no other."""
        return self._settings.steps

    @torch.no_grad()
    @override
    def infer(
        self, denoiser: Denoiser, histories: Tensor, generator: torch.Generator, *, trajectory: bool = False
    ) -> Estimate:
        settings = self._settings
        batch, agents = histories.shape[:2]
        features = denoiser.encode(histories).repeat(settings.draws, 1, 1).flatten(0, 1)
        flow = Flow(settings, denoiser, settings.steps, generator)
        noisy = flow.start(len(features))
        points = []
        for step in range(settings.steps):
            points.append(noisy)
            noisy = flow.update(noisy, flow.call(features, noisy, step), step)
            if not trajectory:
                points.clear()
        shape = (settings.draws, batch, agents)
        flow.look(features, noisy)
        return flow.conclude(features[None], [*points, noisy], shape)
