"""Whether the observations reveal of the state what is declared, and no more."""

from collections.abc import Sequence

import torch
from torch import Tensor

from quorate.environments.from_parallel import ParallelRows
from quorate.interfaces import EnvironmentSpec, Observability, Step
from quorate.testing.environment.pairs import Pairs, Verdict, judge
from quorate.testing.environment.play import opened, play
from quorate.testing.framework import CheckSkippedError, Subject, expect

_NATIVE, _BRIDGED = (64, 4, 20), (8, 8, 12)
"""Rows, resets and steps after each: enough to tell, and for an environment of one row at a time soon done."""


def observability(subject: Subject) -> None:
    """What is declared is true in random play: ``full``, ``collective`` or ``partial``.

    Thousands of pairs of observations and states are collected. Observations determine states if equal ones always
    come with equal states, or, where they hardly repeat, if a predictor (linear, quadratic, or of the nearest
    neighbour) that has seen half of the episodes tells every feature of the state in the others.

    - Declared partial: neither an agent's own nor the joint observation may determine the state. Whoever believes to
      study partial observability would study something else. (The joint observation is left out where the state is
      made of the observations, as the PettingZoo bridge has it for environments without a state.)
    - Declared collective: not every agent's own observation may; and the joint observation may not leave the state
      open, that is, come with two different states.
    - Declared full: no agent's own observation may leave the state open.
    """
    with opened(subject, 1) as one:
        batch, resets, length = _BRIDGED if isinstance(one, ParallelRows) else _NATIVE
    with opened(subject, batch) as environment:
        declared = environment.spec
        played = [play(environment, number, length, start=1000 * number).steps for number in range(resets)]
    steps = [step for part in played for step in part]
    joint = judge(_joint(declared, steps, length))
    if joint.told == "the state never changes":
        raise CheckSkippedError(joint.told)
    own = [judge(_own(declared, steps, length, index)) for index in range(declared.agent_count)]
    _JUDGES[declared.observability](declared, joint, own)


def _partial(spec: EnvironmentSpec, joint: Verdict, own: Sequence[Verdict]) -> None:
    for agent, verdict in zip(spec.agents, own, strict=True):
        wanted = "observations that leave the state open, as the environment is declared partial"
        found = f"the observation of agent {agent!r} alone determines the state: {verdict.told}"
        expect(not verdict.determined, wanted, found)
    if "observations" not in spec.state_source:
        wanted = "observations that together leave the state open, as the environment is declared partial"
        found = f"the joint observation determines the state (declare it collective?): {joint.told}"
        expect(not joint.determined, wanted, found)


def _collective(spec: EnvironmentSpec, joint: Verdict, own: Sequence[Verdict]) -> None:
    wanted = "a joint observation that determines the state, as the environment is declared collective"
    expect(not joint.open, wanted, f"{joint.told}, so it is partial")
    every = all(verdict.determined for verdict in own)
    wanted = "an agent that does not see all, as the environment is declared collective and not full"
    expect(not every, wanted, f"each agent's own observation determines the state: {own[0].told}")


def _full(spec: EnvironmentSpec, joint: Verdict, own: Sequence[Verdict]) -> None:
    wanted = "observations that determine the state, each agent's own, as the environment is declared full"
    for agent, verdict in zip(spec.agents, own, strict=True):
        expect(not verdict.open, wanted, f"that of agent {agent!r} does not: {verdict.told}")


_JUDGES = {Observability.PARTIAL: _partial, Observability.COLLECTIVE: _collective, Observability.FULL: _full}


def _joint(spec: EnvironmentSpec, steps: list[Step], length: int) -> Pairs:
    real = torch.arange(spec.observation_size) < torch.tensor(spec.observation_sizes)[:, None]
    observed = torch.cat([step.observation.cpu()[:, real] for step in steps])
    return _pairs(observed, steps, length, torch.ones(len(observed), dtype=torch.bool))


def _own(spec: EnvironmentSpec, steps: list[Step], length: int, index: int) -> Pairs:
    size = spec.observation_sizes[index]
    observed = torch.cat([step.observation.cpu()[:, index, :size] for step in steps])
    alive = torch.cat([_alive(step, index) for step in steps])
    return _pairs(observed, steps, length, alive)


def _alive(step: Step, index: int) -> Tensor:
    everyone = torch.ones(step.state.shape[0], dtype=torch.bool)
    return everyone if step.agent_mask is None else step.agent_mask[:, index].cpu()


def _pairs(observed: Tensor, steps: list[Step], length: int, kept: Tensor) -> Pairs:
    batch = steps[0].state.shape[0]
    ends = torch.stack([step.ended.cpu() for step in steps])
    for reset in range(0, len(steps), length + 1):
        ends[reset] = True
    number = ends.long().cumsum(0) * batch + torch.arange(batch)
    beginning = torch.arange(len(steps)) // (length + 1)
    test = (beginning % 2 == 1)[:, None].expand(-1, batch).flatten()
    state = torch.cat([step.state.cpu() for step in steps])
    return Pairs(observed[kept].float(), state[kept].float(), number.flatten()[kept], test[kept])
