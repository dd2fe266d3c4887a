"""How far policies are from what a teacher does."""

import torch
from torch import Tensor

from quorate.errors import QuorateError
from quorate.interfaces import Likelihood, Policy
from quorate.interfaces.policy import Projectable, ProjectionTarget
from quorate.learning.living import living_mean


def teachable(policy: Policy, *, discrete: bool) -> Likelihood | Projectable:
    """The policy, if it can be brought near given actions.

    Args:
        policy: of any class.
        discrete: whether its actions are choices.

    Raises:
        QuorateError: it has no parameters, or neither a density nor a projection.
    """
    if isinstance(policy, Likelihood | Projectable) and any(True for _ in policy.parameters()):
        return policy
    problem = "this policy class can not be taught: it has no parameters, or no loss on given actions"
    choices = ["categorical"] if discrete else ["gaussian", "ddpm"]
    raise QuorateError(problem, where="algorithm.policy", choices=choices, fix="choose one of these")


def imitation_loss(
    policy: Likelihood | Projectable,
    inputs: Tensor,
    actions: Tensor,
    generator: torch.Generator,
    action_mask: Tensor | None = None,
    alive: Tensor | None = None,
) -> Tensor:
    """Of each agent: minus the mean log-density of what the teacher does, or a bound of it where there is no density.

    A policy class without a density is projected onto the teacher's actions, all of one weight; a diffusion policy's
    loss is then the error of the noise that it predicts (arXiv:2303.04137).

    Args:
        policy: of n agents.
        inputs: [R, n, f].
        actions: of the teacher, [R, n] or [R, n, a] normalised.
        generator: of noise.
        action_mask: bool [R, n, a] of valid choices, or None.
        alive: bool [R, n], rows that count for each agent, or None where all do.

    Returns:
        [n].
    """
    if isinstance(policy, Likelihood):
        density = policy.evaluate(inputs, actions, action_mask)[0]
        return -living_mean(density if alive is None else density.where(alive, 0.0), alive)
    weights = torch.ones_like(actions[None, ..., 0])
    if alive is not None:  # so that means over all rows are means over those
        weights = weights * alive / alive.float().mean(0).clamp(min=1 / len(alive))
    return policy.projection_loss(ProjectionTarget(inputs, actions[None], weights, alive=alive), generator)
