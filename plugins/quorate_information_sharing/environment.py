"""Tabular games as environments."""

from dataclasses import dataclass

import torch
from gymnasium.spaces import Discrete
from torch import Tensor
from torch.nn import functional
from typing_extensions import override

from quorate.environments import Advance, NativeEnvironment, View
from quorate.interfaces import EnvironmentSpec, HistoryLayout
from quorate_information_sharing.games import make_game
from quorate_information_sharing.posg import Array, TabularPOSG
from quorate_information_sharing.posterior import TabularPosterior
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


class TabularEnvironment(NativeEnvironment[Play]):
    """B plays of a game of tables: observations and states are one-hot.

    An agent that has seen nothing yet, before the first action, observes zeros (the timing of the MADP toolbox), but
    where the game has a first observation.

    Args:
        game: the tables.
        batch: B.
        device: of the tensors.
        name: in the spec; None: that of the game, among ours.

    Attributes:
        game: the tables (see `quorate_information_sharing.posg.Tabular`).
    """

    draws_views = False

    def __init__(
        self, game: TabularPOSG, batch: int = 1, device: torch.device | str = "cpu", name: str | None = None
    ) -> None:
        self.game = game
        super().__init__(_spec(game, name or f"tabular/{game.name}-v1"), batch, device)
        self._sizes, self._strides = self._digits(game.observations)
        self._action_strides = self._digits(game.actions)[1]
        self._start, self._transition = self._table(game.start), self._table(game.transition)
        self._observation, self._reward = self._table(game.observation), self._table(game.reward)
        first = game.initial_observation if game.observes_at_start else None
        self._first = None if first is None else self._table(first)

    @override
    def begin(self) -> Play:
        state = self._draw(self._start.expand(self._batch, -1))
        if self._first is None:
            return Play(state, self._sizes.repeat(self._batch, 1))
        return Play(state, self._split(self._draw(self._first[state])))

    @override
    def advance(self, actions: Tensor) -> Advance:
        joint, state = (actions.long() * self._action_strides).sum(-1), self.world.state
        paid = self._reward[:, state, joint]
        after = self._draw(self._transition[joint, state])
        self.world = Play(after, self._split(self._draw(self._observation[joint, after])))
        return Advance(paid[0], agent_reward=paid.T if self._spec.agent_rewards else None)

    @override
    def observe(self) -> View:
        width = self._spec.observation_size
        seen = functional.one_hot(self.world.seen, width + 1)[..., :width]
        observation = seen.masked_fill((self.world.seen == self._sizes)[..., None], 0).float()
        return View(observation, functional.one_hot(self.world.state, len(self.game.states)).float())

    def posterior(self, layout: HistoryLayout) -> TabularPosterior:
        """See `Enumerable`."""
        return TabularPosterior(self.game, layout, self._device)

    def _table(self, table: Array) -> Tensor:
        return torch.as_tensor(table, dtype=torch.float32, device=self._device)

    def _digits(self, names: tuple[tuple[str, ...], ...]) -> tuple[Tensor, Tensor]:
        """How many values each agent has, [n], and how far they are apart in joint numbers, the last one's 1, [n]."""
        sizes = torch.tensor([len(own) for own in names], device=self._device)
        return sizes, sizes.flip(0).cumprod(0).flip(0) // sizes

    def _draw(self, probabilities: Tensor) -> Tensor:
        return torch.multinomial(probabilities, 1, generator=self.generator)[:, 0]

    def _split(self, joint: Tensor) -> Tensor:
        """Joint observations [B] -> of each agent [B, n]."""
        return joint[:, None] // self._strides % self._sizes


class TabularGame(TabularEnvironment):
    """A game of tables that settings describe.

    Args:
        settings: which game.
        batch: B.
        device: of the tensors.
    """

    def __init__(
        self, settings: TabularSettings | FileSettings, batch: int = 1, device: torch.device | str = "cpu"
    ) -> None:
        super().__init__(make_game(settings), batch, device)


def _spec(game: TabularPOSG, name: str) -> EnvironmentSpec:
    return EnvironmentSpec(
        name=name,
        agents=tuple(f"agent_{index}" for index in range(game.agents)),
        observation_sizes=tuple(map(len, game.observations)),
        state_size=len(game.states),
        action_spaces=tuple(Discrete(len(own)) for own in game.actions),
        horizon=game.horizon,
        observability=game.reveals,
        reward="expected over what follows, as the tables have it; undiscounted"
        + ("" if game.team else "; the first agent's"),
        simulator="tables, in torch",
        binary_state=True,
        agent_rewards=not game.team,
    )
