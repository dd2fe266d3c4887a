"""Checks of inference schemes, with the exact denoiser of a tiny world in which all agents together know the state."""

from dataclasses import dataclass

import torch
from torch import Tensor

from quorate.interfaces import Estimate, HistoryBuffer, HistoryLayout, InferenceScheme
from quorate.interfaces.posterior import Enumerable
from quorate.seeding import generator
from quorate.testing.exact import PosteriorMean
from quorate.testing.framework import Check, CheckSkippedError, Subject, expect
from quorate.testing.support import (
    check_tensor,
    close,
    held_randomness,
    identical,
    largest_change,
    tiny_world,
    untouched_randomness,
)

AGENTS = 3
ROWS = 24


@dataclass
class _Case:
    """A scheme, and histories [B, n, h] of known states [B, s]; agent i knows the features i and i + 1 for certain."""

    scheme: InferenceScheme
    denoiser: PosteriorMean
    layout: HistoryLayout
    histories: Tensor
    states: Tensor

    def infer(self, histories: Tensor | None = None, *, seed: int = 0, trajectory: bool = False) -> Estimate:
        """With a generator of a seed; what wrongly asks the global generators repeats itself."""
        given = self.histories if histories is None else histories
        with held_randomness():
            return self.scheme.infer(self.denoiser, given, generator(seed), trajectory=trajectory)

    def others(self, agent: int) -> Tensor:
        """The histories, those of one agent reporting the contrary."""
        steps = self.layout.observations(self.histories)
        contrary = torch.cat([torch.ones_like(steps[..., :1]), 1 - steps], -1).flatten(-2)
        changed = self.histories.clone()
        changed[:, agent] = self.layout.identify(contrary)[:, agent]
        return changed

    def influence(self) -> Tensor:
        """bool [n, B, e]: which estimates are others where an agent's history is another."""
        base = self.infer().states
        changed = torch.stack([self.infer(self.others(agent)).states for agent in range(AGENTS)])
        return (base - changed).abs().amax(-1) > 1e-5


def _shapes(subject: Subject) -> None:
    """Estimates are [B, e, s] with e = 1 or n, finite, and need no gradient; `calls` is a positive number.

    `accepted` (bool), `eigenvalue` and `residual` are [B, e] or None; the trajectory is [T + 1, B, e, s] and ends
    with the estimates where it is asked for, and else None.
    """
    case = _case(subject)
    estimate, traced = case.infer(), case.infer(trajectory=True)
    fits = estimate.states.dim() == 3 and estimate.states.shape[1] in (1, AGENTS)
    found = f"{(*estimate.states.shape,)}"
    expect(fits, f"estimates of shape [{ROWS}, e, {AGENTS + 1}], e = 1 or {AGENTS}", found)
    count = estimate.states.shape[1]
    check_tensor("the estimates", estimate.states, (ROWS, count, AGENTS + 1))
    expect(not estimate.states.requires_grad, "estimates without gradients", "some that require them")
    if estimate.accepted is not None:
        check_tensor("`accepted`", estimate.accepted, (ROWS, count), torch.bool)
    for name in ("eigenvalue", "residual"):
        value = getattr(estimate, name)
        if value is not None:
            expect(value.shape == (ROWS, count), f"`{name}` of shape {(ROWS, count)}", f"{(*value.shape,)}")
    expect(estimate.trajectory is None, "no trajectory where none is asked for", "one")
    expect(traced.trajectory is not None, "a trajectory where it is asked for", "none")
    if traced.trajectory is not None:
        length = len(traced.trajectory)
        check_tensor("the trajectory", traced.trajectory, (length, *estimate.states.shape))
        expect(close(traced.trajectory[-1], traced.states), "a trajectory that ends with the estimate", "another end")
    calls = case.scheme.calls(AGENTS)
    expect(isinstance(calls, int) and calls > 0, "`calls` to be a positive number", f"{calls!r}")


def _generator(subject: Subject) -> None:
    """Equal generators give equal estimates, whatever the state of the global generators, which stay as they are."""
    case = _case(subject)
    with untouched_randomness("the scheme"):
        one = case.scheme.infer(case.denoiser, case.histories, generator(0)).states
    with held_randomness(1):
        two = case.scheme.infer(case.denoiser, case.histories, generator(0)).states
    expect(identical(one, two), "equal estimates from equal generators", f"a change of {largest_change(one, two):.2g}")


def _rows(subject: Subject) -> None:
    """The estimate of a row does not depend on the histories of the other rows (within 1e-5)."""
    case = _case(subject)
    changed = case.histories.clone()
    changed[1:] = changed[:1]
    one, two = case.infer().states[:1], case.infer(changed).states[:1]
    difference = largest_change(one, two)
    expect(close(one, two), "the same estimate whatever the other rows are", f"a change of {difference:.2g}")


def _truth(subject: Subject) -> None:
    """With the exact denoiser and reports without errors, estimates are right about what is known, in every row.

    Rounded, a joint estimate is the true state; that of some of the agents (the settings `agents` or `count`, where a
    scheme has them) has the features that those see. An estimate that an agent makes alone has the features that this
    agent sees. 2410.13953, Definitions 2 and 6: what contradicts a history is no fixed point of its denoiser.
    """
    case = _case(subject)
    states = case.infer().states
    known = _known(case, subject, states.shape[1])
    wrong = (states.round() != case.states[:, None]) & known
    share = float(wrong.any(-1).float().mean())
    whose = "what all agents know" if states.shape[1] == 1 else "what each agent knows"
    expect(not bool(wrong.any()), f"estimates that are right about {whose}", f"{share:.0%} of them that are not")


def _participants(subject: Subject) -> None:
    """Whoever does not take part has no influence.

    Where each agent estimates alone, the histories of the others change nothing. Of a scheme whose settings say which
    `agents` take part, those of the others change nothing; of one whose settings say how many do (`count`), in no row
    more histories than that change anything.
    """
    case = _case(subject)
    base = case.infer().states
    influence = case.influence()
    chosen, count = _partial(subject)
    if base.shape[1] == AGENTS and AGENTS > 1:
        foreign = influence & ~torch.eye(AGENTS, dtype=torch.bool)[:, None]
        expect(not bool(foreign.any()), "estimates that depend on their own agent's history alone", "others")
    elif chosen:
        outside = [agent for agent in range(AGENTS) if agent not in chosen and bool(influence[agent].any())]
        expect(not outside, f"that only agents {chosen} have influence", f"that agents {outside} have some too")
    elif count:
        most = int(influence[..., 0].sum(0).max())
        expect(most <= count, f"at most {count} agents with influence in each row", f"{most}")
    else:
        raise CheckSkippedError("all agents take part in its one estimate")


def _known(case: _Case, subject: Subject, count: int) -> Tensor:
    """bool [B, e, s]: the features that an estimate must have right."""
    sees = torch.zeros(AGENTS, AGENTS + 1, dtype=torch.bool)
    for agent in range(AGENTS):
        sees[agent, agent : agent + 2] = True
    chosen, number = _partial(subject)
    if count == AGENTS:
        return sees.expand(ROWS, -1, -1)
    if chosen:
        return sees[chosen].any(0).expand(ROWS, 1, -1)
    if number:
        return (case.influence()[..., 0].T[..., None] & sees).any(1)[:, None]
    return torch.ones(ROWS, 1, AGENTS + 1, dtype=torch.bool)


def _partial(subject: Subject) -> tuple[list[int], int]:
    """The agents that take part by the settings, or how many; nobody and 0 where the settings do not say."""
    settings = subject.component.settings
    return list(getattr(settings, "agents", None) or []), int(getattr(settings, "count", 0) or 0)


def _case(subject: Subject) -> _Case:
    environment = tiny_world(ROWS, agents=AGENTS)
    assert isinstance(environment, Enumerable)
    layout = HistoryLayout.of(environment.spec, 1)
    step = environment.reset(0)
    buffer = HistoryBuffer(layout, ROWS, "cpu")
    buffer.push(step.observation)
    denoiser = PosteriorMean(environment.posterior(layout))
    return _Case(subject.component.build(), denoiser, layout, buffer.histories, step.state)


CHECKS: tuple[Check, ...] = (
    Check("inference", "shapes", "Estimates and what is said of them have the shapes of `Estimate`.", _shapes),
    Check("inference", "generator", "All randomness comes from the generator that is given.", _generator),
    Check("inference", "rows", "The rows of a batch do not influence each other.", _rows),
    Check("inference", "truth", "With an exact denoiser, estimates are right about what is known.", _truth),
    Check("inference", "participants", "Agents that take no part have no influence.", _participants),
)
