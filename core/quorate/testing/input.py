"""Checks of policy inputs, in a tiny world whose episodes end at different times."""

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from quorate.errors import QuorateError
from quorate.interfaces import Environment, InputContext, InputTracker, PolicyInput, Step
from quorate.run.codec import decode, encode
from quorate.seeding import generator
from quorate.testing.framework import Check, CheckSkippedError, Subject, expect
from quorate.testing.support import (
    Silence,
    check_tensor,
    close,
    first_difference,
    held_randomness,
    identical,
    tiny_world,
    untouched_randomness,
)

ROWS = 12
STEPS = 16


@dataclass
class _Case:
    """A policy input and the steps of a world, the first of them a reset."""

    made: PolicyInput
    steps: list[Step]
    world: Environment

    def tracker(self, seed: int = 0) -> InputTracker:
        return self.made.tracker(ROWS, seed)

    def trace(self, change: Callable[[Step], Step] = lambda step: step) -> list[tuple[Tensor, Tensor]]:
        """What a new tracker says at every step: what is seen now, and what followed the action."""
        with held_randomness():
            tracker = self.tracker()
            first = tracker.reset(change(self.steps[0]))
            return [(first, first), *(tracker.observe(change(step)) for step in self.steps[1:])]


def _shapes(subject: Subject) -> None:
    """`reset` gives float32 [B, n, f], `observe` two of them, finite, with f as `size` says; `description` is text."""
    case = _case(subject)
    shape = (ROWS, case.world.spec.agent_count, case.made.size)
    for now, following in case.trace():
        check_tensor("what policies see now", now, shape)
        check_tensor("what followed the action", following, shape)
    text = case.made.description
    expect(isinstance(text, str) and bool(text.strip()), "a `description` in words", repr(text))


def _endings(subject: Subject) -> None:
    """What followed an action comes from the old episode, in rows that ended too.

    It is what `observe` gives for the same step, had no episode ended; in rows that went on, what is seen now.
    """
    case = _repeatable(_case(subject))
    for before, step in zip(_prefixes(case), case.steps[1:], strict=True):
        if step.final_observation is None:
            continue
        with held_randomness():
            now, following = before().observe(step)
            _, wanted = before().observe(_unended(step))
        expect(close(following, wanted), "what followed in rows that ended to be of the old episode", "something else")
        same = close(now[~step.ended], following[~step.ended])
        expect(same, "the same now and in what followed, in rows that went on", "a difference")


def _beginnings(subject: Subject) -> None:
    """Rows that ended start anew: what they see is what a new tracker sees that begins there, and so from then on.

    So it is for all rows after a `reset`.
    """
    case = _repeatable(_case(subject))
    tracker = case.tracker()
    with held_randomness():
        tracker.reset(case.steps[0])
        for index, step in enumerate(case.steps[1:], start=1):
            now, _ = tracker.observe(step)
            if bool(step.ended.any()):
                fresh = case.tracker()
                _agree(now, fresh.reset(step), step.ended)
                later = tracker.state_dict()
                _follow(case, fresh, later, index, step.ended)
        tracker.reset(case.steps[0])
        fresh = case.tracker()
        fresh.reset(case.steps[0])
        for step in case.steps[1:3]:
            _agree(tracker.observe(step)[0], fresh.observe(step)[0], torch.ones(ROWS, dtype=torch.bool))


def _rows(subject: Subject) -> None:
    """What a row sees does not depend on what happens in the other rows."""
    case = _case(subject)

    def disturbed(step: Step) -> Step:
        return _replace(step, lambda values: torch.cat([values[:1], 1 - values[1:]]))

    pairs = zip(case.trace(), case.trace(disturbed), strict=True)
    same = all(close(one[0][:1], two[0][:1]) and close(one[1][:1], two[1][:1]) for one, two in pairs)
    expect(same, "a row's input not to depend on the other rows", "that it does")


def _state(subject: Subject) -> None:
    """An input whose row does not say ``requires: {state: true}`` does not change when the state alone changes."""
    case = _undeclared(_case(subject), subject)

    def corrupted(step: Step) -> Step:
        final = None if step.final_state is None else 1 - step.final_state
        return dataclasses.replace(step, state=1 - step.state, final_state=final)

    same = all(identical(one, two) for one, two in zip(case.trace(), case.trace(corrupted), strict=True))
    expect(same, "inputs that do not depend on the state", "that they change with it; tag it `requires: {state: true}`")


def _own(subject: Subject) -> None:
    """An agent's input does not depend on what others observe, unless the row's tags say so.

    They do with ``requires: {state: true}``, or with ``communicates: true``.
    """
    case = _undeclared(_case(subject), subject)
    if subject.component.tags.get("communicates"):
        raise CheckSkippedError("its tags say that agents communicate")

    def disturbed(step: Step) -> Step:
        return _replace(step, lambda values: torch.cat([values[:, :1], 1 - values[:, 1:]], 1), states=False)

    pairs = zip(case.trace(), case.trace(disturbed), strict=True)
    same = all(close(one[0][:, :1], two[0][:, :1]) and close(one[1][:, :1], two[1][:, :1]) for one, two in pairs)
    expect(same, "an agent's input not to depend on what others observe", "that it does; tag it `communicates: true`")


def _resumes(subject: Subject) -> None:
    """A new input and tracker go on bit for bit from `state_dict`, which holds tensors and plain data only."""
    case, other = _case(subject), _case(subject)
    tracker = case.tracker()
    with held_randomness():
        tracker.reset(case.steps[0])
        for step in case.steps[1 : STEPS // 2]:
            tracker.observe(step)
        state = decode(*encode({"input": case.made.state_dict(), "tracker": tracker.state_dict()}))
        resumed = other.tracker(seed=1)
        resumed.reset(case.steps[1])
        other.made.load_state_dict(state["input"])
        resumed.load_state_dict(state["tracker"])
        for step in case.steps[STEPS // 2 :]:
            one, two = tracker.observe(step), resumed.observe(step)
            where = first_difference(list(one), list(two))
            expect(identical(one, two), "the same inputs bit for bit after loading", f"a difference in {where}")


def _generator(subject: Subject) -> None:
    """The global generators stay as they are; what a tracker draws comes from its seed."""
    case = _case(subject)
    with untouched_randomness("the tracker"):
        tracker = case.tracker()
        tracker.reset(case.steps[0])
        for step in case.steps[1:]:
            tracker.observe(step)


def _case(subject: Subject) -> _Case:
    world = tiny_world(ROWS, stop=0.3, error=0.1)
    try:
        made = subject.component.build(InputContext(world, 0, torch.device("cpu"), Silence()))
    except QuorateError as error:
        raise CheckSkippedError(f"it can not be built in tiny/world-v1: {error.problem}") from None
    randomness = generator(0, "play")
    played = [torch.randint(2, (ROWS, 2), generator=randomness) for _ in range(STEPS)]
    return _Case(made, [world.reset(0), *map(world.step, played)], world)


def _repeatable(case: _Case) -> _Case:
    """Skip inputs that draw random numbers: those of two trackers can not be compared."""
    with held_randomness():
        one, two = (case.tracker(seed).reset(case.steps[0]) for seed in range(2))
    if not identical(one, two):
        raise CheckSkippedError("it draws random numbers, so that two trackers can not be compared")
    return case


def _undeclared(case: _Case, subject: Subject) -> _Case:
    if subject.component.tags.get("requires", {}).get("state"):
        raise CheckSkippedError("its tags say that it needs the state")
    return case


def _prefixes(case: _Case) -> list[Callable[[], InputTracker]]:
    """For each step after the first, what makes a tracker that stands before it."""

    def before(index: int) -> Callable[[], InputTracker]:
        def make() -> InputTracker:
            tracker = case.tracker()
            tracker.reset(case.steps[0])
            for step in case.steps[1:index]:
                tracker.observe(step)
            return tracker

        return make

    return [before(index) for index in range(1, len(case.steps))]


def _unended(step: Step) -> Step:
    """The same step, had no episode ended."""
    assert step.final_observation is not None
    assert step.final_state is not None
    nothing = torch.zeros_like(step.terminated)
    return Step(step.final_observation, step.final_state, step.reward, nothing, nothing, step.action_mask)


def _follow(case: _Case, fresh: InputTracker, state: dict[str, Any], index: int, rows: Tensor) -> None:
    """Compare the next two steps, in rows that began here, with those of a tracker that began here."""
    tracker = case.tracker()
    tracker.reset(case.steps[0])
    tracker.load_state_dict(state)
    for step in case.steps[index + 1 : index + 3]:
        _agree(tracker.observe(step)[0], fresh.observe(step)[0], rows)


def _agree(now: Tensor, wanted: Tensor, rows: Tensor) -> None:
    same = close(now[rows], wanted[rows])
    expect(same, "rows that begin an episode to see what a new tracker sees", "something else, as of an old episode")


def _replace(step: Step, change: Callable[[Tensor], Tensor], *, states: bool = True) -> Step:
    """The step with other observations, and other states where the change is one of rows."""
    final = step.final_observation
    changed = dataclasses.replace(
        step, observation=change(step.observation), final_observation=None if final is None else change(final)
    )
    if states:
        last = step.final_state
        changed.state, changed.final_state = change(step.state), None if last is None else change(last)
    return changed


CHECKS: tuple[Check, ...] = (
    Check("input", "shapes", "Inputs have the size that is declared, and are finite.", _shapes),
    Check("input", "endings", "What follows an action is of its own episode.", _endings),
    Check("input", "beginnings", "Nothing is left of an old episode where a new one begins.", _beginnings),
    Check("input", "rows", "The rows of a batch do not influence each other.", _rows),
    Check("input", "state", "The state is not seen where that is not declared.", _state),
    Check("input", "own", "Others' observations are not seen where that is not declared.", _own),
    Check("input", "resumes", "Trackers go on bit for bit from their state.", _resumes),
    Check("input", "generator", "The global generators are not used.", _generator),
)
