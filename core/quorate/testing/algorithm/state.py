"""That training can stop and go on, and that nothing else changes it."""

import copy
from collections.abc import Mapping, Sequence
from functools import reduce
from typing import Any

from quorate.codec import decode, encode
from quorate.errors import QuorateError
from quorate.interfaces import Algorithm, Transferable
from quorate.run.nonfinite import without_counts
from quorate.run.transfer import transfer
from quorate.testing.algorithm.support import BUDGET, SKILLED, build, evaluated, trained
from quorate.testing.framework import CheckSkippedError, Subject, expect
from quorate.testing.support import expect_identical, held_randomness, identical, untouched_randomness


def check_state(subject: Subject) -> None:
    """`state_dict` holds what a checkpoint can: tensors and plain data, which come back the same."""
    state = trained(subject).state_dict()
    try:
        again = decode(*encode(state))
    except QuorateError as error:
        expect(False, "a state of tensors and plain data", f"{error.problem} (in {error.where})")
    expect_identical(state, again, "the same state after a checkpoint", "another {}")


def check_resumes(subject: Subject) -> None:
    """A new algorithm goes on bit for bit from `state_dict`: training metrics, evaluation and state.

    It does so from the first training step on, before any episode has ended.
    """
    with held_randomness():
        early = build(subject)
        for _ in range(3):
            early.train_step()
            other = build(subject)
            other.load_state_dict(copy.deepcopy(early.state_dict()))
            expect_identical(early.state_dict(), other.state_dict(), "the same state once it is loaded")
        one, two = trained(subject), build(subject)
        two.load_state_dict(copy.deepcopy(one.state_dict()))
        for step in range(3):
            told: list[Any] = [one.train_step(), two.train_step()]
            left, right = map(without_counts, told)
            expect_identical(left, right, "the same metrics after loading", f"step {step + 1} differs in {{!r}}")
        _same_evaluation(evaluated(subject, one), evaluated(subject, two), "after loading")
        expect_identical(one.state_dict(), two.state_dict(), "the same state after loading and training")


def check_evaluation(subject: Subject) -> None:
    """An evaluation gives the same each time, and changes nothing of what later training steps compute.

    Nor does the absolute one, of other data. Later `load_acting_state` brings back what `acting_state` set aside.
    """
    with held_randomness():
        one, two = trained(subject), trained(subject)
        first = evaluated(subject, one)
        _same_evaluation(first, evaluated(subject, one), "of the same parameters")
        evaluated(subject, one, factor=1)
        kept = _set_aside(one)
        for _ in range(2):
            one.train_step()
            two.train_step()
        expect_identical(one.state_dict(), two.state_dict(), "the same training with evaluations and without")
        if kept is not None:
            one.load_acting_state(kept)
            _same_evaluation(first, evaluated(subject, one), "after `load_acting_state`")


def check_weights(subject: Subject) -> None:
    """One that is `Transferable` begins with the weights of another run, and with nothing else of it."""
    one, two = trained(subject), build(subject, seed=1)
    if not isinstance(two, Transferable):
        raise CheckSkippedError("it has no `weights`")
    learned, anew = one.state_dict(), two.state_dict()
    with held_randomness():
        transfer(two, subject.component.name, copy.deepcopy(learned), "the check")
    found = two.state_dict()
    for path in two.weights():
        theirs, own = (reduce(lambda tree, key: tree[key], path, state) for state in (learned, found))
        expect(identical(theirs, own), f"the weights {'/'.join(path)} of the other run", "others")
        anew = _without(anew, path)
        found = _without(found, path)
    expect_identical(anew, found, "the rest as it was built")


def check_budget(subject: Subject) -> None:
    """Where the budget changes what is learned, the convention ``budget_schedules`` says what depends on it."""
    algorithms = [build(subject, budget=budget) for budget in (BUDGET, 2 * BUDGET)]
    told = algorithms[0].conventions().get("budget_schedules")
    with held_randomness():
        for _ in range(SKILLED):
            for algorithm in algorithms:
                algorithm.train_step()
    left, right = (algorithm.state_dict() for algorithm in algorithms)
    if told is None:
        expect_identical(left, right, "the same under any budget, or `budget_schedules` told", "another {!r}")


def check_generator(subject: Subject) -> None:
    """Building, training and evaluating leaves the global generators as they are; the seed says everything."""
    with untouched_randomness("the algorithm"):
        algorithm = trained(subject)
        evaluated(subject, algorithm)


def _without(state: Mapping[str, Any], path: Sequence[str]) -> dict[str, Any]:
    first, *rest = path
    return {
        key: _without(value, rest) if key == first and rest else value
        for key, value in state.items()
        if rest or key != first
    }


def _set_aside(algorithm: Algorithm) -> dict[str, Any] | None:
    try:
        return copy.deepcopy(algorithm.acting_state())
    except QuorateError:
        return None


def _same_evaluation(first: Mapping[str, float], second: Mapping[str, float], when: str) -> None:
    expect_identical(first, second, f"the same evaluation {when}", "another {!r}")
