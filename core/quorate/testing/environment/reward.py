"""The convention of rewards, and whether they follow it."""

import torch
from torch import Tensor

from quorate.interfaces import EnvironmentSpec, Step
from quorate.testing.environment.compare import at, first
from quorate.testing.environment.play import BATCH, standard_play
from quorate.testing.framework import CheckSkippedError, Subject, expect


def reward(subject: Subject) -> None:
    """The spec says what the reward is; where it says sum, mean or shared, ``info["agent_reward"]`` agrees.

    The text begins with ``sum``, ``mean`` or ``team reward, shared by all agents``, or with something of its own,
    which can not be checked. Agents' own rewards are float32 [B, n], 0 of agents that are no longer there.
    """
    played = standard_play(subject)
    text = played.spec.reward
    expect(bool(text.strip()), "a convention of the reward, in words", f"spec.reward == {text!r}")
    rule = next((word for word in ("sum", "mean", "team reward, shared") if text.lower().startswith(word)), None)
    if rule is None or all("agent_reward" not in step.info for step in played.steps):
        why = "its convention is its own" if rule is None else 'there is no info["agent_reward"]'
        raise CheckSkippedError(f"{why}: {text}")
    for time, step in enumerate(played.steps):
        _agrees(step, rule, played.spec, time)


def _agrees(step: Step, rule: str, spec: EnvironmentSpec, time: int) -> None:
    shape = (BATCH, spec.agent_count)
    own = step.info.get("agent_reward", torch.zeros(0))
    expect(own.shape == shape, f'info["agent_reward"] of the shape {shape}', f"{tuple(own.shape)} in {at(time)}")
    if rule == "team reward, shared":
        wrong = (~_close(own, step.reward[:, None]) & (own != 0)).any(-1)
    else:
        wrong = ~_close(own.sum(-1) / (spec.agent_count if rule == "mean" else 1), step.reward)
    if bool(wrong.any()):
        row = first(wrong)[0]
        found = f"{step.reward[row].item():.6g}, with {own[row].tolist()} for the agents, in {at(time, row)}"
        expect(False, f"a reward as the spec has it: {spec.reward}", found)


def _close(one: Tensor, two: Tensor) -> Tensor:
    return torch.isclose(one, two, rtol=1e-4, atol=1e-5)
