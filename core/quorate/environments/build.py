"""From a component of a configuration to an environment."""

from dataclasses import dataclass
from typing import Any

import torch

from quorate.environments.from_parallel import ParallelBatch
from quorate.interfaces import Environment
from quorate.settings import Component, load_target


@dataclass(frozen=True)
class Factory:
    """Makes one PettingZoo environment, here or in a worker process.

    Attributes:
        target: ``module:attribute`` of a callable that takes the settings and returns a ParallelEnv.
        settings: of the environment.
    """

    target: str
    settings: Any

    def __call__(self) -> Any:
        """A new environment."""
        return load_target(self.target)(self.settings)


def build_environment(
    component: Component, batch: int, device: torch.device | str = "cpu", *, workers: int = 0
) -> Environment:
    """Build a batch of an environment.

    Args:
        component: its target is an `Environment` class, called ``target(settings, batch=batch, device=device)``, or
            any other callable, ``target(settings)``, that returns a PettingZoo ParallelEnv for the bridge to batch.
        batch: B.
        device: of the tensors.
        workers: processes for the bridge to spread the copies over; 0: none. Environments that are natively batched
            step themselves and need none.

    Raises:
        QuorateError: where the environment can not be made or used.
    """
    target = component.load()
    if isinstance(target, type) and issubclass(target, Environment):
        environment: Environment = component.build(batch=batch, device=device)
        return environment
    return ParallelBatch(
        Factory(component.target, component.settings),
        batch,
        device,
        name=component.name,
        tags=component.tags,
        origin=component.target.partition(":")[0],
        workers=workers,
    )
