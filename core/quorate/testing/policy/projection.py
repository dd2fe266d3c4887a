"""Policies against densities that they are projected onto."""

import copy
import dataclasses

import torch
from torch import Tensor

from quorate.errors import QuorateError
from quorate.interfaces import Policy, Projectable, ProjectionTarget
from quorate.seeding import generator
from quorate.testing.framework import CheckSkippedError, Subject, expect
from quorate.testing.policy.densities import in_brackets
from quorate.testing.policy.support import build, inputs, kinds, seen, two_agents
from quorate.testing.support import check_tensor, descend, held_randomness

GOAL = 0.5
WIDTH = 0.25
"""The weight of an action in the check `projects` is exp(-(a - GOAL)^2 / (2 WIDTH^2))."""
PROJECTION_STEPS = 200
ATTEMPTS = 4
POOL = 4096
"""Actions that a target is known by."""


def check_projects(subject: Subject) -> None:
    """Trained by `projection_loss`, it takes on the mean and the spread of a known target (2605.07101, Sec. 4.1).

    The target is uniform on [-1, 1] times exp(-(a - 0.5)^2 / (2 * 0.25^2)), known by 4 096 weighted actions alone. To a
    class that needs `log_weight` and `old` they are given, and the target is its initial policy times that weight.
    After 200 steps of Adam, or that four times for those that learn slowly, the mean of one action feature of each of
    two agents must be within a third of the target's standard deviation, and the standard deviation between 0.6 and
    1.6 of it. The error of a mean of 2 000 samples is 0.022 standard deviations, so that it alone gives no alarm.
    """
    if False not in kinds(subject):
        raise CheckSkippedError("it is for discrete actions")
    policy = build(subject, two_agents(False))
    if not isinstance(policy, Projectable):
        raise CheckSkippedError("it is not `Projectable`")
    target = _target(policy)
    mean, spread = _moments(target.actions[:, 0, :, 0], target.weights[:, 0])
    before, _ = _moments(_draw(policy, 2_000))
    near = False
    for attempt in range(ATTEMPTS):
        _project(policy, target, generator(attempt, "projection"))
        found_mean, found_spread = _moments(_draw(policy, 2_000))
        off, ratio = ((found_mean - mean).abs() / spread).max(), found_spread / spread
        near = float(off) < 1 / 3 and bool(((ratio > 0.6) & (ratio < 1.6)).all())
        if near:
            break
    expect(
        near,
        f"means near {in_brackets(mean)} and deviations near {in_brackets(spread)}",
        f"means {in_brackets(found_mean)} (from {in_brackets(before)}), and deviations {in_brackets(found_spread)}",
    )


def _target(policy: Policy) -> ProjectionTarget:
    """What the policy can be projected onto: weighted uniform actions, or its own weighted ones."""
    given = seen(policy, inputs(1, 2)).detach()  # what it remembers is left as it is
    uniform = 2 * torch.rand(POOL, 1, 2, 1, generator=generator(0, "uniform")) - 1
    plain = ProjectionTarget(given, uniform, _log_weight(uniform).exp())
    own = copy.deepcopy(policy)
    drawn = _draw(own, POOL)[:, None, :, None]
    told = ProjectionTarget(given, drawn, _log_weight(drawn).exp(), _log_weight, own)
    reason = ""
    for target in (plain, told):
        try:
            _loss(policy, target, generator(0))
            return target
        except QuorateError as error:
            reason = error.problem
    raise CheckSkippedError(f"its projection needs what this check does not offer: {reason}")


def _loss(policy: Policy, target: ProjectionTarget, randomness: torch.Generator) -> Tensor:
    assert isinstance(policy, Projectable)
    with held_randomness():
        loss = policy.projection_loss(target, randomness)
    check_tensor("the loss of each agent", loss, (2,))
    return loss


def _project(policy: Policy, target: ProjectionTarget, randomness: torch.Generator) -> None:
    def loss() -> Tensor:
        chosen = torch.randint(POOL, (256,), generator=randomness)
        weights = target.weights[chosen] / target.weights.mean((0, 1))
        part = dataclasses.replace(target, actions=target.actions[chosen], weights=weights)
        return _loss(policy, part, randomness).sum()

    descend(policy, 3e-3, PROJECTION_STEPS, loss)


def _log_weight(actions: Tensor) -> Tensor:
    return -(actions[..., 0] - GOAL).square() / (2 * WIDTH**2)


def _draw(policy: Policy, count: int) -> Tensor:
    """Actions of one feature in one state, [count, n]."""
    with torch.no_grad(), held_randomness():
        return policy.sample(seen(policy, inputs(1, 2)), count, generator(0, "moments"))[:, 0, :, 0]


def _moments(actions: Tensor, weights: Tensor | None = None) -> tuple[Tensor, Tensor]:
    """Mean and standard deviation [n] of actions [N, n]."""
    share = torch.ones_like(actions) if weights is None else weights
    share = share / share.sum(0)
    mean = (share * actions).sum(0)
    return mean, (share * (actions - mean).square()).sum(0).sqrt()
