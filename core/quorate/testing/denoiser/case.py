"""A denoiser in a tiny world, and something to denoise."""

from dataclasses import dataclass

import torch
from torch import Tensor

from quorate.interfaces import Denoiser, Fittable, HistoryBuffer, HistoryLayout
from quorate.interfaces.posterior import Enumerable
from quorate.learning.initialisation import seeded_initialisation
from quorate.seeding import generator
from quorate.testing.exact import PosteriorMean, log_uniform
from quorate.testing.framework import CheckSkippedError, Subject
from quorate.testing.support import tiny_world

ROWS = 32
LENGTH = 2
"""Observations in a history."""


@dataclass
class Case:
    """A denoiser in a world, and something to denoise.

    Attributes:
        denoiser: of the subject, in evaluation mode.
        exact: the best there is.
        layout: of the histories.
        windows: [N, n, L * (1 + o)], what the agents saw.
        states: [N, s], of the same rows.
        histories: [N, h], of one random agent for each row.
        noisy: [N, s].
        sigma: [N].
    """

    denoiser: Denoiser
    exact: PosteriorMean
    layout: HistoryLayout
    windows: Tensor
    states: Tensor
    histories: Tensor
    noisy: Tensor
    sigma: Tensor

    @property
    def told(self) -> Tensor | None:
        """What the denoiser must be told of the noise level."""
        return self.sigma if self.denoiser.condition_on_sigma else None

    def answer(self, rows: slice = slice(None)) -> Tensor:
        """The estimates [N, s] of some rows."""
        told = None if self.told is None else self.told[rows]
        return self.denoiser.denoise(self.denoiser.encode(self.histories[rows]), self.noisy[rows], told)


def make_case(subject: Subject, seed: int = 0, rows: int = ROWS) -> Case:
    """Build the subject, with initial parameters of a seed, in a tiny world with errors."""
    environment = tiny_world(rows, error=0.1)
    assert isinstance(environment, Enumerable)
    layout = HistoryLayout.of(environment.spec, LENGTH)
    with seeded_initialisation(seed, "denoiser"):
        denoiser: Denoiser = subject.component.build(environment, layout)
    if isinstance(denoiser, Fittable):
        fit(denoiser, layout, *play(layout, 512, seed + 2))
    windows, states = play(layout, rows, 0)
    histories, noisy, sigma = make_pairs(layout, windows, states, generator(0, "pairs"))
    exact = PosteriorMean(environment.posterior(layout))
    return Case(denoiser.eval(), exact, layout, windows, states, histories, noisy, sigma)


def play(layout: HistoryLayout, rows: int, seed: int) -> tuple[Tensor, Tensor]:
    """What the agents have seen after one step, and the states."""
    environment, buffer = tiny_world(rows, error=0.1), HistoryBuffer(layout, rows, "cpu")
    buffer.push(environment.reset(seed).observation)
    step = environment.step(torch.zeros(rows, layout.agents, dtype=torch.int64))
    buffer.push(step.observation)
    return buffer.windows, step.state


def fit(denoiser: Fittable, layout: HistoryLayout, windows: Tensor, states: Tensor) -> None:
    """Fit a denoiser to the histories of all agents."""
    denoiser.fit(layout.identify(windows).flatten(0, 1), states.repeat_interleave(layout.agents, dim=0))


def make_pairs(
    layout: HistoryLayout, windows: Tensor, states: Tensor, randomness: torch.Generator
) -> tuple[Tensor, Tensor, Tensor]:
    """Of each row the history of a random agent, the noisy state, and the noise level."""
    rows = len(states)
    agent = torch.randint(layout.agents, (rows,), generator=randomness)
    histories = layout.identify(windows)[torch.arange(rows), agent]
    sigma = log_uniform(rows, randomness)
    return histories, states + sigma[:, None] * torch.randn(states.shape, generator=randomness), sigma


def learned(case: Case) -> Case:
    """Skip a denoiser without parameters to train."""
    if not any(p.requires_grad for p in case.denoiser.parameters()):
        raise CheckSkippedError("it has no parameters to train")
    return case
