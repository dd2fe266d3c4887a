"""Policies against the densities that they tell."""

import math
from typing import Any

import torch
from torch import Tensor

from quorate.interfaces import Likelihood, Policy, PolicySpec, Reparameterised
from quorate.seeding import generator
from quorate.testing.framework import Subject, expect
from quorate.testing.policy.support import inputs, policies, seen, two_agents
from quorate.testing.support import Z, check_tensor, held_randomness, largest_change

DRAWN = 20_000
"""Actions whose frequencies are compared with the density."""
KOLMOGOROV = 3.0
"""sqrt(N) times the largest distance of two distribution functions; more has a probability below 2 exp(-18)."""
GRID = 20_001


def check_density(subject: Subject) -> None:
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


def check_frequencies(subject: Subject) -> None:
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
                expect(off < 0, f"frequencies {in_brackets(chance)} of agent {agent}'s choices", in_brackets(counts))
            else:
                steps = torch.searchsorted(actions[:, agent].sort().values.contiguous(), grid, right=True) / DRAWN
                off = float((mass[:, agent].cumsum(0) - steps).abs().max())
                most = KOLMOGOROV / math.sqrt(DRAWN) + 0.005
                expect(
                    off < most,
                    f"samples of agent {agent} whose distribution function is within {most:.3f} of the density's",
                    f"a distance of {off:.3f}",
                )


def check_reparameterised(subject: Subject) -> None:
    """`rsample` returns actions and their log-density (as `evaluate` has it), with gradients for all parameters."""
    for policy, spec in policies(subject, Reparameterised, "it is not `Reparameterised`"):
        given = seen(policy, inputs())
        actions, log_density = policy.rsample(given, generator(0))
        check_tensor("the actions of `rsample`", actions, (len(given), spec.agents, spec.action_size))
        check_tensor("the log-density of `rsample`", log_density, (len(given), spec.agents))
        if isinstance(policy, Likelihood):
            inner = torch.ones_like(log_density, dtype=torch.bool) if spec.discrete else (actions.abs() < 0.99).all(-1)
            taken = actions.argmax(-1) if spec.discrete else actions
            off = largest_change(policy.evaluate(given, taken)[0][inner], log_density[inner])
            expect(off < 0.01, "the log-density that `evaluate` tells", f"one that is {off:.2g} off")
        expect(actions.requires_grad, "actions that gradients flow through", "actions without gradient")
        (actions.square().sum() + log_density.sum()).backward()
        without = [name for name, p in policy.named_parameters() if p.grad is None]
        expect(not without, "a gradient for every parameter", f"none for {without}")
        actions = policy.rsample(seen(policy, inputs()), generator(0))[0]
        first = next(policy.parameters())
        (gradient,) = torch.autograd.grad(actions.square().sum(), [first], allow_unused=True)
        flows = gradient is not None and bool((gradient != 0).any())
        expect(flows, "a gradient of the actions for the parameters", "none")


def _likelihoods(subject: Subject) -> list[tuple[Any, PolicySpec]]:
    """The policies of two agents that know their density."""
    return policies(subject, Likelihood, "it does not know its density", two_agents)


def _one_state(policy: Policy, spec: PolicySpec, count: int) -> Tensor:
    """Actions in one state, [count, n]."""
    with torch.no_grad(), held_randomness():
        actions = policy.sample(seen(policy, inputs(1, spec.agents)), count, generator(0, "actions"))[:, 0]
    return actions if spec.discrete else actions[..., 0]


@torch.no_grad()
def _tabulate(policy: Any, spec: PolicySpec) -> tuple[Tensor, Tensor, Tensor]:
    """A grid [G] of actions, the density [G, n] there, and the length of each cell [G, 1] (choices: 1)."""
    given = seen(policy, inputs(1, spec.agents))
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
    log_density = policy.evaluate(given.expand(len(grid), -1, -1), actions)[0]
    check_shape = tuple(log_density.shape) == (len(grid), spec.agents)
    expect(check_shape, f"log-densities of shape {(len(grid), spec.agents)}", f"{(*log_density.shape,)}")
    real = spec.action_features().T if spec.discrete else torch.ones_like(log_density, dtype=torch.bool)
    return grid, torch.where(real, log_density.exp(), 0.0), cells


def in_brackets(values: Tensor) -> str:
    """Numbers for a message."""
    return "[" + ", ".join(f"{value:.3f}" for value in values.tolist()) + "]"
