"""Policies of two agents that remember windows in common, and their exact values."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from quorate_information_sharing.learning.windows import Floats, Ints, Windows
from quorate_information_sharing.posg import TabularPOSG

UNSEEN = -1


class Policy(Protocol):
    """What both agents do, by what is common and what each knows beside it."""

    @property
    def windows(self) -> Windows:
        """What both remember in common."""
        ...

    def act(self, step: int | Ints, window: Ints, observation: Ints) -> Ints:
        """Actions int64 [2, N] at a step (from 0), or one for each row, after windows and joint observations [N]."""
        ...


@dataclass(frozen=True)
class Rules:
    """What to do after each window that a model knows.

    Attributes:
        windows: of some memory.
        place: int64 [W] sorted, of step and window.
        actions: int64 [2, W, O], by joint observation, of which each agent heeds what it knows; `UNSEEN` where that
            never came.
    """

    windows: Windows
    place: Ints
    actions: Ints


@dataclass(frozen=True)
class WindowPolicy:
    """Rules, and others of shorter memories for what those do not know; at last, the first action.

    Attributes:
        rules: the longest memory first.
    """

    rules: tuple[Rules, ...]

    @property
    def windows(self) -> Windows:
        """Of the longest memory."""
        return self.rules[0].windows

    def act(self, step: int | Ints, window: Ints, observation: Ints) -> Ints:
        """See `Policy.act`."""
        actions = np.full((2, len(window)), UNSEEN)
        for rules in self.rules:
            found, index = find(rules.place, rules.windows.place(step, rules.windows.forgotten(window)))
            told = np.full_like(actions, UNSEEN)
            told[:, found] = rules.actions[:, index[found], observation[found]]
            actions = np.where(actions == UNSEEN, told, actions)
        return actions.clip(min=0)

    def as_data(self) -> dict[str, Any]:
        """Plain data and tensors' arrays."""
        first = self.windows
        sizes = {"actions": first.actions, "observations": first.observations}
        each = [{"memory": one.windows.memory, "place": one.place, "actions": one.actions} for one in self.rules]
        return {**sizes, "rules": each}


def from_data(data: Mapping[str, Any]) -> WindowPolicy:
    """A policy from what `WindowPolicy.as_data` returned."""
    rules = [
        Rules(Windows(data["actions"], data["observations"], one["memory"]), one["place"], one["actions"])
        for one in data["rules"]
    ]
    return WindowPolicy(tuple(rules))


def no_policy(windows: Windows) -> WindowPolicy:
    """Nothing is known: both always take their first actions."""
    return WindowPolicy((Rules(windows, np.zeros(0, np.int64), np.zeros((2, 0, windows.observations), np.int64)),))


@dataclass(frozen=True)
class Deviation:
    """One agent does something else than a policy says.

    Attributes:
        agent: 0 or 1.
        own: by which it acts.
        others: by which the other does.
    """

    agent: int
    own: WindowPolicy
    others: Policy

    @property
    def windows(self) -> Windows:
        """Of the longer memory."""
        return max(self.own.windows, self.others.windows, key=lambda windows: windows.memory)

    def act(self, step: int | Ints, window: Ints, observation: Ints) -> Ints:
        """See `Policy.act`."""
        own, actions = (each.act(step, window, observation) for each in (self.own, self.others))
        actions[self.agent] = own[self.agent]
        return actions


def find(sorted_numbers: Ints, wanted: Ints) -> tuple[Ints, Ints]:
    """Whether, and where, numbers are among sorted ones: bool [N], and an index that is right where they are."""
    index = np.searchsorted(sorted_numbers, wanted).clip(max=max(len(sorted_numbers) - 1, 0))
    found = sorted_numbers[index] == wanted if len(sorted_numbers) else np.zeros(len(wanted), bool)
    return found, index


def exact_return(game: TabularPOSG, policy: Policy) -> Floats:
    """What a policy really brings to each agent in an episode, [n], computed from the game's own rules."""
    windows = policy.windows
    first = game.initial_observation if game.observes_at_start else None
    if first is None:
        first = np.eye(1, windows.observations).repeat(len(game.states), 0)
    window, observation, chance = _nodes(np.zeros(1, np.int64), (game.start[:, None] * first).T[None])
    value = np.zeros(game.agents)
    for step in range(game.horizon):
        own = policy.act(step, window, observation)
        action = own[0] * len(game.actions[1]) + own[1]
        value += np.einsum("ks,nsk->n", chance, game.reward[:, :, action])
        after = windows.after(window, observation, action)
        seen = np.empty((len(action), windows.observations, len(game.states)))
        for each in np.unique(action):
            rows = action == each
            moved = chance[rows] @ game.transition[each]
            seen[rows] = moved[:, None] * game.observation[each].T
        window, observation, chance = _nodes(after, seen)
    return value


def _nodes(window: Ints, seen: Floats) -> tuple[Ints, Ints, Floats]:
    """Distinct windows and joint observations that can come, [K], and their chances with states [K, S].

    Args:
        window: [N], which may come several times.
        seen: [N, O, S], chances with joint observations and states.
    """
    distinct, inverse = np.unique(window, return_inverse=True)
    total = np.zeros((len(distinct), *seen.shape[1:]))
    np.add.at(total, inverse, seen)
    rows, observation = np.nonzero(total.any(-1))
    return distinct[rows], observation, total[rows, observation]
