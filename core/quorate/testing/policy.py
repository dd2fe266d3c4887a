"""Checks of policies: what every policy class must do."""

from collections.abc import Iterator

import torch
from torch import Tensor

from quorate.interfaces import Greedy, Policy, PolicySpec
from quorate.seeding import generator
from quorate.testing.framework import Check, CheckSkippedError, Subject, expect
from quorate.testing.policy_densities import DENSITY_CHECKS
from quorate.testing.policy_support import BATCH, build, inputs, kinds, spec_of
from quorate.testing.support import (
    check_movable,
    check_plain_state,
    check_tensor,
    close,
    held_randomness,
    identical,
    untouched_randomness,
)

COUNT = 6


def _samples(subject: Subject) -> None:
    """`sample` returns int64 [N, B, n] of real choices, or finite float32 [N, B, n, a], zero where padded."""
    for policy, spec in _policies(subject):
        actions = policy.sample(inputs(), COUNT, generator(0))
        _check_actions("what `sample` returns", actions, (COUNT, BATCH), spec)


def _masks(subject: Subject) -> None:
    """Choices that the action mask excludes are never taken: by `sample`, by `mode`, by any agent."""
    if True not in kinds(subject):
        raise CheckSkippedError("it is for continuous actions")
    for policy, spec in _policies(subject):
        if not spec.discrete:
            continue
        mask = _mask(spec)
        taken = [("sample", policy.sample(inputs(), 64, generator(0), mask))]
        if isinstance(policy, Greedy):
            taken.append(("mode", policy.mode(inputs(), mask)[None]))
        for name, actions in taken:
            valid = mask.expand(len(actions), -1, -1, -1).gather(-1, actions[..., None])
            wrong = int((~valid).sum())
            expect(wrong == 0, f"valid choices from `{name}`", f"{wrong} of {valid.numel()} that the mask excludes")


def _generator(subject: Subject) -> None:
    """Equal generators give equal actions, whatever the state of the global generators, which stay as they are."""
    for policy, _ in _policies(subject):
        with untouched_randomness("`sample`"):
            one = policy.sample(inputs(), COUNT, generator(0))
        with held_randomness(1):
            two = policy.sample(inputs(), COUNT, generator(0))
        expect(identical(one, two), "equal actions from equal generators", "others")


def _agents(subject: Subject) -> None:
    """An agent's actions depend on its own input and its own parameters alone.

    Parameters of agents that do not share are stacked, with the agent as the first dimension.
    """
    for policy, spec in _policies(subject):
        before = _draw(policy, inputs())
        changed = inputs()
        changed[:, 0] += 1.0
        expect(
            close(_draw(policy, changed)[:, :, 1:], before[:, :, 1:]),
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
            close(_draw(policy, inputs())[:, :, 1:], before[:, :, 1:]),
            "actions that depend on the own parameters alone",
            "that agent 0's parameters change what the others do",
        )


def _rows(subject: Subject) -> None:
    """The actions of a row do not depend on the inputs of the other rows (within 1e-5)."""
    for policy, _ in _policies(subject):
        changed = inputs()
        changed[1:] = changed[1:] + 1.0
        one, two = _draw(policy, inputs())[:, 0], _draw(policy, changed)[:, 0]
        expect(close(one, two), "the same actions whatever the other rows are", "other actions")


def _greedy(subject: Subject) -> None:
    """`mode` returns int64 [B, n] or float32 [B, n, a], zero where padded; the same each time, without randomness."""
    found = False
    for policy, spec in _policies(subject):
        if isinstance(policy, Greedy):
            found = True
            with untouched_randomness("`mode`"):
                one = policy.mode(inputs())
                two = policy.mode(inputs())
            _check_actions("what `mode` returns", one, (BATCH,), spec)
            expect(identical(one, two), "the same best action each time", "others")
    if not found:
        raise CheckSkippedError("it is not `Greedy`")


def _state(subject: Subject) -> None:
    """`state_dict` holds tensors; loaded into a policy of other initial parameters, it makes the two the same.

    All its tensors are parameters or buffers, so that `to(device)` moves it.
    """
    for policy, spec in _policies(subject):
        check_movable(policy)
        other = build(subject, spec, seed=1)
        other.load_state_dict(check_plain_state(policy))
        expect(identical(_draw(policy, inputs()), _draw(other, inputs())), "equal actions after loading", "others")


def _policies(subject: Subject) -> Iterator[tuple[Policy, PolicySpec]]:
    """One for each kind of action that the policy is for."""
    for discrete in kinds(subject):
        spec = spec_of(discrete)
        yield build(subject, spec), spec


def _draw(policy: Policy, given: Tensor) -> Tensor:
    with held_randomness():
        return policy.sample(given, COUNT, generator(0))


def _check_actions(what: str, actions: Tensor, lead: tuple[int, ...], spec: PolicySpec) -> None:
    sizes = torch.tensor(spec.action_sizes)
    if spec.discrete:
        check_tensor(what, actions, (*lead, spec.agents), torch.int64)
        real = (actions >= 0) & (actions < sizes)
        expect(bool(real.all()), f"choices from 0 to the agents' {spec.action_sizes}", f"{int((~real).sum())} others")
        return
    check_tensor(what, actions, (*lead, spec.agents, spec.action_size))
    padding = actions.masked_select(~spec.action_features())
    expect(bool((padding == 0).all()), f"zeros in {what} where an agent has no such feature", "others")


def _mask(spec: PolicySpec) -> Tensor:
    """bool [B, n, a]: random, with one valid choice for each agent at least."""
    real = spec.action_features()
    mask = (torch.rand(BATCH, *real.shape, generator=generator(0, "mask")) < 0.5) & real
    kept = torch.randint(min(spec.action_sizes), (BATCH, spec.agents, 1), generator=generator(0, "kept"))
    return mask.scatter(-1, kept, True)


CHECKS: tuple[Check, ...] = (
    Check("policy", "samples", "Actions have the shape and the type that they should, and are real ones.", _samples),
    Check("policy", "masks", "Choices that are not valid are never taken.", _masks),
    Check("policy", "generator", "All randomness comes from the generator that is given.", _generator),
    Check("policy", "agents", "No agent depends on another's input or parameters.", _agents),
    Check("policy", "rows", "The rows of a batch do not influence each other.", _rows),
    Check("policy", "greedy", "The best action is deterministic.", _greedy),
    Check("policy", "state", "Its state is tensors, and is all that it depends on.", _state),
    *DENSITY_CHECKS,
)
