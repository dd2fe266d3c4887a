"""A policy of two agents that share nothing: finite controllers by step, as data, and its exact value."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from quorate_information_sharing.planning.beliefs import Floats, Ints
from quorate_information_sharing.posg import TabularPOSG


@dataclass(frozen=True)
class Step:
    """What both agents do at a step, and how kinds of histories go on.

    Attributes:
        actions: [K] for each agent's kind of history.
        kinds: for each agent [K, O] the kind after each observation, -1 where it can not come.
    """

    actions: tuple[Ints, Ints]
    kinds: tuple[Ints, Ints]

    @classmethod
    def last(cls, first: Ints, second: Ints, observations: tuple[int, int]) -> "Step":
        """A step after which all is forgotten: the only kind then is number 0."""
        sizes = zip((first, second), observations, strict=True)
        one, other = (np.zeros((len(actions), seen), np.int64) for actions, seen in sizes)
        return cls((first, second), (one, other))

    def as_data(self) -> dict[str, Any]:
        """For JSON."""
        return {"actions": [one.tolist() for one in self.actions], "kinds": [one.tolist() for one in self.kinds]}


def from_data(data: Mapping[str, Any]) -> Step:
    """A step from what `Step.as_data` returned."""
    (first, second), (one, other) = (
        [np.asarray(part, np.int64) for part in data[name]] for name in ("actions", "kinds")
    )
    return Step((first, second), (one, other))


def evaluate(game: TabularPOSG, policy: Sequence[Step]) -> tuple[Floats, Floats]:
    """The exact value of a policy, computed from the game itself.

    Args:
        game: of two agents.
        policy: a step for each step of an episode. The kinds at its beginning are the initial observations, or 0.

    Returns:
        [n] expected returns, and [S] the chances of states after the last step.
    """
    sizes = tuple(len(names) for names in game.observations)
    chance = game.start[:, None, None]
    if game.initial_observation is not None and game.observes_at_start:
        chance = (chance[:, 0] * game.initial_observation).reshape(-1, *sizes)
    value = np.zeros(game.agents)
    for step in policy:
        value, chance = value + _rewards(game, step, chance), _moved(game, step, chance, sizes)
    return value, chance.sum((1, 2))


def _joint(game: TabularPOSG, step: Step, chance: Floats) -> Ints:
    """[K1, K2] joint actions; kinds that have no chance are cut off."""
    first, second = step.actions
    return first[: chance.shape[1], None] * len(game.actions[1]) + second[: chance.shape[2]]


def _rewards(game: TabularPOSG, step: Step, chance: Floats) -> Floats:
    """[n] expected at this step."""
    found = np.einsum("skl,nskl->n", chance, game.reward[:, :, _joint(game, step, chance)])
    return np.asarray(found)


def _moved(game: TabularPOSG, step: Step, chance: Floats, sizes: tuple[int, ...]) -> Floats:
    """[S, K1', K2'] after both acted and saw."""
    joint = _joint(game, step, chance)
    found = np.zeros((len(game.states), step.kinds[0].max() + 1, step.kinds[1].max() + 1))
    for first, second in zip(*np.nonzero(chance.sum(0)), strict=True):
        action = joint[first, second]
        moved = (chance[:, first, second] @ game.transition[action])[:, None] * game.observation[action]
        rows, columns = step.kinds[0][first], step.kinds[1][second]
        seen = moved.reshape(-1, *sizes)
        for one, other in np.argwhere(seen.any(0)):
            found[:, rows[one], columns[other]] += seen[:, one, other]
    return found
