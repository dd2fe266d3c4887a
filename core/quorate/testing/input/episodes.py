"""What policies see where episodes run, end and begin."""

from contextlib import suppress
from typing import Any

import torch
from torch import Tensor

from quorate.interfaces import InputTracker
from quorate.testing.framework import Subject, expect
from quorate.testing.input.case import ROWS, Case, make_case, repeatable, unended
from quorate.testing.support import check_tensor, close, held_randomness


def check_shapes(subject: Subject) -> None:
    """`reset` gives float32 [B, n, f], `observe` two of them, finite, with f as `size` says; `description` is text."""
    case = make_case(subject)
    shape = (ROWS, case.world.spec.agent_count, case.made.size)
    for now, following in case.trace():
        check_tensor("what policies see now", now, shape)
        check_tensor("what followed the action", following, shape)
    text = case.made.description
    expect(isinstance(text, str) and bool(text.strip()), "a `description` in words", repr(text))


def check_endings(subject: Subject) -> None:
    """What followed an action comes from the old episode, in rows that ended too.

    It is what `observe` gives for the same step, had no episode ended; in rows that went on, what is seen now.
    """
    case = repeatable(make_case(subject))
    for index, step in enumerate(case.steps[1:], start=1):
        if step.final_observation is None:
            continue
        with held_randomness():
            now, following = case.observe(case.before(index), index)
            _, wanted = case.observe(case.before(index), index, unended(step))
        expect(close(following, wanted), "what followed in rows that ended to be of the old episode", "something else")
        same = close(now[~step.ended], following[~step.ended])
        expect(same, "the same now and in what followed, in rows that went on", "a difference")


def check_beginnings(subject: Subject) -> None:
    """Rows that ended start anew: what they see is what a new tracker sees that begins there, and so from then on.

    So it is for all rows after a `reset`, and for some rows after a `restart`, where the tracker has one; the others
    stay where they are then.
    """
    case = repeatable(make_case(subject))
    with held_randomness():
        tracker = case.before(1)
        for index, step in enumerate(case.steps[1:], start=1):
            now, _ = case.observe(tracker, index)
            if bool(step.ended.any()):
                fresh = case.tracker()
                _agree(now, fresh.reset(step), step.ended)
                later = tracker.state_dict()
                _follow(case, fresh, later, index, step.ended)
        tracker.reset(case.steps[0])
        fresh = case.before(1)
        for index in (1, 2):
            seen, anew = (case.observe(one, index)[0] for one in (tracker, fresh))
            _agree(seen, anew, torch.ones(ROWS, dtype=torch.bool))
        with suppress(NotImplementedError):
            _restart(case)


def _follow(case: Case, fresh: InputTracker, state: dict[str, Any], index: int, rows: Tensor) -> None:
    """Compare the next two steps, in rows that began here, with those of a tracker that began here."""
    tracker = case.before(1)
    tracker.load_state_dict(state)
    for later in range(index + 1, min(index + 3, len(case.steps))):
        _agree(case.observe(tracker, later)[0], case.observe(fresh, later)[0], rows)


def _restart(case: Case) -> None:
    """Begin anew in some rows, out of turn: those see what a new tracker sees, the others what they had seen anyway."""
    rows = torch.arange(ROWS) % 3 == 0
    trackers = restarted, _, fresh = case.before(2), case.before(2), case.tracker()
    _agree(restarted.restart(case.steps[0], rows), fresh.reset(case.steps[0]), rows)
    for index in (2, 3):
        now, anyway, anew = (case.observe(tracker, index)[0] for tracker in trackers)
        _agree(now, anew, rows)
        same = close(now[~rows], anyway[~rows])
        expect(same, "rows that go on to see what they see without a restart of others", "something else")


def _agree(now: Tensor, wanted: Tensor, rows: Tensor) -> None:
    same = close(now[rows], wanted[rows])
    expect(same, "rows that begin an episode to see what a new tracker sees", "something else, as of an old episode")
