"""Agents and rows are independent of each other, and of the global generators."""

import torch

from quorate.seeding import generator
from quorate.testing.framework import Subject, expect
from quorate.testing.policy.support import COUNT, draw, inputs, policies, seen
from quorate.testing.support import close, held_randomness, identical, untouched_randomness


def check_generator(subject: Subject) -> None:
    """Equal generators give equal actions, whatever the state of the global generators, which stay as they are."""
    for policy, _ in policies(subject):
        with untouched_randomness("`sample`"):
            one = policy.sample(seen(policy, inputs()), COUNT, generator(0))
        with held_randomness(1):
            two = policy.sample(seen(policy, inputs()), COUNT, generator(0))
        expect(identical(one, two), "equal actions from equal generators", "others")


def check_agents(subject: Subject) -> None:
    """An agent's actions depend on its own input and its own parameters alone.

    Parameters of agents that do not share are stacked, with the agent as the first dimension.
    """
    for policy, spec in policies(subject):
        before = draw(policy, inputs())
        changed = inputs()
        changed[:, 0] += 1.0
        expect(
            close(draw(policy, changed)[:, :, 1:], before[:, :, 1:]),
            "actions that depend on the own input alone",
            "that agent 0's input changes what the others do",
        )
        parameters = dict(policy.named_parameters())
        flat = [name for name, p in parameters.items() if p.dim() == 0 or p.shape[0] != spec.agents]
        expect(not flat, f"parameters whose first dimension is the agent ({spec.agents})", f"others: {flat}")
        with torch.no_grad():
            for parameter in parameters.values():
                parameter[0] += 0.5
        expect(
            close(draw(policy, inputs())[:, :, 1:], before[:, :, 1:]),
            "actions that depend on the own parameters alone",
            "that agent 0's parameters change what the others do",
        )


def check_rows(subject: Subject) -> None:
    """The actions of a row do not depend on the inputs of the other rows (within 1e-5)."""
    for policy, _ in policies(subject):
        changed = inputs()
        changed[1:] = changed[1:] + 1.0
        one, two = draw(policy, inputs())[:, 0], draw(policy, changed)[:, 0]
        expect(close(one, two), "the same actions whatever the other rows are", "other actions")
