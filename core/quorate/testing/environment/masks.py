"""Masks: which actions are valid, and which agents are alive."""

import torch
from torch import Tensor

from quorate.environments.masks import is_like_mask
from quorate.environments.spaces import MASK
from quorate.interfaces import EnvironmentSpec, Step
from quorate.testing.environment.compare import at, places
from quorate.testing.environment.play import action_sizes, is_discrete, standard_play
from quorate.testing.framework import CheckSkippedError, Subject, expect


def action_masks(subject: Subject) -> None:
    """Every agent has a valid action in every step, and none beyond its own action space.

    There are masks in every step or in none. Agents with unequal numbers of actions need them, so that a policy of
    all agents at once knows which are real. Nothing else in a step is called like a mask: it would not be used.
    """
    played = standard_play(subject)
    _unused(played.steps)
    sizes = torch.tensor(action_sizes(played.spec))
    if not is_discrete(played.spec):
        raise CheckSkippedError("the actions are continuous")
    _always(played.steps, "action_mask")
    masks = [step.action_mask for step in played.steps if step.action_mask is not None]
    if not masks:
        counts = sorted(set(sizes.tolist()))
        expect(len(counts) == 1, "an action_mask, as the agents' numbers of actions differ", f"None, and {counts}")
        raise CheckSkippedError("every action is always valid: there is no action_mask")
    for time, step in enumerate(played.steps):
        for mask in (step.action_mask, step.final_action_mask):
            if mask is not None:
                _action_mask(mask.cpu(), sizes, played.spec, time)


def _unused(steps: list[Step]) -> None:
    for time, step in enumerate(steps):
        named = [key for key in step.info if key == MASK or is_like_mask(key)]
        if named and step.action_mask is None:
            expect(False, "an action mask in Step.action_mask", f"something called info[{named[0]!r}] in {at(time)}")


def _action_mask(mask: Tensor, sizes: Tensor, spec: EnvironmentSpec, time: int) -> None:
    for row, agent in places(~mask.any(-1)):
        expect(False, "at least one valid action of every agent", f"none in {at(time, row, spec.agents[agent])}")
    for row, agent, action in places(mask & (torch.arange(mask.shape[-1]) >= sizes[:, None])):
        found = f"action {action} is valid in {at(time, row, spec.agents[agent])}"
        expect(False, f"only the {int(sizes[agent])} actions of the agent's own space", found)


def agent_masks(subject: Subject) -> None:
    """While an episode goes on, at least one agent is alive; there are masks in every step or in none.

    Where an episode is cut, a final mask tells at least one agent that would have gone on.
    """
    played = standard_play(subject)
    _always(played.steps, "agent_mask")
    masks = [step.agent_mask for step in played.steps if step.agent_mask is not None]
    if not masks:
        raise CheckSkippedError("every agent is always alive: there is no agent_mask")
    for time, mask in enumerate(masks):
        for (row,) in places(~mask.any(-1)):
            expect(False, "at least one agent that is alive", f"none in {at(time, row)}")
    for time, step in enumerate(played.steps):
        if step.final_agent_mask is not None:
            good = step.final_agent_mask.any(-1) | ~step.truncated
            cut = "an agent that would have gone on, where an episode is cut"
            expect(bool(good.all()), cut, f"none in final_agent_mask of {at(time)}")


def _always(steps: list[Step], name: str) -> None:
    present = [getattr(step, name) is not None for step in steps]
    if len(set(present)) > 1:
        one, other = at(present.index(True)), at(present.index(False))
        expect(False, f"an {name} in every step, or in none", f"one in {one}, but not in {other}")
