"""What inputs may depend on: no other row, nothing undeclared, no global generator."""

import dataclasses

import torch

from quorate.codec import decode, encode
from quorate.interfaces import Step
from quorate.testing.framework import CheckSkippedError, Subject, expect
from quorate.testing.input.case import STEPS, make_case, replaced, undeclared
from quorate.testing.support import close, expect_identical, held_randomness, identical, untouched_randomness


def check_rows(subject: Subject) -> None:
    """What a row sees does not depend on what happens in the other rows."""
    case = make_case(subject)

    def disturbed(step: Step) -> Step:
        return replaced(step, lambda values: torch.cat([values[:1], 1 - values[1:]]))

    pairs = zip(case.trace(), case.trace(disturbed), strict=True)
    same = all(close(one[0][:1], two[0][:1]) and close(one[1][:1], two[1][:1]) for one, two in pairs)
    expect(same, "a row's input not to depend on the other rows", "that it does")


def check_state(subject: Subject) -> None:
    """An input whose row does not say ``requires: {state: true}`` does not change when the state alone changes."""
    case = undeclared(make_case(subject), subject)

    def corrupted(step: Step) -> Step:
        final = None if step.final_state is None else 1 - step.final_state
        return dataclasses.replace(step, state=1 - step.state, final_state=final)

    same = all(identical(one, two) for one, two in zip(case.trace(), case.trace(corrupted), strict=True))
    expect(same, "inputs that do not depend on the state", "that they change with it; tag it `requires: {state: true}`")


def check_own(subject: Subject) -> None:
    """An agent's input does not depend on what others observe and do, unless the row's tags say so.

    They do with ``requires: {state: true}``, or with ``communicates: true``.
    """
    case = undeclared(make_case(subject), subject)
    if subject.component.tags.get("communicates"):
        raise CheckSkippedError("its tags say that agents communicate")

    def disturbed(step: Step) -> Step:
        return replaced(step, lambda values: torch.cat([values[:, :1], 1 - values[:, 1:]], 1), states=False)

    acted = [torch.cat([actions[:, :1], 1 - actions[:, 1:]], 1) for actions in case.actions]
    pairs = zip(case.trace(), dataclasses.replace(case, actions=acted).trace(disturbed), strict=True)
    same = all(close(one[0][:, :1], two[0][:, :1]) and close(one[1][:, :1], two[1][:, :1]) for one, two in pairs)
    expect(
        same,
        "an agent's input not to depend on what others observe and do",
        "that it does; tag it `communicates: true`",
    )


def check_resumes(subject: Subject) -> None:
    """A new input and tracker go on bit for bit from `state_dict`, which holds tensors and plain data only."""
    case, other = make_case(subject), make_case(subject)
    with held_randomness():
        tracker = case.before(STEPS // 2)
        state = decode(*encode({"input": case.made.state_dict(), "tracker": tracker.state_dict()}))
        resumed = other.tracker(seed=1)
        resumed.reset(case.steps[1])
        other.made.load_state_dict(state["input"])
        resumed.load_state_dict(state["tracker"])
        for index in range(STEPS // 2, len(case.steps)):
            one, two = case.observe(tracker, index), case.observe(resumed, index)
            expect_identical(one, two, "the same inputs bit for bit after loading", "a difference in {}")


def check_generator(subject: Subject) -> None:
    """The global generators stay as they are; what a tracker draws comes from its seed."""
    case = make_case(subject)
    with untouched_randomness("the tracker"):
        case.before(len(case.steps))
