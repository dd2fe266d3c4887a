"""Steps with noise in place of the state: what sees the state is found out by them."""

import torch

from quorate.interfaces import Step


def corrupted(step: Step, generator: torch.Generator) -> Step:
    """A step whose states are replaced by random features; all else stays."""

    def noise(state: torch.Tensor) -> torch.Tensor:
        return torch.randint(2, state.shape, generator=generator, device=state.device).to(state.dtype)

    final = None if step.final_state is None else noise(step.final_state)
    return Step(**{**vars(step), "state": noise(step.state), "final_state": final})
