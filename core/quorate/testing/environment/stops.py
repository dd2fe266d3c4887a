"""That an environment can be stored and closed."""

import warnings
from typing import Any

import torch
from torch import Tensor

from quorate.codec import decode, encode
from quorate.errors import RunError
from quorate.interfaces import Environment, Restarts, Resumable
from quorate.testing.environment.compare import at, difference
from quorate.testing.environment.play import choose, length_of, opened
from quorate.testing.framework import CheckFailureError, CheckSkippedError, Subject, expect
from quorate.testing.support import identical


def resume(subject: Subject) -> None:
    """What `state_dict` returned makes a new environment go on bit for bit, also after a checkpoint has held it.

    Nothing else may be needed: neither a reset nor the old environment, and later steps of that do not change what
    was returned. Rows that can not go on are returned as `Restarts`, with what a reset shows; all others must go on.
    An environment that is not `Resumable` is left alone: its episodes begin anew after a stop.
    """
    with opened(subject) as old, opened(subject) as new:
        if not isinstance(old, Resumable) or not isinstance(new, Resumable):
            raise CheckSkippedError("it has no state_dict and load_state_dict: episodes begin anew after a stop")
        spec, step = old.spec, old.reset(3)
        half = max(1, min(length_of(spec), 60) // 2)
        for time in range(half):
            step = old.step(choose(spec, step, time))
        state = old.state_dict()
        text, stored = _encoded(state)
        expected = [step]
        for time in range(half, 2 * half + 2):
            expected.append(old.step(choose(spec, expected[-1], time)))
        expect(
            identical((text, stored), encode(state)),
            "a state that later steps do not change",
            "tensors of it have changed",
        )
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            rows = _going_on(new.load_state_dict(decode(text, stored)), new)
        for number, following in enumerate(expected[1:], half):
            shown = new.step(choose(spec, expected[number - half], number))
            wanted = "the same bits from a new environment that the state was loaded into"
            for row in rows:
                found = difference(following, shown, slice(row, row + 1))
                expect(found is None, wanted, f"{number + 1 - half} steps on, in {at(number + 1)}, {found}")


def _going_on(restarts: Any, environment: Environment) -> list[int]:
    """The rows that are said to go on."""
    if restarts is None:
        return list(range(environment.batch))
    expect(isinstance(restarts, Restarts), "None or Restarts from load_state_dict", type(restarts).__name__)
    rows, step, shape = restarts.rows, restarts.step, (environment.batch,)
    good = tuple(rows.shape) == shape and rows.dtype == torch.bool and rows.device.type == environment.device.type
    expect(good, f"Restarts.rows of bool {shape}, on {environment.device}", f"{rows.dtype} {tuple(rows.shape)}")
    expect(bool(rows.any()), "None from load_state_dict where no row began anew", "Restarts without any row")
    bare = not step.ended[rows].any() and step.final_observation is None
    expect(bare, "Restarts.step as of a reset", f"ended: {step.ended.tolist()}, or last observations")
    spec = environment.spec
    seen = (environment.batch, spec.agent_count, spec.observation_size)
    expect(tuple(step.observation.shape) == seen, f"observations {seen} in it", f"{tuple(step.observation.shape)}")
    return [row for row in range(environment.batch) if not rows[row]]


def _encoded(state: dict[str, Any]) -> tuple[str, dict[str, Tensor]]:
    wanted = "a state of tensors and plain data only, as a checkpoint holds it"
    try:
        text, tensors = encode(state)
    except RunError as error:
        raise CheckFailureError(wanted, str(error)) from error
    return text, {name: value.clone() for name, value in tensors.items()}


def close(subject: Subject) -> None:
    """It can be closed before its first reset, in the middle of an episode, and twice."""
    for started in (False, True):
        with opened(subject) as environment:
            if started:
                environment.step(choose(environment.spec, environment.reset(0), 0))
            for again in ("first", "second"):
                _close(environment, again)


def _close(environment: Any, which: str) -> None:
    try:
        environment.close()
    except Exception as error:
        found = f"the {which} call raised {type(error).__name__}: {error}"
        raise CheckFailureError("a close() that may be called twice", found) from error
