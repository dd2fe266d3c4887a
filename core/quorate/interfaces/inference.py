"""Inference schemes: from the agents' histories to estimates of the state."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import torch
from torch import Tensor

from quorate.interfaces.denoiser import Denoiser
from quorate.interfaces.history import HistoryLayout


@dataclass
class Estimate:
    """State estimates for B rows. e = 1 for schemes that decide together, e = n where each agent decides alone.

    Attributes:
        states: [B, e, s].
        accepted: bool [B, e]: passed the acceptance checks; None where they were not asked for.
        eigenvalue: [B, e]: largest |eigenvalue| of df/dy met by the checks, or None.
        residual: [B, e]: largest change of the estimate under an individual denoiser (2-norm), or None.
        trajectory: [T + 1, B, e, s] from the initial noise to the estimate, where asked for, or None.
    """

    states: Tensor
    accepted: Tensor | None = None
    eigenvalue: Tensor | None = None
    residual: Tensor | None = None
    trajectory: Tensor | None = None


class InferenceScheme(ABC):
    """A way to combine agents' denoisers into estimates. Built as ``target(settings)``."""

    @abstractmethod
    def infer(
        self, denoiser: Denoiser, histories: Tensor, generator: torch.Generator, *, trajectory: bool = False
    ) -> Estimate:
        """Estimate the state behind each row of histories, without gradients.

        Args:
            denoiser: shared by the agents.
            histories: [B, n, h].
            generator: of the initial noise, on the device of the histories.
            trajectory: also return every intermediate estimate.

        Raises:
            QuorateError: where the denoiser lacks what the scheme needs.
        """

    @abstractmethod
    def calls(self, agents: int) -> int:
        """Denoiser evaluations per row and draw for n agents, without the checks: what fair comparisons hold equal."""


@runtime_checkable
class Inferring(Protocol):
    """An algorithm that learns to infer states: any scheme can be used with its denoiser, on anybody's histories."""

    @property
    def denoiser(self) -> Denoiser:
        """What it learned."""
        ...

    @property
    def layout(self) -> HistoryLayout:
        """Of the histories that the denoiser reads."""
        ...
