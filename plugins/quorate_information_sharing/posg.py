"""Partially observable stochastic games as tables."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt

from quorate.conventions import Observability
from quorate.errors import QuorateError

Array = npt.NDArray[np.float64]

LARGEST = float(np.finfo(np.float32).max)

TOLERANCE = 1e-9
"""How far probabilities may sum from one."""


@dataclass(frozen=True, eq=False)
class TabularPOSG:
    """A game of n agents on S states (2308.08705, section 2).

    Joint actions and joint observations are numbered row by row, the last agent fastest. The observation that follows a
    joint action is drawn from it and from the state that it led to.

    Attributes:
        name: in messages.
        states: S names.
        actions: of each agent, the names of its actions.
        observations: of each agent, the names of what it may observe.
        transition: float64 [A, S, S'], rows sum to one.
        observation: float64 [A, S', O].
        reward: float64 [n, S, A], expected over what follows.
        start: float64 [S], the distribution of the first state.
        horizon: H, joint actions in an episode.
        observes_at_start: there is an observation before the first action, drawn from `initial_observation`, [S, O].

    Raises:
        QuorateError: tables do not fit each other, or are no probabilities.
    """

    name: str
    states: tuple[str, ...]
    actions: tuple[tuple[str, ...], ...]
    observations: tuple[tuple[str, ...], ...]
    transition: Array
    observation: Array
    reward: Array
    start: Array
    horizon: int
    observes_at_start: bool = False
    initial_observation: Array | None = None

    def __post_init__(self) -> None:
        states, actions, seen = len(self.states), self.joint_actions, self.joint_observations
        tables = {
            "transition": (self.transition, (actions, states, states)),
            "observation": (self.observation, (actions, states, seen)),
            "start": (self.start, (states,)),
        }
        if self.observes_at_start:
            first = np.zeros(0) if self.initial_observation is None else self.initial_observation
            tables["initial_observation"] = first, (states, seen)
        for label, (table, shape) in tables.items():
            self._check(label, table, shape)
        if self.reward.shape != (self.agents, states, actions) or not (np.abs(self.reward) < LARGEST).all():
            raise QuorateError(
                f"reward must be finite in float32, of shape {(self.agents, states, actions)}", where=self.name
            )
        if self.horizon < 1:
            raise QuorateError(f"the horizon must be at least 1, not {self.horizon}", where=self.name)

    @property
    def agents(self) -> int:
        """N."""
        return len(self.actions)

    @property
    def joint_actions(self) -> int:
        """A."""
        return math.prod(map(len, self.actions))

    @property
    def joint_observations(self) -> int:
        """O."""
        return math.prod(map(len, self.observations))

    @property
    def team(self) -> bool:
        """Whether all agents are paid the same."""
        return bool((self.reward == self.reward[:1]).all())

    @cached_property
    def controls(self) -> tuple[bool, ...]:
        """Which agents' actions have an effect on states or observations."""
        sizes = [len(own) for own in self.actions]
        tables = [table.reshape(*sizes, *table.shape[1:]) for table in (self.transition, self.observation)]
        return tuple(
            any(bool((table != table.take([0], axis=agent)).any()) for table in tables) for agent in range(self.agents)
        )

    @cached_property
    def reachable(self) -> npt.NDArray[np.bool_]:
        """[S] which states may ever be."""
        found = np.asarray(self.start > 0)
        moves = np.asarray((self.transition > 0).any(0))
        while (more := found | moves[found].any(0)).sum() > found.sum():
            found = more
        return found

    @cached_property
    def reveals(self) -> Observability:
        """What observations tell of the state: each one's own all (full), the joint one all (collective), or less."""
        entered = np.asarray((self.transition[:, self.reachable] > 0).any((0, 1)))
        seen = np.asarray((self.observation > 0).any(0)) & entered[:, None]
        start = self.start[:, None] > 0
        if self.observes_at_start and self.initial_observation is not None:
            seen = seen | (start & (self.initial_observation > 0))
        elif start.sum() > 1:
            return Observability.PARTIAL
        own = seen.reshape(len(self.states), *map(len, self.observations))
        others = [
            tuple(axis for axis in range(1, self.agents + 1) if axis != agent + 1) for agent in range(self.agents)
        ]
        if all((own.any(rest).sum(0) <= 1).all() for rest in others):
            return Observability.FULL
        return Observability.COLLECTIVE if (seen.sum(0) <= 1).all() else Observability.PARTIAL

    def with_first_observation(self, action: int = 0) -> "TabularPOSG":
        """The same, but that agents observe before they first act, as after a joint action."""
        return replace(self, observes_at_start=True, initial_observation=self.observation[action])

    def joint_action(self, actions: Sequence[int]) -> int:
        """The number of a joint action."""
        return int(np.ravel_multi_index(tuple(actions), tuple(map(len, self.actions))))

    def _check(self, label: str, table: Array, shape: tuple[int, ...]) -> None:
        if table.shape != shape:
            raise QuorateError(f"{label} must be of shape {shape}, not {table.shape}", where=self.name)
        wrong = np.argwhere((np.abs(table.sum(-1) - 1) > TOLERANCE) | (table < 0).any(-1) | ~np.isfinite(table).all(-1))
        if len(wrong):
            place = f"{label}{[int(one) for one in wrong[0]]}" if wrong[0].size else label
            raise QuorateError(f"{place} must be probabilities that sum to one", where=self.name)


def team_reward(reward: Array, agents: int = 2) -> Array:
    """What a team is paid, [S, A], as that of each agent: [n, S, A]."""
    return np.broadcast_to(reward, (agents, *reward.shape)).copy()


def alike(
    name: str,
    states: Sequence[str],
    actions: Sequence[str],
    observations: Sequence[str],
    *,
    transition: Array,
    observation: Array,
    reward: Array,
    start: Array,
    horizon: int,
) -> TabularPOSG:
    """A game of two agents who can do and see the same; a reward [S, A] is that of a team."""
    paid = team_reward(reward) if reward.ndim == 2 else reward
    both = (tuple(actions),) * 2, (tuple(observations),) * 2
    return TabularPOSG(name, tuple(states), *both, transition, observation, paid, start, horizon)


def independent(*tables: Array) -> Array:
    """Joint probabilities of what is independent: [..., k1], [..., k2], ... -> [..., k1 k2 ...], the last fastest."""
    joint = tables[0]
    for table in tables[1:]:
        product = joint[..., :, None] * table[..., None, :]
        joint = product.reshape(*product.shape[:-2], -1)
    return joint


@runtime_checkable
class Tabular(Protocol):
    """An environment that can be written as tables, and so can be planned in."""

    @property
    def game(self) -> TabularPOSG:
        """The tables."""
        ...
