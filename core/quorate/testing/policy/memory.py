"""Policies that remember."""

import torch

from quorate.seeding import generator
from quorate.testing.framework import CheckSkippedError, Subject
from quorate.testing.memory import Episodes, expect_forgetting, expect_remembering, expect_steps
from quorate.testing.policy.support import BATCH, INPUTS, policies

STEPS = 5


def check_begins(subject: Subject) -> None:
    """Where an episode begins, what was remembered before is nothing: as if the memory were zero."""
    for episodes in _remembering(subject):
        expect_forgetting(episodes)


def check_remembers(subject: Subject) -> None:
    """Within an episode, what was seen some steps ago changes the features: the memory is carried on, and used."""
    for episodes in _remembering(subject):
        expect_remembering(episodes)


def check_sequence(subject: Subject) -> None:
    """A sequence [T, B, n, f] equals its steps, episodes that begin inside it included (within 1e-5)."""
    for episodes in _remembering(subject):
        expect_steps(episodes)


def _remembering(subject: Subject) -> list[Episodes]:
    """One for each kind of action.

    Raises:
        CheckSkippedError: it remembers nothing.
    """
    randomness, found = generator(0, "episodes"), []
    for policy, spec in policies(subject):
        inputs, memory = (
            torch.randn(*lead, BATCH, spec.agents, size, generator=randomness)
            for lead, size in (((STEPS,), INPUTS), ((), policy.memory_size))
        )
        begins = torch.rand(STEPS, BATCH, generator=randomness) < 0.3
        found.append(Episodes(policy, inputs, memory, begins))
    if not any(episodes.remembers.memory_size for episodes in found):
        raise CheckSkippedError("it remembers nothing")
    return found
