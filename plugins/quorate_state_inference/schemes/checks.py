"""The two condition checks of composite diffusion (2410.13953, section 5.1, step 2).

1. Along the last cycle, every agent's Jacobian has |lambda|max < 1.
2. Iterating any one agent's denoiser from the estimate changes it by less than 2D (the setting `tolerance`).
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from quorate.interfaces import Denoiser
from quorate_state_inference.schemes.jacobian import (
    NEGLIGIBLE,
    POWER_STEPS,
    exact_eigenvalue,
    linearise,
    power_iteration,
)
from quorate_state_inference.settings import EigenvalueMethod, FlowSettings

LEADING = 2
"""Visits of a row at which the power iteration is brought to its end."""
FINAL_STEPS = 5
"""Fewest steps there: the steps at the other visits have come near already."""
CONVERGED = 0.01
"""An individual flow has converged when a step is shorter than this share of the tolerance."""


@dataclass
class Verdict:
    """For each of N estimates: accepted (bool), largest |eigenvalue|, largest change."""

    accepted: Tensor
    eigenvalue: Tensor
    residual: Tensor


def check(settings: FlowSettings, denoiser: Denoiser, probe: "Probe", members: Tensor, states: Tensor) -> Verdict:
    """Run both checks; the second only iterates where the first has passed.

    Args:
        settings: tolerance and iterations.
        denoiser: shared by the agents, blind.
        probe: has seen the calls of the last cycle, each for N rows.
        members: [m, N, c], features of the agents that take part.
        states: [N, s], the estimates.
    """
    eigenvalue = probe.largest()
    stable = eigenvalue < 1
    residual = individual_change(denoiser, members, states, stable, settings)
    return Verdict(stable & (residual < settings.tolerance), eigenvalue, residual)


class Probe:
    """The largest |lambda|max of the Jacobians at several visits of each row.

    By power iteration, the visits of a row share it: all happen near one point, so that a direction which one Jacobian
    stretches, with some of the random start, is a good start for the next. A row where a vector has grown is rejected,
    with a lower estimate; else the iteration is brought to its end at the row's most stretching visits alone.

    Args:
        method: power iteration or full eigenvalues.
        denoiser: blind, shared by the agents.
        generator: of the power iteration's start.
    """

    def __init__(self, method: EigenvalueMethod, denoiser: Denoiser, generator: torch.Generator) -> None:
        self._method, self._denoiser, self._generator = method, denoiser, generator
        self._start: Tensor | None = None
        self._visits: list[tuple[Tensor, Tensor]] = []
        self._growths: list[Tensor] = []
        self._directions: list[Tensor] = []

    def visit(self, features: Tensor, noisy: Tensor) -> Tensor:
        """One denoiser call, with a look at its Jacobian: [N, c], [N, s] -> the estimates [N, s]."""
        if self._method is EigenvalueMethod.EXACT:
            self._growths.append(exact_eigenvalue(self._denoiser, features, noisy))
            return self._denoiser.denoise(features, noisy)
        if self._start is None:
            start = torch.randn(noisy.shape, generator=self._generator, device=self._generator.device)
            self._start = start / start.norm(dim=-1, keepdim=True)
        estimate, apply = linearise(self._denoiser, features, noisy)
        last = self._directions[-1] if self._directions else torch.zeros_like(self._start)
        mixed = last + 0.5 * self._start  # a visit may map everything to zero
        steps = 1 if self._directions else 2  # the first vector is nothing but random
        growth, direction = power_iteration(apply, mixed / mixed.norm(dim=-1, keepdim=True), steps)
        self._visits.append((features, noisy))
        self._growths.append(growth)
        self._directions.append(direction)
        return estimate

    def largest(self) -> Tensor:
        """Over all visits, [N]; by power iteration a lower estimate once it is 1 or more."""
        growth = torch.stack(self._growths)  # [m, N]
        if self._method is EigenvalueMethod.EXACT:
            return growth.amax(0)
        leading = torch.zeros_like(growth, dtype=torch.bool)
        leading.scatter_(0, growth.topk(min(LEADING, len(growth)), dim=0).indices, True)
        leading &= (growth.amax(0) > NEGLIGIBLE) & (growth.amax(0) < 1)
        if not bool(leading.any()):
            return growth.amax(0)
        final = self._go_on(leading)
        return growth.masked_fill(leading.any(0), 0.0).masked_scatter(leading, final).amax(0)

    def _go_on(self, points: Tensor) -> Tensor:
        """Power iteration to its end for chosen points [m, N] of all visits."""
        features = torch.cat([visit[0][chosen] for visit, chosen in zip(self._visits, points, strict=True)])
        noisy = torch.cat([visit[1][chosen] for visit, chosen in zip(self._visits, points, strict=True)])
        _, apply = linearise(self._denoiser, features, noisy)
        steps = max(FINAL_STEPS, POWER_STEPS - 1 - len(self._visits))
        return power_iteration(apply, torch.stack(self._directions)[points], steps)[0]


def individual_change(
    denoiser: Denoiser, members: Tensor, states: Tensor, iterate: Tensor, settings: FlowSettings
) -> Tensor:
    """How far individual denoisers move each estimate until they converge: the largest over agents, [N].

    Rows where `iterate` (bool [N]) does not hold get the change of one call.
    """
    agents, rows = members.shape[:2]
    start = states.repeat(agents, 1)
    features = members.reshape(agents * rows, -1)
    here = torch.cat([denoiser.denoise(own, states) for own in members])
    length = (here - start).norm(dim=-1)
    index = (iterate.repeat(agents) & (length > CONVERGED * settings.tolerance)).nonzero()[:, 0]
    point = here[index]
    for _ in range(settings.check_steps - 1):
        if len(index) == 0:
            break
        parts = zip(index.split(rows), point.split(rows), strict=True)  # as many at once as fit into the cache
        moved = torch.cat([denoiser.denoise(features[part], there) for part, there in parts])
        here[index] = moved
        going = (moved - point).norm(dim=-1) > CONVERGED * settings.tolerance
        index, point = index[going], moved[going]
    change: Tensor = (here - start).norm(dim=-1)
    return change.reshape(agents, rows).amax(0)
