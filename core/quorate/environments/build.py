"""From a component of a configuration to an environment."""

import inspect
from dataclasses import dataclass
from typing import Any

import torch

from quorate.environments.from_parallel import ParallelBatch, ParallelRows
from quorate.errors import QuorateError
from quorate.interfaces import Environment
from quorate.registry.this_process import refuse_elsewhere
from quorate.settings import Component, load_target
from quorate.whole import whole_number


@dataclass(frozen=True)
class Factory:
    """Makes one PettingZoo environment, here or in a worker process.

    Attributes:
        target: ``module:attribute`` of a callable that takes the settings and returns a ParallelEnv.
        settings: of the environment.
        allow: the packages that the settings may name modules of, for a target whose row says that they may.
        render: ask for pictures, ``render_mode="rgb_array"``, where the target takes that.
    """

    target: str
    settings: Any
    allow: tuple[str, ...] | None = None
    render: bool = False

    def __call__(self) -> Any:
        """A new environment."""
        target = load_target(self.target)
        more: dict[str, Any] = {} if self.allow is None else {"allow": self.allow}
        if self.render and "render_mode" in inspect.signature(target).parameters:
            more["render_mode"] = "rgb_array"
        return target(self.settings, **more)


def build_environment(
    component: Component, batch: int, device: torch.device | str = "cpu", *, workers: int = 0, render: bool = False
) -> Environment:
    """Build a batch of an environment.

    Args:
        component: its target is an `Environment` class, called ``target(settings, batch=batch, device=device)``, or
            any other callable, ``target(settings)``, that returns a PettingZoo ParallelEnv for the bridge to batch
            (``target(settings, allow=...)`` where the row has the key ``allow``). Settings with a property ``title``
            add it to the environment's name. Episodes are not stored where the tag ``resumable: false`` says that they
            can not be played again. All that happens in the component's interpreter, where it has one.
        batch: B.
        device: of the tensors.
        workers: processes for the bridge to spread the copies over; 0: none. Environments that are natively batched
            step themselves and need none.
        render: make a ParallelEnv with ``render_mode="rgb_array"``, where its target takes that.

    Raises:
        QuorateError: where the environment can not be made or used.
    """
    rows, processes = whole_number(batch), whole_number(workers)
    if rows is None or rows < 1 or processes is None or processes < 0:
        problem = f"a batch of {batch!r} rows in {workers!r} workers is impossible"
        raise QuorateError(problem, where=component.name, fix="give whole numbers, a batch >= 1 and workers >= 0")
    batch, workers = rows, processes
    if component.interpreter is not None:
        from quorate.environments.isolated.environment import build_isolated

        return build_isolated(
            component, component.interpreter, batch, torch.device(device), workers=workers, render=render
        )
    target = component.load()
    if isinstance(target, type) and issubclass(target, Environment):
        environment: Environment = component.build(batch=batch, device=device)
        return environment
    if workers:
        refuse_elsewhere([component], "workers")
    title = getattr(component.settings, "title", "")
    batched = ParallelRows if component.tags.get("resumable") is False else ParallelBatch
    return batched(
        Factory(component.target, component.settings, component.allow, render),
        batch,
        device,
        name=f"{component.name} {title}" if title else component.name,
        tags=component.tags,
        origin=next(iter(getattr(component.settings, "imports", ())), component.target.partition(":")[0]),
        workers=workers,
    )
