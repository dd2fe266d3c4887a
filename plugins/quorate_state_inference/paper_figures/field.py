"""The vector fields of Fig. 1: where each agent's denoiser sends noisy states, in two features of the state."""

from dataclasses import dataclass

import torch
from torch import Tensor

from quorate.errors import QuorateError
from quorate_state_inference.dataset import Dataset
from quorate_state_inference.paper_figures.attractors import Attractors, eigenvalues, find_attractors
from quorate_state_inference.paper_figures.consistency import RADIUS
from quorate_state_inference.paper_figures.subject import Subject, consistent

ARROWS = 150
NOISES = 2000
PANELS = 4
SEEN = 0.01
"""Attractors that draw less than this share of the noises are not drawn."""


@dataclass(frozen=True)
class Point:
    """An attractor: where it is, the share of noises that it draws, and what it is.

    `kind` is ``true`` (at the true state), ``consistent`` (at another state consistent with the history),
    ``spurious``, or ``other`` (not at the true state, and what is consistent is not known). `exact` is the posterior
    probability of its state, where that is known.
    """

    at: list[float]
    mass: float
    kind: str
    exact: float | None


@dataclass(frozen=True)
class Field:
    """One agent's panel.

    Attributes:
        label: whose history, and what was observed.
        start: [N, 2], noisy states in the two features.
        end: [N, 2], the denoised ones.
        points: the attractors.
    """

    label: str
    start: Tensor
    end: Tensor
    points: list[Point]


@dataclass(frozen=True)
class VectorFields:
    """One joint history: the true state [s], the two features shown, and a panel for each of some agents."""

    state: Tensor
    features: tuple[int, int]
    fields: list[Field]

    def summary(self) -> dict[str, int]:
        """How many attractors of each kind were drawn."""
        kinds = [point.kind for field in self.fields for point in field.points]
        return {"agents": len(self.fields)} | {kind: kinds.count(kind) for kind in sorted(set(kinds))}


@torch.no_grad()
def vector_fields(subject: Subject) -> VectorFields:
    """The fields at the most ambiguous joint history, for the agents that know most and least."""
    row = pick_row(subject)
    histories, state = subject.identified(row.windows)[0], row.states[0]
    features = pick_features(subject, histories, state)
    histories = histories[pick_agents(subject, histories)]
    randomness = subject.randomness("field")
    size = len(histories), NOISES if subject.is_small else NOISES // 4, len(state)
    noise = torch.randn(size, generator=randomness, device=randomness.device)
    attractors = find_attractors(subject.denoiser, histories, noise, subject.effort.iterations)
    stable = eigenvalues(subject.denoiser, histories, attractors) < 1
    start = noise[:, :ARROWS]
    end = subject.denoiser(histories[:, None], start)
    shown = list(features)
    fields = [
        Field(
            subject.describe(history),
            start[index][:, shown],
            end[index][:, shown],
            _points(subject, attractors, stable, index, history, state, shown, size[1]),
        )
        for index, history in enumerate(histories)
    ]
    return VectorFields(state, features, fields)


def pick_row(subject: Subject) -> Dataset:
    """The joint history that leaves most states open; of equals, the state whose first features are largest."""
    rows = subject.joint_rows
    rows = rows.rows(torch.arange(min(len(rows), 1000), device=rows.states.device))
    order = torch.arange(len(rows), device=rows.states.device)
    for feature in range(min(8, rows.states.shape[1]) - 1, -1, -1):
        order = order[rows.states[order, feature].argsort(descending=True, stable=True)]
    if subject.posterior is not None:
        open_states = consistent(subject.posterior, subject.identified(rows.windows)).sum(-1)
        order = order[open_states[order].argsort(descending=True, stable=True)]
    return rows.rows(order[:1])


def pick_features(subject: Subject, histories: Tensor, state: Tensor) -> tuple[int, int]:
    """The two features that are most probable given the joint history; without a posterior, the largest ones.

    Raises:
        QuorateError: where the state has one feature only.
    """
    if len(state) < 2:
        raise QuorateError("the state has one feature only, and the picture needs two")
    values = state
    if subject.posterior is not None:
        values = subject.posterior.log_probability(histories[None])[0].exp() @ subject.posterior.states
    first, second = sorted(values.argsort(descending=True, stable=True)[:2].tolist())
    return first, second


def pick_agents(subject: Subject, histories: Tensor) -> list[int]:
    """All of up to four agents; of more, two with fewest and two with most consistent states."""
    if len(histories) <= PANELS:
        return list(range(len(histories)))
    if subject.posterior is None:
        return list(range(PANELS))
    open_states = consistent(subject.posterior, histories[:, None]).sum(-1)
    order = open_states.argsort(stable=True).tolist()
    middle = next((agent for agent in order if open_states[agent] > open_states[order[0]]), order[1])
    return [order[0], order[1] if order[1] != middle else order[2], middle, order[-1]]


def _points(
    subject: Subject,
    attractors: Attractors,
    stable: Tensor,
    index: int,
    history: Tensor,
    state: Tensor,
    shown: list[int],
    starts: int,
) -> list[Point]:
    mass = attractors.mass(starts)
    chosen = ((attractors.owner == index) & (mass >= SEEN) & stable).nonzero()[:, 0]
    chosen = chosen[mass[chosen].argsort(descending=True)]
    points = attractors.points[chosen]
    at_truth = (points - state).norm(dim=-1) < RADIUS
    kinds = ["true" if here else "other" for here in at_truth.tolist()]
    exact: list[float | None] = [None] * len(points)
    if subject.posterior is not None and len(points):
        log_p, states = subject.posterior.log_probability(history[None]), subject.posterior.states
        allowed = consistent(subject.posterior, history[None])
        best = torch.cdist(points, states).masked_fill(~allowed, torch.inf).min(-1)
        near = (best.values < RADIUS).tolist()
        kinds = [_kind(true, ok) for true, ok in zip(at_truth.tolist(), near, strict=True)]
        exact = [float(log_p[k].exp()) if ok else None for k, ok in zip(best.indices.tolist(), near, strict=True)]
    where = points[:, shown].tolist()
    return [Point(*values) for values in zip(where, mass[chosen].tolist(), kinds, exact, strict=True)]


def _kind(at_truth: bool, at_consistent: bool) -> str:
    if not at_consistent:
        return "spurious"
    return "true" if at_truth else "consistent"
