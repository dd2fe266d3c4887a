"""Episodes in an environment of a game of tables, played by what all remember in common."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from quorate.interfaces import Environment, Step
from quorate_information_sharing.learning.knowledge import Knowledge
from quorate_information_sharing.learning.policy import Policy
from quorate_information_sharing.learning.windows import Ints, Windows

Choose = Callable[[int, Ints, Ints], Ints]
"""From a step, windows and joint observations [B] to actions [2, B]."""


@dataclass(frozen=True)
class Happened:
    """At a step of B episodes.

    Attributes:
        step: from 0.
        window: int64 [B].
        observation: int64 [B], joint; 0 where there was none.
        action: int64 [B], joint.
        reward: float32 [B], the team's.
    """

    step: int
    window: Ints
    observation: Ints
    action: Ints
    reward: npt.NDArray[np.float32]


def play(
    environment: Environment, knowledge: Knowledge, windows: Windows, choose: Choose, steps: int, seed: int | None
) -> Iterator[Happened]:
    """So many steps of new episodes in all rows.

    Args:
        environment: in which no episode ends earlier.
        knowledge: sizes of its game.
        windows: what is remembered.
        choose: what is done.
        steps: at most the horizon.
        seed: of the environment; None: it goes on drawing.
    """
    window = np.zeros(environment.batch, np.int64)
    observation = joint_observation(environment.reset(seed), knowledge)
    for step in range(steps):
        own = choose(step, window, observation)
        led_to = environment.step(torch.as_tensor(own.T.copy(), device=environment.device))
        action = knowledge.joint_action(own)
        yield Happened(step, window, observation, action, led_to.reward.cpu().numpy())
        window = windows.after(window, observation, action)
        observation = joint_observation(led_to, knowledge)


def joint_observation(step: Step, knowledge: Knowledge) -> Ints:
    """One-hot observations of both agents as one number, [B]; 0 where there is none."""
    own: Tensor = step.observation.argmax(-1)
    return np.asarray((own[:, 0] * knowledge.observations[1] + own[:, 1]).cpu().numpy())


def mean_return(
    environment: Environment, knowledge: Knowledge, policy: Policy, horizon: int, episodes: int, seed: int
) -> tuple[float, float]:
    """What a policy brings to the team in episodes that are played, and the standard error of that."""
    total: list[npt.NDArray[np.float32]] = []
    for number in range(-(-episodes // environment.batch)):
        first = seed if number == 0 else None
        played = play(environment, knowledge, policy.windows, policy.act, horizon, first)
        total.append(np.sum([happened.reward for happened in played], 0))
    every = np.concatenate(total).astype(np.float64)
    return float(every.mean()), float(every.std() / len(every) ** 0.5)
