"""What an algorithm's policies do, and what they see."""

import math

from quorate.environments import build_environment
from quorate.interfaces import Actor, Environment, SelfEvaluating
from quorate.seeding import generator
from quorate.testing.algorithm.support import acting, environment_of
from quorate.testing.framework import CheckSkippedError, Subject, expect
from quorate.testing.support import held_randomness, identical
from quorate.testing.tiny.corrupted import corrupted


def check_actions(subject: Subject) -> None:
    """The actions of `actor` are of the shape, the type and the spaces of the environment, and valid by its mask.

    So it is as usual, greedily and sampled. Where the tag `evaluation_actions` says what is usual, `Actor.actions` does
    too: by it comparisons tell before anything is run that variants are evaluated differently. (Of an algorithm that
    evaluates itself the tag says nothing of how it plays.)
    """
    algorithm, component = acting(subject), environment_of(subject)
    said = None if isinstance(algorithm, SelfEvaluating) else subject.component.tags.get("evaluation_actions")
    if said is not None:
        usual = algorithm.actor(8, 0).actions
        expect(usual == said, f"usual actions that are {said}, as the row's tag or the settings say", str(usual))
    environment = build_environment(component, 8)
    with held_randomness():
        for greedy in (None, True, False):
            _try_actions(algorithm.actor(8, 0, greedy), environment)


def _try_actions(actor: Actor, environment: Environment) -> None:
    randomness, step = generator(0, "actions"), environment.reset(0)
    actor.reset(step)
    for _ in range(6):
        actions = actor.act(randomness)
        for agent, space in enumerate(environment.spec.action_spaces):
            shape = space.shape or ()
            own = actions[:, agent].reshape(8, -1)[:, : math.prod(shape)].reshape(8, *shape)
            outside = [row for row in range(8) if not space.contains(own[row].numpy().astype(space.dtype))]
            expect(not outside, f"actions of agent {agent} in {space}", f"{own[outside[:1]].tolist()}")
        if step.action_mask is not None:
            valid = step.action_mask.gather(-1, actions[..., None])
            expect(bool(valid.all()), "valid actions", f"{int((~valid).sum())} that the mask excludes")
        step = environment.step(actions)
        actor.observe(step)


def check_undeclared(subject: Subject) -> None:
    """A policy that is not said to see the state acts the same when the state is noise.

    What it sees is said by ``policy_sees`` of the conventions: if the word "state" is not in it, the actions of
    `actor` may not change where the states of all steps are replaced by random ones.
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
