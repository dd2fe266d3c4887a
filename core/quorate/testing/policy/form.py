"""Actions are of the right form, and the state is all there is."""

import torch
from torch import Tensor

from quorate.interfaces import Greedy, PolicySpec
from quorate.seeding import generator
from quorate.testing.framework import CheckSkippedError, Subject, expect
from quorate.testing.policy.support import BATCH, COUNT, build, draw, inputs, kinds, policies, seen
from quorate.testing.support import check_movable, check_plain_state, check_tensor, identical, untouched_randomness


def check_samples(subject: Subject) -> None:
    """`sample` returns int64 [N, B, n] of real choices, or finite float32 [N, B, n, a], zero where padded."""
    for policy, spec in policies(subject):
        actions = policy.sample(seen(policy, inputs()), COUNT, generator(0))
        _check_actions("what `sample` returns", actions, (COUNT, BATCH), spec)


def check_masks(subject: Subject) -> None:
    """Choices that the action mask excludes are never taken: by `sample`, by `mode`, by any agent."""
    if True not in kinds(subject):
        raise CheckSkippedError("it is for continuous actions")
    for policy, spec in policies(subject):
        if not spec.discrete:
            continue
        mask = _mask(spec)
        given = seen(policy, inputs())
        taken = [("sample", policy.sample(given, 64, generator(0), mask))]
        if isinstance(policy, Greedy):
            taken.append(("mode", policy.mode(given, mask)[None]))
        for name, actions in taken:
            valid = mask.expand(len(actions), -1, -1, -1).gather(-1, actions[..., None])
            wrong = int((~valid).sum())
            expect(wrong == 0, f"valid choices from `{name}`", f"{wrong} of {valid.numel()} that the mask excludes")


def check_greedy(subject: Subject) -> None:
    """`mode` returns int64 [B, n] or float32 [B, n, a], zero where padded; the same each time, without randomness."""
    for policy, spec in policies(subject, Greedy, "it is not `Greedy`"):
        with untouched_randomness("`mode`"):
            one, two = policy.mode(seen(policy, inputs())), policy.mode(seen(policy, inputs()))
        _check_actions("what `mode` returns", one, (BATCH,), spec)
        expect(identical(one, two), "the same best action each time", "others")


def check_state(subject: Subject) -> None:
    """`state_dict` holds tensors; loaded into a policy of other initial parameters, it makes the two the same.

    All its tensors are parameters or buffers, so that `to(device)` moves it.
    """
    for policy, spec in policies(subject):
        check_movable(policy)
        other = build(subject, spec, seed=1)
        other.load_state_dict(check_plain_state(policy))
        expect(identical(draw(policy, inputs()), draw(other, inputs())), "equal actions after loading", "others")


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
