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
from quorate.testing.support import first_difference, held_randomness, identical, untouched_randomness


def check_state(subject: Subject) -> None:
    """`state_dict` holds what a checkpoint can: tensors and plain data, which come back the same."""
    state = trained(subject).state_dict()
    try:
        again = decode(*encode(state))
    except QuorateError as error:
        expect(False, "a state of tensors and plain data", f"{error.problem} (in {error.where})")
    expect(identical(state, again), "the same state after a checkpoint", f"another {first_difference(state, again)}")


def check_resumes(subject: Subject) -> None:
    """A new algorithm goes on bit for bit from `state_dict`: training metrics, evaluation and state."""
    with held_randomness():
        one, two = trained(subject), build(subject)
        two.load_state_dict(copy.deepcopy(one.state_dict()))
        for step in range(3):
            left, right = _recorded(one.train_step()), _recorded(two.train_step())
            where = first_difference(left, right)
            expect(identical(left, right), "the same metrics after loading", f"step {step + 1} differs in {where!r}")
        _same_evaluation(evaluated(subject, one), evaluated(subject, two), "after loading")
        first, second = one.state_dict(), two.state_dict()
        where = first_difference(first, second)
        expect(identical(first, second), "the same state after loading and training", f"a difference in {where!r}")


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
        left, right = one.state_dict(), two.state_dict()
        where = first_difference(left, right)
        expect(identical(left, right), "the same training with evaluations and without", f"a difference in {where!r}")
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
    where = first_difference(anew, found)
    expect(identical(anew, found), "the rest as it was built", f"a difference in {where!r}")


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
        where = first_difference(left, right)
        expect(identical(left, right), "the same under any budget, or `budget_schedules` told", f"another {where!r}")


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


def _recorded(metrics: Mapping[str, Any]) -> Mapping[str, Any]:
    """The training metrics that a run records."""
    return without_counts(metrics)


def _set_aside(algorithm: Algorithm) -> dict[str, Any] | None:
    try:
        return copy.deepcopy(algorithm.acting_state())
    except QuorateError:
        return None


def _same_evaluation(first: Mapping[str, float], second: Mapping[str, float], when: str) -> None:
    expect(identical(first, second), f"the same evaluation {when}", f"another {first_difference(first, second)!r}")
