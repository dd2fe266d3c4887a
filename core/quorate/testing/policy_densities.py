"""Checks of policies against known densities: their own, and those that they are projected onto."""

import copy
import dataclasses
import math
from typing import Any

import torch
from torch import Tensor

from quorate.errors import QuorateError
from quorate.interfaces import Likelihood, Policy, PolicySpec, Projectable, ProjectionTarget, Reparameterised
from quorate.seeding import generator
from quorate.testing.framework import Check, CheckSkippedError, Subject, expect
from quorate.testing.policy_support import INPUTS, build, inputs, kinds, spec_of
from quorate.testing.support import Z, check_tensor, held_randomness, largest_change

DRAWN = 20_000
"""Actions whose frequencies are compared with the density."""
KOLMOGOROV = 3.0
"""sqrt(N) times the largest distance of two distribution functions; more has a probability below 2 exp(-18)."""
GRID = 20_001
GOAL, WIDTH = 0.5, 0.25
"""The weight of an action in the check `projects` is exp(-(a - GOAL)^2 / (2 WIDTH^2))."""
PROJECTION_STEPS = 200
ATTEMPTS = 4
POOL = 4096
"""Actions that a target is known by."""


def _density(subject: Subject) -> None:
    """The density that `evaluate` tells integrates to 1 (within 2 %), or sums to 1 over the choices (within 1e-4).

    Two agents with one action feature each, on a grid. A density that is told of actions in [-1, 1] alone is
    integrated over atanh(a), as squashed ones are steep at the bounds.
    """
    for policy, spec in _likelihoods(subject):
        _, density, cells = _tabulate(policy, spec)
        total = (density * cells).sum(0)
        allowed = 1e-4 if spec.discrete else 0.02
        off = float((total - 1).abs().max())
        found = ", ".join(f"{value:.4f}" for value in total.tolist())
        expect(off < allowed, "a density that integrates to 1 for each agent", found)


def _frequencies(subject: Subject) -> None:
    """20 000 sampled actions are distributed as the density says.

    Choices: each frequency is within six standard errors and 0.001. Numbers: the distribution functions differ by less
    than 3 / sqrt(20 000) and 0.005 for the grid; by the inequality of Dvoretzky, Kiefer, Wolfowitz and Massart a false
    alarm has a probability below 2 exp(-18) = 3e-8 for each of two agents.
    """
    for policy, spec in _likelihoods(subject):
        actions = _one_state(policy, spec, DRAWN)
        grid, density, cells = _tabulate(policy, spec)
        mass = density * cells
        mass = mass / mass.sum(0)
        for agent in range(spec.agents):
            if spec.discrete:
                counts = torch.bincount(actions[:, agent], minlength=spec.action_size) / DRAWN
                chance = mass[:, agent]
                allowed = Z * (chance * (1 - chance) / DRAWN).sqrt() + 0.001
                off = float(((counts - chance).abs() - allowed).max())
                expect(off < 0, f"frequencies {_list(chance)} of agent {agent}'s choices", _list(counts))
            else:
                steps = torch.searchsorted(actions[:, agent].sort().values.contiguous(), grid, right=True) / DRAWN
                off = float((mass[:, agent].cumsum(0) - steps).abs().max())
                most = KOLMOGOROV / math.sqrt(DRAWN) + 0.005
                expect(
                    off < most,
                    f"samples of agent {agent} whose distribution function is within {most:.3f} of the density's",
                    f"a distance of {off:.3f}",
                )


def _reparameterised(subject: Subject) -> None:
    """`rsample` returns actions and their log-density (as `evaluate` has it), with gradients for all parameters."""
    found = False
    for discrete in kinds(subject):
        spec = spec_of(discrete)
        policy = build(subject, spec)
        if not isinstance(policy, Reparameterised):
            continue
        found, seen = True, inputs()
        actions, log_density = policy.rsample(seen, generator(0))
        check_tensor("the actions of `rsample`", actions, (len(seen), spec.agents, spec.action_size))
        check_tensor("the log-density of `rsample`", log_density, (len(seen), spec.agents))
        if isinstance(policy, Likelihood):
            inner = (actions.abs() < 0.99).all(-1)
            off = largest_change(policy.evaluate(seen, actions)[0][inner], log_density[inner])
            expect(off < 0.01, "the log-density that `evaluate` tells", f"one that is {off:.2g} off")
        expect(actions.requires_grad, "actions that gradients flow through", "actions without gradient")
        (actions.square().sum() + log_density.sum()).backward()
        without = [name for name, p in policy.named_parameters() if p.grad is None]
        expect(not without, "a gradient for every parameter", f"none for {without}")
        actions = policy.rsample(seen, generator(0))[0]
        first = next(policy.parameters())
        (gradient,) = torch.autograd.grad(actions.square().sum(), [first], allow_unused=True)
        flows = gradient is not None and bool((gradient != 0).any())
        expect(flows, "a gradient of the actions for the parameters", "none")
    if not found:
        raise CheckSkippedError("it is not `Reparameterised`")


def _projects(subject: Subject) -> None:
    """Trained by `projection_loss`, it takes on the mean and the spread of a known target (2605.07101, Sec. 4.1).

    The target is uniform on [-1, 1] times exp(-(a - 0.5)^2 / (2 * 0.25^2)), known by 4 096 weighted actions alone. To a
    class that needs `log_weight` and `old` they are given, and the target is its initial policy times that weight.
    After 200 steps of Adam, or that four times for those that learn slowly, the mean of one action feature of each of
    two agents must be within a third of the target's standard deviation, and the standard deviation between 0.6 and
    1.6 of it. The error of a mean of 2 000 samples is 0.022 standard deviations, so that it alone gives no alarm.
    """
    if False not in kinds(subject):
        raise CheckSkippedError("it is for discrete actions")
    spec = PolicySpec(2, INPUTS, (1, 1), discrete=False)
    policy = build(subject, spec)
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
        f"means near {_list(mean)} and standard deviations near {_list(spread)}",
        f"means {_list(found_mean)} (from {_list(before)}) and standard deviations {_list(found_spread)}",
    )


def _target(policy: Policy) -> ProjectionTarget:
    """What the policy can be projected onto: weighted uniform actions, or its own weighted ones."""
    seen = inputs(1, 2)
    uniform = 2 * torch.rand(POOL, 1, 2, 1, generator=generator(0, "uniform")) - 1
    plain = ProjectionTarget(seen, uniform, _log_weight(uniform).exp())
    own = copy.deepcopy(policy)
    drawn = _draw(own, POOL)[:, None, :, None]
    told = ProjectionTarget(seen, drawn, _log_weight(drawn).exp(), _log_weight, own)
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
    optimiser = torch.optim.Adam(policy.parameters(), 3e-3)
    for step in range(PROJECTION_STEPS):
        for group in optimiser.param_groups:
            group["lr"] = 3e-3 * (1 - step / PROJECTION_STEPS)
        chosen = torch.randint(POOL, (256,), generator=randomness)
        weights = target.weights[chosen] / target.weights.mean((0, 1))
        part = dataclasses.replace(target, actions=target.actions[chosen], weights=weights)
        optimiser.zero_grad(set_to_none=True)
        _loss(policy, part, randomness).sum().backward()
        optimiser.step()


def _log_weight(actions: Tensor) -> Tensor:
    return -(actions[..., 0] - GOAL).square() / (2 * WIDTH**2)


def _draw(policy: Policy, count: int) -> Tensor:
    """Actions of one feature in one state, [count, n]."""
    with torch.no_grad(), held_randomness():
        return policy.sample(inputs(1, 2), count, generator(0, "moments"))[:, 0, :, 0]


def _moments(actions: Tensor, weights: Tensor | None = None) -> tuple[Tensor, Tensor]:
    """Mean and standard deviation [n] of actions [N, n]."""
    share = torch.ones_like(actions) if weights is None else weights
    share = share / share.sum(0)
    mean = (share * actions).sum(0)
    return mean, (share * (actions - mean).square()).sum(0).sqrt()


def _likelihoods(subject: Subject) -> list[tuple[Any, PolicySpec]]:
    """The policies of two agents that know their density."""
    found = []
    for discrete in kinds(subject):
        spec = PolicySpec(2, INPUTS, (3, 4) if discrete else (1, 1), discrete)
        policy = build(subject, spec)
        if isinstance(policy, Likelihood):
            found.append((policy, spec))
    if not found:
        raise CheckSkippedError("it does not know its density")
    return found


def _one_state(policy: Policy, spec: PolicySpec, count: int) -> Tensor:
    """Actions in one state, [count, n]."""
    with torch.no_grad(), held_randomness():
        actions = policy.sample(inputs(1, spec.agents), count, generator(0, "actions"))[:, 0]
    return actions if spec.discrete else actions[..., 0]


@torch.no_grad()
def _tabulate(policy: Any, spec: PolicySpec) -> tuple[Tensor, Tensor, Tensor]:
    """A grid [G] of actions, the density [G, n] there, and the length of each cell [G, 1] (choices: 1)."""
    seen = inputs(1, spec.agents)
    if spec.discrete:
        grid = torch.arange(spec.action_size)
        actions, cells = grid[:, None].expand(-1, spec.agents), torch.ones(len(grid), 1)
    else:
        sampled = _one_state(policy, spec, 4096)
        if float(sampled.abs().max()) <= 1:
            raw = torch.linspace(-9, 9, GRID, dtype=torch.float64)
            grid, widths = raw.tanh(), raw.cosh() ** -2 * (raw[1] - raw[0])
        else:
            low, high = float(sampled.min()), float(sampled.max())
            grid = torch.linspace(2 * low - high, 2 * high - low, GRID, dtype=torch.float64)
            widths = torch.full((GRID,), float(grid[1] - grid[0]), dtype=torch.float64)
        grid, cells = grid.float(), widths.float()[:, None]
        actions = grid[:, None, None].expand(-1, spec.agents, 1)
    log_density = policy.evaluate(seen.expand(len(grid), -1, -1), actions)[0]
    check_shape = tuple(log_density.shape) == (len(grid), spec.agents)
    expect(check_shape, f"log-densities of shape {(len(grid), spec.agents)}", f"{(*log_density.shape,)}")
    real = torch.ones_like(log_density)
    if spec.discrete:
        real = spec.action_features().T.float()
    return grid, torch.where(real > 0, log_density.exp(), 0.0), cells


def _list(values: Tensor) -> str:
    return "[" + ", ".join(f"{value:.3f}" for value in values.tolist()) + "]"


DENSITY_CHECKS: tuple[Check, ...] = (
    Check("policy", "density", "The density that it tells is one: it integrates to 1.", _density),
    Check("policy", "frequencies", "Its samples are distributed as its density says.", _frequencies),
    Check("policy", "reparameterised", "Gradients flow through its reparameterised samples.", _reparameterised),
    Check("policy", "projects", "Projected onto a weighted target, it becomes like it.", _projects),
)
