"""What the checks of policies share: sizes, inputs, and the policies themselves."""

from collections.abc import Iterator

import torch
from torch import Tensor

from quorate.interfaces import Policy, PolicySpec
from quorate.learning.initialisation import seeded_initialisation
from quorate.seeding import generator
from quorate.testing.framework import Subject
from quorate.testing.support import held_randomness

COUNT = 6


def policies(subject: Subject) -> Iterator[tuple[Policy, PolicySpec]]:
    """One for each kind of action that the policy is for."""
    for discrete in kinds(subject):
        spec = spec_of(discrete)
        yield build(subject, spec), spec


def draw(policy: Policy, given: Tensor) -> Tensor:
    """Actions [N, B, n, ...] of a generator of always the same seed."""
    with held_randomness():
        return policy.sample(given, COUNT, generator(0))


BATCH = 5


INPUTS = 4
"""f, features that a policy sees."""


def kinds(subject: Subject) -> list[bool]:
    """Whether actions are discrete, for each kind that the row's tag `requires` lets the policy have."""
    allowed = subject.component.tags.get("requires", {}).get("actions", ["discrete", "continuous"])
    return [kind == "discrete" for kind in ("discrete", "continuous") if kind in allowed]


def spec_of(discrete: bool) -> PolicySpec:
    """Three agents whose actions are not of one size."""
    return PolicySpec(3, INPUTS, (2, 3, 4) if discrete else (1, 2, 2), discrete)


def build(subject: Subject, spec: PolicySpec, seed: int = 0) -> Policy:
    """The policy, with initial parameters of a seed."""
    with seeded_initialisation(seed, "policy"):
        policy: Policy = subject.component.build(spec)
    return policy


def inputs(rows: int = BATCH, agents: int = 3) -> Tensor:
    """What the policies see: float32 [rows, agents, f]."""
    return torch.randn(rows, agents, INPUTS, generator=generator(0, "inputs"))
