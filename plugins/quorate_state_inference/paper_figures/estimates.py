"""What agents infer alone, in part and together: one state's estimates, and errors by number of agents."""

from dataclasses import dataclass

import torch
from torch import Tensor

from quorate_state_inference.metrics import exact_states, psnr
from quorate_state_inference.paper_figures.subject import Subject
from quorate_state_inference.schemes.composite import PartialComposite
from quorate_state_inference.settings import PartialCompositeSettings

CYCLES = 4
"""Denoiser calls for each agent there is; groups of all sizes make equally many calls."""
POINTS = 7
"""Group sizes on the curve, at most."""


@dataclass(frozen=True)
class Inferred:
    """What a group of agents infers.

    Attributes:
        label: who they are.
        estimate: [s].
        exact: thresholding gives the true state.
    """

    label: str
    estimate: Tensor
    exact: bool


@dataclass(frozen=True)
class Estimates:
    """Composites of growing groups.

    Attributes:
        state: [s], the true one.
        inferred: one agent's, half of the agents' and all agents' estimates of it.
        sizes: of random groups, drawn anew for each row.
        psnr: dB for each size.
        exact: share of exact states for each size, or NaN where states are not binary.
        rows: joint histories behind each number.
    """

    state: Tensor
    inferred: list[Inferred]
    sizes: list[int]
    psnr: list[float]
    exact: list[float]
    rows: int

    def summary(self) -> dict[str, float]:
        """PSNR and exact states by number of agents."""
        numbers = {f"psnr of {size} agents": value for size, value in zip(self.sizes, self.psnr, strict=True)}
        return numbers | {f"exact of {size} agents": value for size, value in zip(self.sizes, self.exact, strict=True)}


def estimates(subject: Subject) -> Estimates:
    """Infer the states of evaluation rows with groups of one agent to all; the first row is shown."""
    rows = subject.evaluation.rows(torch.arange(min(len(subject.evaluation), subject.effort.rows)))
    histories, count = subject.identified(rows.windows), subject.layout.agents
    groups = {f"agent {subject.environment.spec.agents[count // 2]} alone": [count // 2]}
    groups |= {f"{count // 2} of {count} agents": list(range(count // 2))} if count > 3 else {}
    groups |= {f"all {count} agents": list(range(count))}
    inferred = []
    for label, agents in groups.items():
        estimate = _infer(subject, histories[:1], agents=agents)[0]
        inferred.append(Inferred(label, estimate, bool(exact_states(estimate, rows.states[0]))))
    sizes = sorted({max(1, round(count * part / (POINTS - 1))) for part in range(POINTS)})
    found = [_infer(subject, histories, count=size) for size in sizes]
    exact = [float(exact_states(each, rows.states).float().mean()) for each in found]
    if not subject.environment.spec.binary_state:
        exact = [float("nan")] * len(sizes)
    return Estimates(rows.states[0], inferred, sizes, [psnr(each, rows.states) for each in found], exact, len(rows))


def _infer(subject: Subject, histories: Tensor, *, agents: list[int] | None = None, count: int = 0) -> Tensor:
    steps = CYCLES * subject.layout.agents
    settings = PartialCompositeSettings(steps=steps, checks=False, agents=agents or [], count=count)
    return PartialComposite(settings).infer(subject.denoiser, histories, subject.randomness("estimates")).states[:, 0]
