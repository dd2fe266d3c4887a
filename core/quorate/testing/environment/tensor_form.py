"""The tensors of a step: shapes, types, places, values, padding, and that they stay as they are."""

import torch
from torch import Tensor

from quorate.interfaces import EnvironmentSpec
from quorate.testing.environment.compare import at, pairs, places, tensors
from quorate.testing.environment.play import (
    BATCH,
    action_sizes,
    choose,
    is_discrete,
    length_of,
    opened,
    play,
    standard_play,
)
from quorate.testing.framework import Subject, expect
from quorate.testing.support import identical


def run(subject: Subject) -> None:
    """It is reset and stepped with random valid actions, with a seed and without, in batches of 1 and of 4."""
    for batch in (1, BATCH):
        with opened(subject, batch) as environment:
            played = play(environment)
            for step in (environment.reset(), environment.reset(1)):
                environment.step(choose(played.spec, step, 0))


def shapes(subject: Subject) -> None:
    """Every tensor of every step has the shape that `Step` documents; those of `info` begin with the batch."""
    played = standard_play(subject)
    batch = subject.batch or BATCH
    wanted = _shapes(played.spec, batch)
    for time, name, value in pairs(played.steps):
        if name in wanted:
            good = tuple(value.shape) == wanted[name]
            expect(good, f"{name} of the shape {wanted[name]}", f"{tuple(value.shape)} in {at(time)}")
        else:
            good = value.dim() >= 1 and value.shape[0] == batch
            expect(good, f"{name} whose first dimension is the batch, {batch}", f"{tuple(value.shape)} in {at(time)}")
    masked = is_discrete(played.spec) or all(step.action_mask is None for step in played.steps)
    expect(masked, "no action_mask, as the actions are continuous", "one")


def _shapes(spec: EnvironmentSpec, batch: int) -> dict[str, tuple[int, ...]]:
    n, o, s = spec.agent_count, spec.observation_size, spec.state_size
    own = dict.fromkeys(("reward", "terminated", "truncated"), (batch,))
    finals: dict[str, tuple[int, ...]] = {"agent_reward": (batch, n), "outcomes": (batch, len(spec.outcomes))}
    finals |= {"final_observation": (batch, n, o), "final_state": (batch, s)}
    masks = {"action_mask": (batch, n, max(action_sizes(spec))), "agent_mask": (batch, n)}
    masks |= {f"final_{name}": shape for name, shape in masks.items()}
    return own | finals | masks | {"observation": (batch, n, o), "state": (batch, s)}


def dtypes(subject: Subject) -> None:
    """Observations, states, rewards and outcomes are float32; ends and masks are bool."""
    numbers = ("observation", "state", "reward", "final_observation", "final_state", "agent_reward", "outcomes")
    kinds = dict.fromkeys(numbers, torch.float32)
    flags = ("terminated", "truncated", "action_mask", "agent_mask", "final_action_mask", "final_agent_mask")
    kinds |= dict.fromkeys(flags, torch.bool)
    played = standard_play(subject)
    for time, name, value in pairs(played.steps):
        if name in kinds:
            expect(value.dtype == kinds[name], f"{name} of {kinds[name]}", f"{value.dtype} in {at(time)}")


def device(subject: Subject) -> None:
    """Every tensor is on the device that the environment was built for, which `device` names too.

    Where there is a CUDA device, the environment is built for that as well.
    """
    for kind in ("cpu", "cuda") if torch.cuda.is_available() else ("cpu",):
        with opened(subject, device=kind) as environment:
            named = environment.device
            expect(named.type == kind, f"the device {kind}, which it was built for", f"environment.device == {named}")
            steps = standard_play(subject).steps if kind == "cpu" else play(environment).steps
        for time, name, value in pairs(steps):
            expect(value.device.type == kind, f"{name} on {kind}", f"{value.device} in {at(time)}")


def values(subject: Subject) -> None:
    """Observations, states and rewards are finite, and the features of a state that is declared binary are 0 or 1."""
    played = standard_play(subject)
    for time, name, value in pairs(played.steps):
        if value.is_floating_point() and not name.endswith("_mask") and name != "outcomes":
            _expect_all(value.isfinite(), value, f"{name} that is finite", time)
        if played.spec.binary_state and name in ("state", "final_state"):
            _expect_all((value == 0) | (value == 1), value, f"{name} of 0 and 1, as it is declared binary", time)


def _expect_all(good: Tensor, value: Tensor, wanted: str, time: int) -> None:
    for row, *rest in places(~good):
        place = f"feature {', '.join(map(str, rest))}, {at(time, row)}" if rest else at(time, row)
        expect(False, wanted, f"{value[(row, *rest)].item()} in {place}")


def padding(subject: Subject) -> None:
    """Beyond an agent's own observation size, its observations are zero."""
    played = standard_play(subject)
    for time, step in enumerate(played.steps):
        for name in ("observation", "final_observation"):
            if (value := getattr(step, name)) is not None:
                _padded(value, played.spec, name, time)


def _padded(value: Tensor, spec: EnvironmentSpec, name: str, time: int) -> None:
    for index, (agent, size) in enumerate(zip(spec.agents, spec.observation_sizes, strict=True)):
        for row, feature in places(value[:, index, size:] != 0):
            found = f"{value[row, index, size + feature].item()} in feature {size + feature}"
            expect(False, f"{name} that is zero beyond {size} features", f"{found}, {at(time, row, agent)}")


def kept(subject: Subject) -> None:
    """A step that was handed out is not changed by later steps, and the actions given are left as they are."""
    with opened(subject) as environment:
        step = environment.reset(0)
        for time in range(min(12, length_of(environment.spec))):
            actions = choose(environment.spec, step, time)
            before, given = {name: value.clone() for name, value in tensors(step).items()}, actions.clone()
            following = environment.step(actions)
            for name, value in tensors(step).items():
                changed = f"the {name} of {at(time)} was changed by step {time + 1}"
                expect(identical(value, before[name]), "tensors that stay as they were handed out", changed)
            expect(identical(actions, given), "actions that are left as they are", f"step {time + 1} changed them")
            step = following
