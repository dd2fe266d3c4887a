"""Checks of algorithms, in a tiny world whose best play is known."""

import copy
import dataclasses
import json
import math
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from quorate.environments import build_environment
from quorate.errors import QuorateError
from quorate.interfaces import AbsoluteEvaluation, Acting, Algorithm
from quorate.run.codec import decode, encode
from quorate.run.finite import first_bad, without_counts
from quorate.seeding import generator
from quorate.testing.algorithm_support import SKILLED, build, environment_of, is_tiny, trained
from quorate.testing.framework import Check, CheckSkippedError, Subject, expect
from quorate.testing.support import first_difference, held_randomness, identical, untouched_randomness
from quorate.testing.tiny.corrupted import corrupted

POINTS = (25, 50, 100, 200, 400, 800)
"""Training steps after which the check `learns` looks at the returns."""
RANDOM = {"tiny/world-v1": 2.0, "tiny/world-continuous-v1": 5 / 3}
"""What uniformly random play returns."""
BEST = 4.0
"""What the best play returns."""
SHARE = 0.6
"""Of the way from random play to the best."""


def _metrics(subject: Subject) -> None:
    """`train_step` and `evaluate` return numbers by name: scalar tensors or floats, floats.

    Losses and gradient norms are finite, and counts under ``nonfinite/`` zero.
    """
    algorithm = build(subject)
    for _ in range(SKILLED):
        metrics = algorithm.train_step()
        expect(isinstance(metrics, Mapping), "a mapping from `train_step`", f"a {type(metrics).__name__}")
        _check_scalars("train_step", metrics, tensors=True)
        values = {name: float(value) for name, value in metrics.items()}
        expect(first_bad(values) is None, "finite losses", str(first_bad(values)))
    measured = algorithm.evaluate()
    expect(bool(measured), "some metrics from `evaluate`", "none")
    _check_scalars("evaluate", measured, tensors=False)
    algorithm.close()


def _conventions(subject: Subject) -> None:
    """`conventions` is plain data that JSON can hold, and says what a ``step`` and an ``evaluation`` are.

    Of an algorithm whose policy can act for others (`Acting`) also ``policy_sees``: what the policy consumes.
    """
    algorithm = build(subject)
    stated = dict(algorithm.conventions())
    try:
        json.dumps(stated, allow_nan=False)
    except (TypeError, ValueError) as error:
        expect(False, "conventions of plain data", str(error))
    needed = ["step", "evaluation", *(["policy_sees"] if isinstance(algorithm, Acting) else [])]
    missing = [key for key in needed if not stated.get(key)]
    expect(not missing, f"conventions that say {needed}", f"nothing of {missing}")


def _state(subject: Subject) -> None:
    """`state_dict` holds what a checkpoint can: tensors and plain data, which come back the same."""
    state = trained(subject).state_dict()
    try:
        again = decode(*encode(state))
    except QuorateError as error:
        expect(False, "a state of tensors and plain data", f"{error.problem} (in {error.where})")
    expect(identical(state, again), "the same state after a checkpoint", f"another {first_difference(state, again)}")


def _resumes(subject: Subject) -> None:
    """A new algorithm goes on bit for bit from `state_dict`: training metrics, evaluation and state."""
    with held_randomness():
        one, two = trained(subject), build(subject)
        two.load_state_dict(copy.deepcopy(one.state_dict()))
        for step in range(3):
            left, right = _recorded(one.train_step()), _recorded(two.train_step())
            where = first_difference(left, right)
            expect(identical(left, right), "the same metrics after loading", f"step {step + 1} differs in {where!r}")
        left, right = dict(one.evaluate()), dict(two.evaluate())
        where = first_difference(left, right)
        expect(identical(left, right), "the same evaluation after loading", f"a difference in {where!r}")
        first, second = one.state_dict(), two.state_dict()
        where = first_difference(first, second)
        expect(identical(first, second), "the same state after loading and training", f"a difference in {where!r}")


def _evaluation(subject: Subject) -> None:
    """`evaluate` gives the same each time, and changes nothing of what later training steps compute.

    Nor does the absolute evaluation of one that is `AbsoluteEvaluation`.
    """
    with held_randomness():
        one, two = trained(subject), trained(subject)
        first, second = dict(one.evaluate()), dict(one.evaluate())
        where = first_difference(first, second)
        expect(identical(first, second), "the same evaluation of the same parameters", f"another {where!r}")
        _try_absolute(one)
        for _ in range(2):
            one.train_step()
            two.train_step()
        left, right = one.state_dict(), two.state_dict()
        where = first_difference(left, right)
        expect(identical(left, right), "the same training with evaluations and without", f"a difference in {where!r}")


def _generator(subject: Subject) -> None:
    """Building, training and evaluating leaves the global generators as they are; the seed says everything."""
    with untouched_randomness("the algorithm"):
        algorithm = trained(subject)
        algorithm.evaluate()


def _actions(subject: Subject) -> None:
    """The actions of `actor` are of the shape, the type and the spaces of the environment, and valid by its mask."""
    algorithm, component = _acting(subject), environment_of(subject)
    environment = build_environment(component, 8)
    actor, randomness = algorithm.actor(8, 0), generator(0, "actions")
    step = environment.reset(0)
    with held_randomness():
        actor.reset(step)
        for _ in range(6):
            actions = actor.act(randomness)
            for agent, space in enumerate(environment.spec.action_spaces):
                own = (
                    actions[:, agent].reshape(8, -1)[:, : math.prod(space.shape or ())].reshape(8, *(space.shape or ()))
                )
                outside = [row for row in range(8) if not space.contains(own[row].numpy().astype(space.dtype))]
                expect(not outside, f"actions of agent {agent} in {space}", f"{own[outside[:1]].tolist()}")
            if step.action_mask is not None:
                valid = step.action_mask.gather(-1, actions[..., None])
                expect(bool(valid.all()), "valid actions", f"{int((~valid).sum())} that the mask excludes")
            step = environment.step(actions)
            actor.observe(step)


def _undeclared(subject: Subject) -> None:
    """A policy that is not said to see the state acts the same when the state is noise.

    What it sees is said by ``policy_sees`` of the conventions: if the word "state" is not in it, neither the actions of
    `actor` nor the evaluation may change where the states of all steps are replaced by random ones.
    """
    algorithm, component = _acting(subject), environment_of(subject)
    if "state" in str(algorithm.conventions().get("policy_sees", "")).lower():
        raise CheckSkippedError("its conventions say that the policy sees the state")
    environment = build_environment(component, 32)
    actors = [algorithm.actor(32, 0) for _ in range(2)]
    draws, noise = [generator(0, "actions") for _ in range(2)], generator(0, "noise")
    with held_randomness():
        step = environment.reset(0)
        actors[0].reset(step)
        actors[1].reset(corrupted(step, noise))
        for _ in range(6):
            with held_randomness():
                right = actors[0].act(draws[0])
            with held_randomness():
                wrong = actors[1].act(draws[1])
            expect(identical(right, wrong), "actions that do not depend on the state", "others where it is noise")
            step = environment.step(right)
            actors[0].observe(step)
            actors[1].observe(corrupted(step, noise))
        if is_tiny(component):
            _compare_evaluations(subject, algorithm, component)


def _compare_evaluations(subject: Subject, algorithm: Algorithm, component: Any) -> None:
    target = "quorate.testing.tiny.corrupted:CorruptedWorld"
    other = build(subject, environment=dataclasses.replace(component, target=target))
    other.load_state_dict(copy.deepcopy(algorithm.state_dict()))
    with held_randomness():
        right = dict(algorithm.evaluate())
    with held_randomness():
        wrong = dict(other.evaluate())
    where = first_difference(right, wrong)
    expect(identical(right, wrong), "an evaluation that does not depend on the state", f"another {where!r}")


def _learns(subject: Subject) -> None:
    """It learns a tiny known problem, within 800 training steps.

    Where `evaluate` tells ``return/mean``: 0.6 of the way from random play to the best play must be made, and no more
    than all of it. Random play of 64 episodes has a standard error of 0.08 and would have to be 15 of them better.
    In another environment, which the row's tag ``check: {environment: ...}`` names, the return must rise; the tag
    ``check: {metric: ...}`` names a metric that stands for it. Where there is no return but a training metric ``loss``,
    the mean of its last 50 values must be six standard errors below that of the first 10; else nobody can tell.
    """
    algorithm, component = build(subject), environment_of(subject)
    with held_randomness():
        before = dict(algorithm.evaluate())
        metric = subject.component.tags.get("check", {}).get("metric", "return/mean")
        if metric in before:
            _watch_return(algorithm, component.name, metric, before[metric])
        else:
            _watch_loss(algorithm)
    algorithm.close()


def _watch_return(algorithm: Algorithm, name: str, metric: str, before: float) -> None:
    wanted, done, after = before, 0, before
    if name in RANDOM:
        wanted = RANDOM[name] + SHARE * (BEST - RANDOM[name])
    for point in POINTS:
        for _ in range(point - done):
            algorithm.train_step()
        done, after = point, float(algorithm.evaluate()[metric])
        if name in RANDOM:
            expect(after <= BEST + 1e-3, f"a return of at most {BEST}, which is the best there is", f"{after:.3f}")
        if after > wanted:
            return
    expect(False, f"{metric} above {wanted:.3f}", f"{before:.3f} at first and {after:.3f} after {done} steps")


def _watch_loss(algorithm: Algorithm) -> None:
    losses = []
    for _ in range(200):
        metrics = algorithm.train_step()
        if "loss" not in metrics:
            raise CheckSkippedError(
                "neither `return/mean` of an evaluation nor `loss` of training tells how well it does"
            )
        losses.append(float(metrics["loss"]))
    values = torch.tensor(losses, dtype=torch.float64)
    first, last = values[:10], values[-50:]
    error = float((first.var() / 10 + last.var() / 50).sqrt())
    found = f"{float(first.mean()):.4f} at first and {float(last.mean()):.4f} at the end"
    if float(values.std()) < 1e-9:
        raise CheckSkippedError("its loss does not change: there is nothing to learn")
    expect(float(first.mean() - last.mean()) > 6 * error, "a loss that falls by six standard errors", found)


def _closes(subject: Subject) -> None:
    """`close` can be called twice, also before the first training step."""
    for steps in (0, 1):
        algorithm = trained(subject, steps)
        algorithm.close()
        algorithm.close()


def _recorded(metrics: Mapping[str, Any]) -> Mapping[str, Any]:
    """The training metrics that a run records."""
    return without_counts(metrics)


def _acting(subject: Subject) -> Any:
    algorithm = trained(subject)
    if not isinstance(algorithm, Acting):
        raise CheckSkippedError("it has no `actor`")
    return algorithm


def _try_absolute(algorithm: Algorithm) -> None:
    if isinstance(algorithm, AbsoluteEvaluation):
        try:
            state = algorithm.acting_state()
        except QuorateError:
            return
        algorithm.evaluate_absolute(state, 1)


def _check_scalars(what: str, metrics: Mapping[str, Any], *, tensors: bool) -> None:
    for name, value in metrics.items():
        expect(isinstance(name, str), f"names in what `{what}` returns", repr(name))
        scalar = isinstance(value, (int, float)) or (tensors and isinstance(value, Tensor) and value.numel() == 1)
        shape = f" of shape {tuple(value.shape)}" if isinstance(value, Tensor) else ""
        expect(scalar, f"a number for {name!r} of `{what}`", f"a {type(value).__name__}{shape}")


CHECKS: tuple[Check, ...] = (
    Check("algorithm", "metrics", "Training and evaluation return finite numbers by name.", _metrics),
    Check("algorithm", "conventions", "Its conventions say what a reader must know, as plain data.", _conventions),
    Check("algorithm", "state", "Its state is what a checkpoint can hold.", _state),
    Check("algorithm", "resumes", "It goes on bit for bit from its state.", _resumes),
    Check("algorithm", "evaluation", "Evaluating repeats itself, and changes nothing of training.", _evaluation),
    Check("algorithm", "generator", "The global generators are not used.", _generator),
    Check("algorithm", "actions", "Its actions are valid in the environment.", _actions),
    Check("algorithm", "undeclared", "Policies see nothing that they are not said to see.", _undeclared),
    Check("algorithm", "learns", "It learns a tiny known problem.", _learns),
    Check("algorithm", "closes", "It can be closed twice.", _closes),
)
