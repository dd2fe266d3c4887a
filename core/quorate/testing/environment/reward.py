"""The convention of rewards, and whether they follow it."""

import torch

from quorate.interfaces import EnvironmentSpec, Step
from quorate.testing.environment.compare import at, places
from quorate.testing.environment.play import standard_play
from quorate.testing.framework import CheckSkippedError, Subject, expect


def reward(subject: Subject) -> None:
    """The spec says what the reward is; where it says sum or mean, `Step.agent_reward` agrees.

    The text begins with ``sum``, ``mean`` or ``team reward, shared by all agents``, or with something of its own,
    which can not be checked. `agent_reward` is in every step where the spec says that agents are paid differently, else
    in none.
    """
    played = standard_play(subject)
    text = played.spec.reward
    expect(bool(text.strip()), "a convention of the reward, in words", f"spec.reward == {text!r}")
    rule = next((word for word in ("sum", "mean") if text.lower().startswith(word)), None)
    for time, step in enumerate(played.steps):
        there, wanted = step.agent_reward is not None, played.spec.agent_rewards
        expect(there == wanted, f"agent_reward as the spec has it: agent_rewards {wanted}", f"{there} in {at(time)}")
    if rule is None or not played.spec.agent_rewards:
        raise CheckSkippedError(f"all agents are paid the same, or by a convention of their own: {text}")
    for time, step in enumerate(played.steps):
        _agrees(step, rule, played.spec, time)


def _agrees(step: Step, rule: str, spec: EnvironmentSpec, time: int) -> None:
    assert step.agent_reward is not None
    own = step.agent_reward
    total = own.sum(-1) / (spec.agent_count if rule == "mean" else 1)
    for (row,) in places(~torch.isclose(total, step.reward, rtol=1e-4, atol=1e-5)):
        found = f"{step.reward[row].item():.6g}, with {own[row].tolist()} for the agents, in {at(time, row)}"
        expect(False, f"a reward as the spec has it: {spec.reward}", found)
