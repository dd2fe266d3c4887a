"""Plays random valid actions in an environment, the same ones again where that is wanted."""

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import torch
from gymnasium import spaces
from torch import Tensor

from quorate.environments import build_environment
from quorate.environments.bounds import float32_bounds
from quorate.interfaces import Environment, EnvironmentSpec, Step
from quorate.testing.framework import CheckSkippedError, Subject

BATCH = 4
"""Rows of most plays."""

_LONGEST, _UNKNOWN, _FEWEST = 1000, 100, 40
"""The longest horizon that is played to its end, the steps where there is none or a longer one, and the fewest."""
_FURTHEST = 1e6
"""Random actions stay this near to zero where the bounds of their space allow it: more upsets any simulator."""


def opened(subject: Subject, batch: int = BATCH, device: str = "cpu") -> closing[Environment]:
    """Build an environment, and close it; more rows than one are as many as the subject says, where it does."""
    rows = batch if batch == 1 else subject.batch or batch
    return closing(build_environment(subject.component, rows, device))


@dataclass(frozen=True)
class Play:
    """What was seen: `steps[0]` is of the reset, and `actions[t]` led from `steps[t]` to `steps[t + 1]`."""

    spec: EnvironmentSpec
    steps: list[Step]
    actions: list[Tensor]


@lru_cache(maxsize=1)
def standard_play(subject: Subject) -> Play:
    """The play that most checks look at: `BATCH` rows, seed 0. It is made once for all of them."""
    with opened(subject) as environment:
        return play(environment)


def length_of(spec: EnvironmentSpec) -> int:
    """Steps that show episodes beginning and ending, where the horizon is not too long for that."""
    horizon = spec.horizon
    if horizon is None or horizon > _LONGEST:
        return _UNKNOWN
    return max(2 * horizon + 2, _FEWEST) if horizon <= 100 else horizon + 2


def play(
    environment: Environment,
    seed: int = 0,
    length: int | None = None,
    *,
    first_row: int | None = None,
    start: int = 0,
    between: Callable[[], object] = lambda: None,
) -> Play:
    """Reset, and take random valid actions.

    Args:
        environment: any; its tensors are left as they are.
        seed: of the reset.
        length: steps; None: `length_of`.
        first_row: the first row takes other actions, of this seed.
        start: of the seeds of the actions, one for each step.
        between: called before each step.
    """
    spec = environment.spec
    steps, actions = [environment.reset(seed)], []
    for time in range(length_of(spec) if length is None else length):
        between()
        actions.append(choose(spec, steps[-1], start + time, first_row))
        steps.append(environment.step(actions[-1]))
    return Play(spec, steps, actions)


def choose(spec: EnvironmentSpec, step: Step, seed: int, first_row: int | None = None) -> Tensor:
    """Random valid actions: int64 [B, n], or float32 [B, n, a]; the same ones for the same seed and masks."""
    sizes = action_sizes(spec)
    shape = (step.state.shape[0], spec.agent_count, max(sizes))
    drawn = torch.rand(shape, generator=_generator(seed))
    if first_row is not None:
        drawn[:1] = torch.rand((1, *shape[1:]), generator=_generator(seed, first_row + 1))
    real = torch.arange(shape[-1]) < torch.tensor(sizes)[:, None]
    if is_discrete(spec):
        valid = real if step.action_mask is None else real & step.action_mask.cpu()
        return (drawn + valid).argmax(-1).to(step.state.device)
    low, high = _bounds(spec, shape[-1])
    return (low + (high - low) * drawn).clamp(low, high).to(step.state.device)


def _generator(*seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(sum(part * 1_000_003**place for place, part in enumerate(seed)))


def action_sizes(spec: EnvironmentSpec) -> tuple[int, ...]:
    """Choices, or features of an action, of each agent."""
    return tuple(int(s.n) if isinstance(s, spaces.Discrete) else int(s.shape[0]) for s in _spaces(spec))


def is_discrete(spec: EnvironmentSpec) -> bool:
    """Whether actions are indices."""
    return isinstance(spec.action_spaces[0], spaces.Discrete)


def _spaces(spec: EnvironmentSpec) -> tuple[Any, ...]:
    return spec.action_spaces


def _bounds(spec: EnvironmentSpec, size: int) -> tuple[Tensor, Tensor]:
    """Each agent's bounds, [n, a]; 1 beyond zero or the other bound where there are none, and never far beyond both."""
    low, high = torch.zeros(2, spec.agent_count, size)
    for index, box in enumerate(_spaces(spec)):
        bottom, top = map(torch.from_numpy, float32_bounds(box))
        nearest = torch.zeros_like(bottom).clamp(bottom, top)
        bottom, top = bottom.where(bottom.isfinite(), nearest - 1), top.where(top.isfinite(), nearest + 1)
        furthest = (2 * nearest.abs()).clamp(_FURTHEST, torch.finfo(bottom.dtype).max)
        low[index, : len(bottom)] = bottom.clamp(-furthest, furthest)
        high[index, : len(top)] = top.clamp(-furthest, furthest)
    return low, high


def require_end(steps: list[Step]) -> None:
    """Skip a check where no episode came to its end.

    Raises:
        CheckSkippedError: none did.
    """
    if not any(bool(step.ended.any()) for step in steps):
        raise CheckSkippedError(f"no episode ended in {len(steps) - 1} steps of random actions")
