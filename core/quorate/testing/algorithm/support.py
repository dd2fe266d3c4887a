"""Algorithms in a tiny world, with settings under which they learn in seconds."""

import dataclasses
from contextlib import closing
from typing import Any

import torch

from quorate.config import compose_component
from quorate.config.schema import Evaluation
from quorate.errors import QuorateError
from quorate.interfaces import Acting, Algorithm, RunContext, SelfEvaluating
from quorate.run.evaluation import make_evaluator
from quorate.settings import Component
from quorate.testing.framework import CheckSkippedError, Subject, check_tag
from quorate.testing.support import Silence, tiny_component


def acting(subject: Subject) -> Any:
    """The trained algorithm, if it is `Acting`.

    Raises:
        CheckSkippedError: it is not.
    """
    algorithm = trained(subject)
    if not isinstance(algorithm, Acting):
        raise CheckSkippedError("it has no `actor`")
    return algorithm


LIMITS: dict[str, int] = {
    "batch_size": 128,
    "critic_warmup": 4,
    "entropy_samples": 32,
    "environments": 16,
    "episodes": 64,
    "evaluation_samples": 200,
    "hidden": 64,
    "replay": 20_000,
    "rollout": 8,
    "samples": 2000,
    "trials": 64,
    "warmup_steps": 64,
    "width": 64,
}
"""Settings of these names, wherever they are, are lowered to this where they are whole numbers above it."""

SKILLED = 10
"""Training steps after which everything is trained, with these limits."""
BUDGET = 800
"""What algorithms are told as their budget of training steps."""
EPISODES = 64
"""That an evaluation plays."""


def reduced(settings: Any) -> Any:
    """Settings with `LIMITS`; those of components and sections inside too. What then does not fit stays as it was."""
    if isinstance(settings, list):
        return [reduced(item) for item in settings]
    if isinstance(settings, Component):
        return dataclasses.replace(settings, settings=reduced(settings.settings))
    if not dataclasses.is_dataclass(settings) or isinstance(settings, type):
        return settings
    names = [field.name for field in dataclasses.fields(settings) if field.init]
    changes = {name: _lowered(name, getattr(settings, name)) for name in names}
    try:
        return dataclasses.replace(settings, **changes)
    except ValueError:
        return settings


def _lowered(name: str, value: Any) -> Any:
    limit = LIMITS.get(name)
    if limit is None:
        return reduced(value)
    if type(value) is int:
        return min(value, limit)
    if isinstance(value, list) and all(type(item) is int for item in value):
        return [min(item, limit) for item in value]
    return value


def environment_of(subject: Subject) -> Component:
    """Where the algorithm is tried: what its row's tag ``check: {environment: ...}`` names, else a tiny world."""
    named = check_tag(subject.component).get("environment")
    if named is not None:
        return compose_component("environment", named, subject.registry)
    actions = subject.component.tags.get("requires", {}).get("actions", ["discrete"])
    return tiny_component("tiny/world-v1" if "discrete" in actions else "tiny/world-continuous-v1")


def build(subject: Subject, seed: int = 0, budget: int = BUDGET) -> Algorithm:
    """The algorithm, before its first training step.

    Raises:
        CheckSkippedError: it can not learn from this environment.
    """
    component, world = reduced(subject.component), environment_of(subject)
    try:
        algorithm: Algorithm = component.build(RunContext(world, seed, torch.device("cpu"), budget, Silence()))
    except QuorateError as error:
        hint = "name another one in the row's tags, `check: {environment: ...}`"
        raise CheckSkippedError(f"it can not be built for {world.name}: {error.problem}; {hint}") from None
    return algorithm


def trained(subject: Subject, steps: int = SKILLED) -> Algorithm:
    """The algorithm after some training steps."""
    algorithm = build(subject)
    for _ in range(steps):
        algorithm.train_step()
    return algorithm


def evaluated(subject: Subject, algorithm: Algorithm, factor: int | None = None) -> dict[str, float]:
    """What a run would measure of an algorithm, in few episodes."""
    few = Evaluation() if isinstance(algorithm, SelfEvaluating) else Evaluation(episodes=EPISODES)
    context = RunContext(environment_of(subject), 0, torch.device("cpu"), BUDGET, Silence())
    with closing(make_evaluator(algorithm, context, few)) as evaluator:
        return dict(evaluator(factor))
