"""How episodes end: flags, the horizon, the reset in the same step, and the last observations."""

import torch
from torch import Tensor

from quorate.interfaces import Environment, EnvironmentSpec, Step
from quorate.testing.environment.compare import at, places
from quorate.testing.environment.play import opened, require_end, standard_play
from quorate.testing.framework import CheckSkippedError, Subject, expect
from quorate.testing.support import identical

_RESETS, _MANY = 8, 100
"""Resets that show which features every episode begins with: for a start, and in doubt."""
_ENDS = 6
"""Ends of episodes of which not all are chance."""


def ends(subject: Subject) -> None:
    """A step is terminated or truncated, never both; the step of a reset is neither, and has no last observations."""
    steps = standard_play(subject).steps
    with opened(subject) as environment:
        again = environment.reset()
    for step in (steps[0], again):
        bare = not step.ended.any() and step.final_observation is None and step.final_state is None
        expect(bare, "a reset in which no episode ended", f"ended: {step.ended.tolist()}, or last observations")
    for time, step in enumerate(steps):
        for (row,) in places(step.terminated & step.truncated):
            expect(False, "an end that is terminated or truncated", f"both in {at(time, row)}")


def horizon(subject: Subject) -> None:
    """An episode that the rules do not end is truncated in step `horizon`, counted from its own reset, not otherwise.

    In an environment without a horizon, nothing is truncated that a simulator does not cut off itself.
    """
    played = standard_play(subject)
    limit = played.spec.horizon
    if limit is None or limit >= len(played.steps):
        raise CheckSkippedError("it has none" if limit is None else f"{limit} steps are too many to play")
    counts = torch.zeros(len(played.steps[0].ended), dtype=torch.int64)
    for time, step in enumerate(played.steps[1:], 1):
        counts += 1
        ended, truncated = step.ended.cpu(), step.truncated.cpu()
        for (row,) in places((counts >= limit) & ~ended):
            expect(False, f"an episode of at most {limit} steps", f"it goes on after {counts[row]} in {at(time, row)}")
        for (row,) in places(truncated & (counts < limit)):
            expect(False, f"no episode cut before {limit} steps", f"one after {counts[row]} in {at(time, row)}")
        counts[ended] = 0


def outcomes(subject: Subject) -> None:
    """Each outcome that the spec names is a finite number in rows that ended, and NaN in those that went on."""
    played = standard_play(subject)
    names, steps = played.spec.outcomes, played.steps
    if not names and all(step.outcomes is None for step in steps):
        raise CheckSkippedError("the spec names none")
    for time, step in enumerate(steps):
        nothing = step.reward.new_full((len(step.reward), len(names)), torch.nan)
        found = nothing if step.outcomes is None else step.outcomes
        for row, index in places((found.isfinite() != step.ended[:, None]) | found.isinf()):
            wanted = "a finite number in a row that ended" if step.ended[row] else "NaN in a row that went on"
            expect(False, wanted, f"the outcome {names[index]!r} is {found[row, index].item()} in {at(time, row)}")


def final(subject: Subject) -> None:
    """`final_observation` and `final_state` are there exactly in steps in which some row ended an episode.

    Rows that went on hold their present observation and state there. Those that ended hold the last ones of the old
    episode, which as a rule are not those that the new one begins with. Final masks may be left out.
    """
    steps = standard_play(subject).steps
    require_end(steps)
    with opened(subject) as environment:
        constant, start = _beginnings(environment, _RESETS)
    for time, step in enumerate(steps):
        some = bool(step.ended.any())
        told = "some" if some else "none"
        for name, now in (("final_observation", step.observation), ("final_state", step.state)):
            value = getattr(step, name)
            there = "none" if value is None else "one"
            expect((value is not None) == some, f"a {name} if and only if a row ended", f"{there} where {told} did")
            if value is not None:
                _went_on(step, name, value, now, time)
        for name, mask in (("final_action_mask", step.action_mask), ("final_agent_mask", step.agent_mask)):
            if (value := getattr(step, name)) is not None:
                expect(some and mask is not None, f"no {name} where no row ended or there is no mask", f"in {at(time)}")
                _went_on(step, name, value, mask, time)
    _not_the_next(steps, constant, start)


def _went_on(step: Step, name: str, value: Tensor, now: Tensor | None, time: int) -> None:
    assert now is not None
    for row in (~step.ended).nonzero().flatten().tolist():
        kept = identical(value[row], now[row])
        expect(kept, f"the present values in {name} of rows that went on", f"another one in {at(time, row)}")


def _not_the_next(steps: list[Step], constant: Tensor, start: Tensor) -> None:
    """Fail if all last observations and states are those that the new episodes begin with, and others were seen."""
    equal = _ends_as_next_begins(steps)
    within = torch.cat([_shown(step) for step in steps[1:] if not bool(step.ended.any())] or [_shown(steps[0])])
    moves = bool((within[:, constant] != start[constant]).any())
    if moves and len(equal) >= _ENDS and all(equal):
        found = f"those of the new episode in all of {len(equal)} ends"
        expect(False, "the last observation and state of the old episode", found)


def autoreset(subject: Subject) -> None:
    """A row that ended is reset in the same step: its observation and state are those of the new episode.

    Features of the observations and the state that are the same at every reset must have that value then.
    """
    played = standard_play(subject)
    steps = played.steps
    require_end(steps)
    with opened(subject) as environment:
        constant, start = _beginnings(environment, _RESETS)
        if found := _not_begun(steps, constant, start, played.spec):
            constant, start = _beginnings(environment, _MANY)
            found = _not_begun(steps, constant, start, played.spec)
    expect(not found, "the new episode in the step that ended the old one", str(found))
    if not any(bool((_shown(step) != start)[:, constant].any()) for step in steps):
        _another(steps, bool(constant.all()))


def _another(steps: list[Step], alike: bool) -> None:
    """Where no feature tells a beginning, at least it is not what the old episode ended with."""
    if alike:
        raise CheckSkippedError("every episode begins alike, and no feature tells its beginning")
    equal = _ends_as_next_begins(steps)
    if len(equal) >= _ENDS and all(equal):
        found = f"those that the old one ended with, in all of {len(equal)} ends"
        expect(False, "an observation and a state of the new episode, which begin differently each time", found)


def _ends_as_next_begins(steps: list[Step]) -> list[bool]:
    """Of each episode that ended, whether its last observation and state are those that the next begins with."""
    ended = [step for step in steps if bool(step.ended.any())]
    alike = [(_final(step) == _shown(step)).all(-1)[step.ended.cpu()] for step in ended if step.final_state is not None]
    return torch.cat(alike).tolist() if alike else []


def _not_begun(steps: list[Step], constant: Tensor, start: Tensor, spec: EnvironmentSpec) -> str | None:
    for time, step in enumerate(steps):
        for row, feature in places((_shown(step) != start) & constant & step.ended[:, None]):
            value = _shown(step)[row, feature].item()
            where = _feature(feature, spec)
            return f"{where} is {value:.6g} after the end in {at(time, row)}; every reset has {start[feature]:.6g}"
    return None


def _feature(index: int, spec: EnvironmentSpec) -> str:
    agent, feature = divmod(index, spec.observation_size)
    if agent < spec.agent_count:
        return f"feature {feature} of the observation of agent {spec.agents[agent]!r}"
    return f"feature {index - spec.agent_count * spec.observation_size} of the state"


def _beginnings(environment: Environment, count: int) -> tuple[Tensor, Tensor]:
    """Which features are the same in all of many resets, bool [f], and the values of the first."""
    shown = torch.cat([_shown(environment.reset(100 if time == 0 else None)) for time in range(count)])
    return (shown == shown[0]).all(0), shown[0]


def _shown(step: Step) -> Tensor:
    """Observations and state in one row, [B, n * o + s]."""
    return torch.cat([step.observation.flatten(1), step.state], -1).cpu()


def _final(step: Step) -> Tensor:
    assert step.final_observation is not None
    assert step.final_state is not None
    return torch.cat([step.final_observation.flatten(1), step.final_state], -1).cpu()
