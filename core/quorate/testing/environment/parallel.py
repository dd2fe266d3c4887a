"""PettingZoo in, PettingZoo out: both sides of the bridge pass PettingZoo's own test."""

import contextlib
import io
import traceback
import warnings
from typing import Any

from pettingzoo.test import parallel_api_test

from quorate.environments import masks, to_parallel
from quorate.environments.build import Factory
from quorate.environments.spaces import MASK, action_codec, split_mask
from quorate.interfaces import Environment
from quorate.testing.environment.play import opened
from quorate.testing.framework import CheckFailureError, Subject, expect

_CYCLES, _SPACE_STEPS = 60, 60


def parallel(subject: Subject) -> None:
    """Seen as a PettingZoo ParallelEnv it passes `pettingzoo.test.parallel_api_test`.

    An environment that is a ParallelEnv itself passes it before the bridge too, what its agents observe is in their
    observation spaces, and nothing is called like an action mask where no mask is found; of one that lives in another
    interpreter, only the view from here is tested.
    """
    if (make := _own(subject)) is not None:
        with contextlib.closing(make()) as own:
            _api_test(own, "the environment itself")
        with contextlib.closing(make()) as own:
            _inside_spaces(own)
    with opened(subject, 1) as environment:
        _api_test(to_parallel(environment, 0), "its view as a ParallelEnv")


def _own(subject: Subject) -> Factory | None:
    """Makes the ParallelEnv that the bridge batches, where that is how it is made."""
    component = subject.component
    if component.interpreter is not None:
        return None
    target = component.load()
    if isinstance(target, type) and issubclass(target, Environment):
        return None
    return Factory(component.target, component.settings, component.allow)


def _api_test(env: Any, what: str) -> None:
    for agent in env.possible_agents:
        env.action_space(agent).seed(0)
    try:
        with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
            warnings.simplefilter("error", UserWarning)
            parallel_api_test(env, _CYCLES)
    except Exception as error:
        last = traceback.extract_tb(error.__traceback__)[-1]
        told = str(error) or last.line
        found = f"{what} fails with {type(error).__name__}: {told} ({last.filename}, line {last.lineno})"
        raise CheckFailureError("to pass pettingzoo.test.parallel_api_test", found) from error


def _inside_spaces(env: Any) -> None:
    observations, infos = env.reset(seed=0)
    for step in range(_SPACE_STEPS):
        for agent, value in observations.items():
            space = env.observation_space(agent)
            shown = f"{value} of agent {agent!r} in step {step}"
            expect(space.contains(value), f"an observation in {space}", shown)
            _expect_masks(env, agent, infos, step)
        if not env.agents:
            return
        actions = {agent: _sample(env, agent, observations, infos) for agent in env.agents}
        observations, _, _, _, infos = env.step(actions)


def _expect_masks(env: Any, agent: Any, infos: Any, step: int) -> None:
    space, info = env.observation_space(agent), infos.get(agent, {})
    if not split_mask(space)[1] and MASK not in info:
        like = next(masks.lookalikes(space, info, action_codec(env.action_space(agent)).size), None)
        found = f"{like} of agent {agent!r} in step {step}"
        expect(like is None, f"action masks as {MASK!r}, in a Dict observation space or in infos[agent]", found)


def _sample(env: Any, agent: Any, observations: Any, infos: Any) -> Any:
    shown = observations[agent]
    masked = shown if isinstance(shown, dict) and MASK in shown else infos.get(agent, {})
    mask = {"mask": masked[MASK]} if MASK in masked else {}
    return env.action_space(agent).sample(**mask)
