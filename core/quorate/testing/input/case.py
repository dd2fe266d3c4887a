"""A policy input and the steps of a tiny world."""

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from quorate.errors import QuorateError
from quorate.interfaces import Environment, InputContext, InputTracker, PolicyInput, Step
from quorate.seeding import generator
from quorate.testing.framework import CheckSkippedError, Subject
from quorate.testing.support import Silence, held_randomness, identical, tiny_world

ROWS, STEPS = 12, 16


@dataclass
class Case:
    """A policy input and the steps of a world, the first of them a reset, with the actions that led to the others."""

    made: PolicyInput
    steps: list[Step]
    actions: list[Tensor]
    world: Environment

    def tracker(self, seed: int = 0) -> InputTracker:
        """A new one."""
        return self.made.tracker(ROWS, seed)

    def before(self, index: int) -> InputTracker:
        """A new tracker that has seen all steps before one, at least the first."""
        tracker = self.tracker()
        tracker.reset(self.steps[0])
        for at in range(1, index):
            self.observe(tracker, at)
        return tracker

    def observe(self, tracker: InputTracker, index: int, step: Step | None = None) -> tuple[Tensor, Tensor]:
        """What a tracker says of a step, or of another in its place, after it was told the action."""
        tracker.told(self.actions[index - 1])
        return tracker.observe(self.steps[index] if step is None else step)

    def trace(self, change: Callable[[Step], Step] = lambda step: step) -> list[tuple[Tensor, Tensor]]:
        """What a new tracker says at every step: what is seen now, and what followed the action."""
        with held_randomness():
            tracker = self.tracker()
            first = tracker.reset(change(self.steps[0]))
            later = enumerate(map(change, self.steps[1:]), start=1)
            return [(first, first), *(self.observe(tracker, index, step) for index, step in later)]


def make_case(subject: Subject) -> Case:
    """Build the subject; skip one that needs more than a tiny world."""
    world = tiny_world(ROWS, stop=0.3, error=0.1)
    try:
        made = subject.component.build(InputContext(world, 0, torch.device("cpu"), Silence()))
    except QuorateError as error:
        raise CheckSkippedError(f"it can not be built in tiny/world-v1: {error.problem}") from None
    randomness = generator(0, "play")
    played = [torch.randint(2, (ROWS, 2), generator=randomness) for _ in range(STEPS)]
    return Case(made, [world.reset(0), *map(world.step, played)], played, world)


def repeatable(case: Case) -> Case:
    """Skip inputs that draw random numbers: those of two trackers can not be compared."""
    with held_randomness():
        one, two = (case.tracker(seed).reset(case.steps[0]) for seed in range(2))
    if not identical(one, two):
        raise CheckSkippedError("it draws random numbers, so that two trackers can not be compared")
    return case


def undeclared(case: Case, subject: Subject) -> Case:
    """Skip an input that is declared to need the state."""
    if subject.component.tags.get("requires", {}).get("state"):
        raise CheckSkippedError("its tags say that it needs the state")
    return case


def unended(step: Step) -> Step:
    """The same step, had no episode ended."""
    assert step.final_observation is not None
    assert step.final_state is not None
    nothing = torch.zeros_like(step.terminated)
    return Step(step.final_observation, step.final_state, step.reward, nothing, nothing, step.action_mask)


def replaced(step: Step, change: Callable[[Tensor], Tensor], *, states: bool = True) -> Step:
    """The step with other observations, and other states where the change is one of rows."""
    final = step.final_observation
    changed = dataclasses.replace(
        step, observation=change(step.observation), final_observation=None if final is None else change(final)
    )
    if states:
        last = step.final_state
        changed.state, changed.final_state = change(step.state), None if last is None else change(last)
    return changed
