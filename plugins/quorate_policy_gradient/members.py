"""One agent's policy out of a stack, on the same memory."""

import copy

import torch
from torch import nn

from quorate.errors import QuorateError
from quorate.interfaces import Likelihood, Policy


def member(policy: Policy, agent: int, agents: int) -> Policy:
    """The policy of one agent of a stack, by itself: what it learns, the stack has learned.

    Parameters and buffers whose first dimension is the agent become views of the stack's (see `Policy`).

    Args:
        policy: of n agents with parameters of their own.
        agent: which.
        agents: n.

    Raises:
        QuorateError: a parameter is not stacked.
    """
    one = copy.deepcopy(policy)
    for whole, part in zip(policy.modules(), one.modules(), strict=True):
        for name, parameter in whole._parameters.items():
            if parameter is None:
                continue
            if parameter.dim() == 0 or len(parameter) != agents:
                problem = f"the parameter {name!r} of the policy class {type(policy).__name__} is not one per agent"
                fix = "choose another policy class; stack its parameters, the agent being the first dimension"
                raise QuorateError(problem, where="algorithm.policy", fix=fix)
            part._parameters[name] = nn.Parameter(parameter.detach()[agent : agent + 1])
        for name, buffer in whole._buffers.items():
            if buffer is not None and buffer.dim() and len(buffer) == agents:
                part._buffers[name] = buffer[agent : agent + 1]
    return one


@torch.no_grad()
def agrees(policy: Policy, part: Policy, agent: int, inputs: torch.Tensor, actions: torch.Tensor) -> bool:
    """Whether one agent's policy gives the log-probabilities that the stack gives.

    Args:
        policy: the stack.
        part: of `member`.
        agent: which.
        inputs: [R, n, f].
        actions: [R, n] or [R, n, a].
    """
    assert isinstance(policy, Likelihood)
    assert isinstance(part, Likelihood)
    whole = policy.evaluate(inputs, actions)[0][:, agent]
    one = slice(agent, agent + 1)
    alone = part.evaluate(inputs[:, one].contiguous(), actions[:, one].contiguous())[0][:, 0]
    return bool(torch.isclose(whole, alone, rtol=1e-4, atol=1e-5).all())
