"""The tiny world with noise in place of its state: what sees the state is found out by it."""

import torch

from quorate.interfaces import Step
from quorate.testing.tiny.settings import TinyWorldSettings
from quorate.testing.tiny.world import TinyWorld


def corrupted(step: Step, generator: torch.Generator) -> Step:
    """A step whose states are replaced by random features; all else stays."""

    def noise(state: torch.Tensor) -> torch.Tensor:
        return torch.randint(2, state.shape, generator=generator, device=state.device).to(state.dtype)

    final = None if step.final_state is None else noise(step.final_state)
    return Step(**{**vars(step), "state": noise(step.state), "final_state": final})


class CorruptedWorld(TinyWorld):
    """As `TinyWorld`, but for the state that a step tells."""

    def __init__(self, settings: TinyWorldSettings, batch: int = 1, device: torch.device | str = "cpu") -> None:
        super().__init__(settings, batch, device)
        self._noise = torch.Generator(device=device).manual_seed(0)

    def reset(self, seed: int | None = None) -> Step:
        """See `TinyWorld.reset`."""
        return corrupted(super().reset(seed), self._noise)

    def step(self, actions: torch.Tensor) -> Step:
        """See `TinyWorld.step`."""
        return corrupted(super().step(actions), self._noise)
