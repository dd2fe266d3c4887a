"""The approximate common-information model that was counted (2308.08705, section 4)."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from quorate_information_sharing.learning.counts import Counts
from quorate_information_sharing.learning.knowledge import Knowledge
from quorate_information_sharing.learning.stage import Stages
from quorate_information_sharing.learning.windows import Floats, Ints, Windows


@dataclass(frozen=True)
class StepModel:
    """One step: W windows, and E pairs of a window and the joint observation that came after it.

    Attributes:
        window: int64 [W], sorted.
        owner: int64 [E], the window of each pair, as an index.
        observation: int64 [E].
        pair: int64 [E], both as one number, sorted.
        chance: float64 [E], of the joint observation after its window.
        visits: float64 [E, A], of joint actions.
        reward: float64 [E, A], means; 0 where there were no visits.
        stages: the games that agents play after each window.
        stage_owner: int64 [G], the window of each of them, as an index.
    """

    window: Ints
    owner: Ints
    observation: Ints
    pair: Ints
    chance: Floats
    visits: Floats
    reward: Floats
    stages: Stages
    stage_owner: Ints


@dataclass(frozen=True)
class Model:
    """A decision process of which windows are the states."""

    knowledge: Knowledge
    windows: Windows
    steps: tuple[StepModel, ...]


def learned_model(counts: Counts, knowledge: Knowledge, horizon: int, least: int = 1) -> Model:
    """The model of maximum likelihood.

    Args:
        counts: of exploration.
        knowledge: who knows what within a step.
        horizon: H.
        least: windows that came less often at a step are left out.
    """
    step, window, observation, action = counts.parts()
    bounds = np.searchsorted(step, np.arange(horizon + 1)).tolist()
    steps = []
    for begin, end in pairwise(bounds):
        part = slice(begin, end)
        table = window[part], observation[part], action[part], counts.visits[part], counts.reward[part]
        steps.append(_step_model(counts.windows, knowledge, *_often(least, *table)))
    return Model(knowledge, counts.windows, tuple(steps))


_Table = tuple[Ints, Ints, Ints, Floats, Floats]


def _often(least: int, window: Ints, observation: Ints, action: Ints, visits: Floats, reward: Floats) -> _Table:
    """Rows of windows that came so often."""
    inverse = np.unique(window, return_inverse=True)[1]
    kept = np.bincount(inverse, visits)[inverse] >= least
    return window[kept], observation[kept], action[kept], visits[kept], reward[kept]


def _step_model(
    windows: Windows, knowledge: Knowledge, window: Ints, observation: Ints, action: Ints, count: Floats, paid: Floats
) -> StepModel:
    pair, edge = np.unique(window * windows.observations + observation, return_inverse=True)
    visits, reward = np.zeros((2, len(pair), windows.actions))
    visits[edge, action], reward[edge, action] = count, paid
    seen = pair % windows.observations
    known, owner = np.unique(pair // windows.observations, return_inverse=True)
    total = visits.sum(1)
    chance = total / np.bincount(owner, total)[owner]
    game = owner * windows.observations + knowledge.common[seen]
    stages = Stages.of(game, (knowledge.known[0, seen], knowledge.known[1, seen]))
    stage_owner = np.unique(game) // windows.observations
    mean = reward / visits.clip(min=1)
    return StepModel(known, owner, seen, pair, chance, visits, mean, stages, stage_owner)
