"""Plays whole episodes and counts them."""

import math
import warnings
from collections.abc import Callable

import torch
from torch import Tensor

from quorate.interfaces import Actor, Environment, EnvironmentSpec, Step
from quorate.interfaces.algorithm import Report
from quorate.run.tally import Tally

Watch = Callable[[Step, Tensor | None], None]
"""Told of each step and of the actions that follow it; of None at the end."""


@torch.no_grad()
def play_episodes(
    environment: Environment,
    actor: Actor,
    tally: Tally,
    seed: int,
    randomness: torch.Generator,
    report: Report,
    watch: Watch | None = None,
) -> None:
    """Play until the tally is full, and tell `report` how many episodes are over.

    The seed is of the environment, the randomness of the actions; `watch` sees it all.
    """
    step = environment.reset(seed)
    actor.reset(step)
    patience = Patience(environment.spec)
    while not tally.full:
        actions = actor.act(randomness)
        if watch is not None:
            watch(step, actions)
        step = environment.step(actions)
        actor.observe(step)
        tally.add(step)
        patience.saw(tally.done)
        report("evaluating" if watch is None else "playing", tally.done, tally.total)
    if watch is not None:
        watch(step, None)


class Patience:
    """Warns once where episodes may never end: no horizon is declared, and none ended in the last `LONGEST` steps."""

    LONGEST = 10_000

    def __init__(self, spec: EnvironmentSpec) -> None:
        self._name, self._left = spec.name, math.inf if spec.horizon else self.LONGEST
        self._done = 0

    def saw(self, done: int) -> None:
        """A step was made, and `done` episodes have ended so far."""
        self._left = self._left - 1 if done == self._done else max(self._left, self.LONGEST)
        self._done = done
        if self._left == 0:
            self._left = math.inf
            warnings.warn(
                f"No episode of {self._name} has ended in {self.LONGEST} steps of an evaluation, and no horizon is "
                "declared: the evaluation may never end. Ctrl-C stops it; a horizon in the environment's settings cuts "
                "episodes off.",
                stacklevel=3,
            )
