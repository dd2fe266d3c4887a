"""A denoiser against the posterior mean under noise."""

import torch
from torch import Tensor

from quorate.interfaces import Fittable
from quorate.seeding import generator
from quorate.testing.denoiser.case import Case, fit, learned, make_case, make_pairs, play
from quorate.testing.framework import CheckSkippedError, Subject, expect
from quorate.testing.support import descend, held_randomness, largest_change

STEPS = 600
"""Training steps of the check `learns`."""
RATE = 5e-3
"""Learning rate of Adam there; it falls linearly to zero."""


def check_learns(subject: Subject) -> None:
    """Trained for 600 steps, or fitted, it comes near the posterior mean under noise (2410.13953, Eq. 1 and 2).

    The squared distance to it, E |f - f*|^2, must be less than a third of that of the best estimate that ignores
    the history. What is measured is an average over 4 096 rows, each at most 3, of a denoiser that has seen 150 000.
    """
    case = make_case(subject, rows=4096)
    if not isinstance(case.denoiser, Fittable):
        learned(case)
    train(case)
    with torch.no_grad():
        best = case.exact.denoise(case.exact.encode(case.histories), case.noisy, case.told)
        blind = case.exact.denoise(case.exact.encode(torch.zeros_like(case.histories)), case.noisy, case.told)
        error = float((case.answer() - best).square().sum(-1).mean())
    control = float((blind - best).square().sum(-1).mean())
    expect(
        error < control / 3,
        f"a squared distance to the posterior mean below {control / 3:.4f} (a third of that without histories)",
        f"{error:.4f} after {STEPS} steps",
    )


def check_exact(subject: Subject) -> None:
    """A denoiser without parameters to train is the posterior mean under noise (2410.13953, Eq. 2), within 1e-3.

    Told sigma, for that level; or told none, for levels uniform between 0.5 and 2 on a logarithmic scale.
    """
    case = make_case(subject, rows=512)
    if any(p.requires_grad for p in case.denoiser.parameters()):
        raise CheckSkippedError("it has parameters to train: see the check `learns`")
    if isinstance(case.denoiser, Fittable):
        raise CheckSkippedError("it is fitted: see the check `learns`")
    features, exact = case.denoiser.encode(case.histories), case.exact.encode(case.histories)
    distances = []
    for told in (case.sigma, None):
        answer = case.denoiser.denoise(features, case.noisy, told)
        distances.append(largest_change(answer, case.exact.denoise(exact, case.noisy, told)))
    expect(min(distances) < 1e-3, "the posterior mean", f"estimates that are {min(distances):.2g} away from it")


def train(case: Case) -> None:
    """Fit it, or minimise E |s - f(tau, s + sigma z)|^2 over other rows than those that are measured."""
    denoiser, randomness = case.denoiser.train(), generator(1, "training")
    rows, batch = 8192, 256
    windows, clean = play(case.layout, rows, 1)
    if isinstance(denoiser, Fittable):
        fit(denoiser, case.layout, windows, clean)
        denoiser.eval()
        return

    def loss() -> Tensor:
        chosen = torch.randint(rows, (batch,), generator=randomness)
        states = clean[chosen]
        histories, noisy, sigma = make_pairs(case.layout, windows[chosen], states, randomness)
        told = sigma if denoiser.condition_on_sigma else None
        return (denoiser.denoise(denoiser.encode(histories), noisy, told) - states).square().sum(-1).mean()

    with held_randomness():
        descend(denoiser, RATE, STEPS, loss)
    denoiser.eval()
