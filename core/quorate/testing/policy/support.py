"""What the checks of policies share: sizes, inputs, and the policies themselves."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from quorate.interfaces import Policy, PolicySpec
from quorate.learning.initialisation import seeded_initialisation
from quorate.seeding import generator
from quorate.testing.framework import CheckSkippedError, Subject
from quorate.testing.support import held_randomness

COUNT, BATCH = 6, 5
INPUTS = 4
"""f, features that a policy sees."""


def draw(policy: Policy, given: Tensor) -> Tensor:
    """Actions [N, B, n, ...] of a generator of always the same seed."""
    with held_randomness():
        return policy.sample(seen(policy, given), COUNT, generator(0))


def seen(policy: Policy, given: Tensor) -> Tensor:
    """What stands for inputs [B, n, f]; of a policy that remembers, its features when it sees them twice."""
    rows, memory = given.shape[0], given.new_zeros(*given.shape[:2], policy.memory_size)
    begins = torch.tensor([[True], [False]]).expand(2, rows)
    features, _ = policy.encode(given.expand(2, *given.shape), memory, begins)
    return features[-1]


def kinds(subject: Subject) -> list[bool]:
    """Whether actions are discrete, for each kind that the row's tag `requires` lets the policy have."""
    allowed = subject.component.tags.get("requires", {}).get("actions", ["discrete", "continuous"])
    return [kind == "discrete" for kind in ("discrete", "continuous") if kind in allowed]


def spec_of(discrete: bool) -> PolicySpec:
    """Three agents whose actions are not of one size."""
    return PolicySpec(3, INPUTS, (2, 3, 4) if discrete else (1, 2, 2), discrete)


def two_agents(discrete: bool) -> PolicySpec:
    """Two agents with one choice or one action feature each."""
    return PolicySpec(2, INPUTS, (3, 4) if discrete else (1, 1), discrete)


def policies(
    subject: Subject, ability: type = Policy, otherwise: str = "", make_spec: Callable[[bool], PolicySpec] = spec_of
) -> list[tuple[Any, PolicySpec]]:
    """One for each kind of action that the policy is for, where it has an ability.

    Raises:
        CheckSkippedError: it never has; `otherwise` says so.
    """
    specs = [make_spec(discrete) for discrete in kinds(subject)]
    able = [(policy, spec) for spec in specs if isinstance(policy := build(subject, spec), ability)]
    if not able:
        raise CheckSkippedError(otherwise)
    return able


def build(subject: Subject, spec: PolicySpec, seed: int = 0) -> Policy:
    """The policy, with initial parameters of a seed."""
    with seeded_initialisation(seed, "policy"):
        policy: Policy = subject.component.build(spec)
    return policy


def inputs(rows: int = BATCH, agents: int = 3) -> Tensor:
    """What the policies see: float32 [rows, agents, f]."""
    return torch.randn(rows, agents, INPUTS, generator=generator(0, "inputs"))
