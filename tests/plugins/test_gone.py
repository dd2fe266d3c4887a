"""What an agent does, sees or is told that is gone changes nothing that is learned, and its own policy stays."""

import copy
from collections.abc import Callable
from typing import Any

import pytest
import torch

from quorate.learning.multi_step import multi_step

COMMON = "environments: 4, batch_size: 16, warmup_steps: 16, discount: 0.9"
TINY = "{name: ddpm, steps: 2, network: {hidden: [4]}}"
ALGORITHMS = {
    "hasac": "name: hasac",
    "hasac at once": "name: hasac, turns: simultaneous",
    "ddpl": f"name: ddpl, policy: {TINY}, policy_states: 8, critic_warmup: 0",
    "ddpl, gaussian": "name: ddpl, policy: gaussian, policy_states: 8, critic_warmup: 0",
    "dacer": f"name: dacer, policy: {TINY}, sees: state",
    "qvpo": f"name: qvpo, policy: {TINY}, sees: state",
}
GARBAGE = 7.0


def trained(algorithm: Any) -> dict[str, Any]:
    names = ("policy", "critics", "temperatures", "critic_temperature", "temperature")
    parts = {name: part.state_dict() for name, part in algorithm.parts().items() if name in names}
    return {f"{name}/{key}": value for name, part in parts.items() for key, value in part.items() if key != "optimiser"}


@pytest.mark.parametrize("algorithm", ALGORITHMS.values(), ids=ALGORITHMS)
def test_garbage_of_agents_that_are_gone(on_leaving: Callable[..., Any], algorithm: str) -> None:
    found = []
    for garbage in (None, GARBAGE):
        built = on_leaving(f"{{{algorithm}, {COMMON}}}", agents=3, leave=2, cut=True)
        for _ in range(10):
            built.train_step()
        sample = multi_step(built.replay, torch.arange(len(built.replay) - 8), 1, 0.9)
        assert not bool(sample.agent_mask.all())
        if garbage is not None:
            sample.inputs[~sample.agent_mask] = sample.actions[~sample.agent_mask] = garbage
            sample.next_inputs[~sample.next_agent_mask] = garbage
        metrics = built.update(sample)
        found.append({**trained(built), **{name: metrics[name] for name in metrics if name != "effective_samples"}})
    for name, value in found[0].items():
        torch.testing.assert_close(found[1][name], value, rtol=1e-5, atol=1e-6, msg=lambda text, name=name: name + text)


@pytest.mark.parametrize("algorithm", list(ALGORITHMS)[:4])
def test_momentum_does_not_move_who_is_gone(on_leaving: Callable[..., Any], algorithm: str) -> None:
    built = on_leaving(f"{{{ALGORITHMS[algorithm]}, {COMMON}}}", agents=3, leave=2, cut=True)
    for _ in range(10):
        built.train_step()
    sample = multi_step(built.replay, torch.arange(len(built.replay) - 8), 1, 0.9)
    policy = built.parts()["policy"]
    for present in (True, False):  # the first time is for the momentum
        sample.agent_mask[:, 0] = sample.next_agent_mask[:, 0] = present
        before = copy.deepcopy(policy.state_dict())
        built.update(sample)
        for name, parameter in policy.named_parameters():
            moved = (parameter.detach() != before[name]).flatten(1).any(1)
            assert bool(moved[1:].all()), name
            assert bool(moved[0]) == present, name
