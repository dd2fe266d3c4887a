"""Tabular games as environments."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from gymnasium.spaces import Discrete
from torch import Tensor
from torch.nn import functional
from typing_extensions import override

from quorate.environments import Advance, NativeEnvironment, View
from quorate.interfaces import EnvironmentSpec, Observability
from quorate_information_sharing.games import make_game
from quorate_information_sharing.posg import Array, TabularPOSG
from quorate_information_sharing.settings import FileSettings, TabularSettings


@dataclass
class Play:
    """Of B episodes.

    Attributes:
        state: int64 [B].
        seen: int64 [B, n], what each agent observed last; its number of observations where it saw nothing yet.
    """

    state: Tensor
    seen: Tensor


class TabularGame(NativeEnvironment[Play]):
    """B plays of a game of tables: observations and states are one-hot.

    An agent that has seen nothing yet, before the first action, observes zeros (the timing of the MADP toolbox), but
    where the game has a first observation.

    Args:
        settings: which game.
        batch: B.
        device: of the tensors.

    Attributes:
        game: the tables (see `quorate_information_sharing.posg.Tabular`).
    """

    draws_views = False

    def __init__(
        self, settings: TabularSettings | FileSettings, batch: int = 1, device: torch.device | str = "cpu"
    ) -> None:
        self.game = make_game(settings)
        super().__init__(_spec(self.game), batch, device)
        self._sizes = [len(own) for own in self.game.observations]
        self._strides = self._tensor(_strides([len(own) for own in self.game.actions]), torch.int64)

    @override
    def begin(self) -> Play:
        state = self._draw(self._start.expand(self._batch, -1))
        nothing = torch.tensor(self._sizes, device=self._device).expand(self._batch, -1)
        seen = self._split(self._draw(self._first[state])) if self.game.observes_at_start else nothing.clone()
        return Play(state, seen)

    @override
    def advance(self, actions: Tensor) -> Advance:
        joint, state = (actions.long() * self._strides).sum(-1), self.world.state
        paid = self._reward[:, state, joint]
        after = self._draw(self._transition[joint, state])
        self.world = Play(after, self._split(self._draw(self._observation[joint, after])))
        return Advance(paid[0], agent_reward=None if self.game.team else paid.T)

    @override
    def observe(self) -> View:
        width = max(self._sizes)
        seen = functional.one_hot(self.world.seen, width + 1)
        unseen = self.world.seen == torch.tensor(self._sizes, device=self._device)
        observation = seen[..., :width].masked_fill(unseen[..., None], 0).float()
        return View(observation, functional.one_hot(self.world.state, len(self.game.states)).float())

    @cached_property
    def _start(self) -> Tensor:
        return self._tensor(self.game.start)

    @cached_property
    def _first(self) -> Tensor:
        table = self.game.initial_observation
        assert table is not None
        return self._tensor(table)

    @cached_property
    def _transition(self) -> Tensor:
        return self._tensor(self.game.transition)

    @cached_property
    def _observation(self) -> Tensor:
        return self._tensor(self.game.observation)

    @cached_property
    def _reward(self) -> Tensor:
        return self._tensor(self.game.reward)

    def _tensor(self, table: Array, kind: torch.dtype = torch.float32) -> Tensor:
        return torch.as_tensor(table, dtype=kind, device=self._device)

    def _draw(self, probabilities: Tensor) -> Tensor:
        return torch.multinomial(probabilities, 1, generator=self.generator)[:, 0]

    def _split(self, joint: Tensor) -> Tensor:
        """Joint observations [B] -> of each agent [B, n]."""
        strides = self._tensor(_strides(self._sizes), torch.int64)
        return joint[:, None] // strides % torch.tensor(self._sizes, device=self._device)


def _strides(sizes: list[int]) -> Array:
    """Of row-major numbers, the last fastest."""
    return np.cumprod([1, *sizes[:0:-1]])[::-1].astype(float)


def _spec(game: TabularPOSG) -> EnvironmentSpec:
    return EnvironmentSpec(
        name=f"tabular/{game.name}-v1",
        agents=tuple(f"agent_{index}" for index in range(game.agents)),
        observation_sizes=tuple(map(len, game.observations)),
        state_size=len(game.states),
        action_spaces=tuple(Discrete(len(own)) for own in game.actions),
        horizon=game.horizon,
        observability=Observability.COLLECTIVE if game.collective else Observability.PARTIAL,
        reward="expected over what follows, as the tables have it; undiscounted"
        + ("" if game.team else "; the first agent's"),
        simulator="tables, in torch",
        binary_state=True,
        agent_rewards=not game.team,
    )
