"""What an algorithm's policies do, and what they see."""

import copy
import dataclasses
import math
from typing import Any

from quorate.environments import build_environment
from quorate.interfaces import Algorithm
from quorate.seeding import generator
from quorate.testing.algorithm.support import acting, build, environment_of, is_tiny
from quorate.testing.framework import CheckSkippedError, Subject, expect
from quorate.testing.support import (
    first_difference,
    held_randomness,
    identical,
)
from quorate.testing.tiny.corrupted import corrupted


def check_actions(subject: Subject) -> None:
    """The actions of `actor` are of the shape, the type and the spaces of the environment, and valid by its mask."""
    algorithm, component = acting(subject), environment_of(subject)
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


def check_undeclared(subject: Subject) -> None:
    """A policy that is not said to see the state acts the same when the state is noise.

    What it sees is said by ``policy_sees`` of the conventions: if the word "state" is not in it, neither the actions of
    `actor` nor the evaluation may change where the states of all steps are replaced by random ones.
    """
    algorithm, component = acting(subject), environment_of(subject)
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
