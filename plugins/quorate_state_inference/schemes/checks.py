"""The two condition checks of composite diffusion (2410.13953, section 5.1, step 2).

1. Along the last cycle, every agent's Jacobian has |lambda|max < 1.
2. Iterating any one agent's denoiser from the estimate changes it by less than 2D (the setting `tolerance`).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from quorate.interfaces import Denoiser
from quorate_state_inference.schemes.jacobian import (
    NEGLIGIBLE,
    POWER_STEPS,
    LinearMap,
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
class Visit:
    """One denoiser call of the last cycle: where it was linearised.

    Attributes:
        features: [N, c] of the agent.
        noisy: [N, s] that it was given.
        apply: v -> J v there, or None where it was not kept.
    """

    features: Tensor
    noisy: Tensor
    apply: LinearMap | None = None


@dataclass
class Verdict:
    """For each of N estimates: accepted (bool), largest |eigenvalue|, largest change."""

    accepted: Tensor
    eigenvalue: Tensor
    residual: Tensor


def check(
    settings: FlowSettings,
    denoiser: Denoiser,
    visits: Sequence[Visit],
    members: Tensor,
    states: Tensor,
    generator: torch.Generator,
) -> Verdict:
    """Run both checks; the second only iterates where the first has passed.

    Args:
        settings: tolerance and iterations.
        denoiser: shared by the agents, blind.
        visits: the calls of the last cycle, each for N rows.
        members: [m, N, c], features of the agents that take part.
        states: [N, s], the estimates.
        generator: of the power iteration's start.
    """
    eigenvalue = largest_eigenvalue(settings.eigenvalues, denoiser, visits, generator)
    stable = eigenvalue < 1
    residual = individual_change(denoiser, members, states, stable, settings)
    return Verdict(stable & (residual < settings.tolerance), eigenvalue, residual)


def largest_eigenvalue(
    method: EigenvalueMethod, denoiser: Denoiser, visits: Sequence[Visit], generator: torch.Generator
) -> Tensor:
    """The largest |lambda|max over the visits, [N].

    By power iteration, the visits of a row share it: all happen near one point, so that a direction which one Jacobian
    stretches, with some of the random start, is a good start for the next. A row where a vector has grown is rejected,
    with a lower estimate; else the iteration is brought to its end at the row's most stretching visits alone.
    """
    if method is EigenvalueMethod.EXACT:
        values = [exact_eigenvalue(denoiser, visit.features, visit.noisy) for visit in visits]
        return torch.stack(values).amax(0)
    shape = visits[0].noisy.shape
    start = torch.randn(shape, generator=generator, device=generator.device)
    start = start / start.norm(dim=-1, keepdim=True)
    growths, directions = [], []
    direction = torch.zeros_like(start)
    for step, visit in enumerate(visits):
        apply = visit.apply or linearise(denoiser, visit.features, visit.noisy)[1]
        mixed = direction + 0.5 * start  # a visit may map everything to zero
        steps = 1 if step else 2  # the first vector is nothing but random
        growth, direction = power_iteration(apply, mixed / mixed.norm(dim=-1, keepdim=True), steps)
        growths.append(growth)
        directions.append(direction)
    growth, direction = torch.stack(growths), torch.stack(directions)  # [m, N], [m, N, s]
    leading = torch.zeros_like(growth, dtype=torch.bool)
    leading.scatter_(0, growth.topk(min(LEADING, len(visits)), dim=0).indices, True)
    leading &= (growth.amax(0) > NEGLIGIBLE) & (growth.amax(0) < 1)
    if not bool(leading.any()):
        return growth.amax(0)
    final = _go_on(denoiser, visits, direction, leading)
    return growth.masked_fill(leading.any(0), 0.0).masked_scatter(leading, final).amax(0)


def _go_on(denoiser: Denoiser, visits: Sequence[Visit], direction: Tensor, points: Tensor) -> Tensor:
    """Power iteration to its end for chosen points [m, N] of all visits."""
    features = torch.cat([visit.features[chosen] for visit, chosen in zip(visits, points, strict=True)])
    noisy = torch.cat([visit.noisy[chosen] for visit, chosen in zip(visits, points, strict=True)])
    _, apply = linearise(denoiser, features, noisy)
    return power_iteration(apply, direction[points], max(FINAL_STEPS, POWER_STEPS - 1 - len(visits)))[0]


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
