"""Matrix games, natively batched."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from gymnasium.spaces import Discrete
from torch import Tensor
from torch.nn.functional import one_hot
from typing_extensions import override

from quorate import __version__
from quorate.conventions import RewardRule
from quorate.environments import Advance, NativeEnvironment, View
from quorate.interfaces import EnvironmentSpec, Observability
from quorate_matrix_games.render import draw_table
from quorate_matrix_games.settings import MatrixGameSettings

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@dataclass
class Stage:
    """How far the games are.

    Attributes:
        table: int64 [B], which table is played; -1 after the last.
        earned: float32 [B], by the first agent in this episode.
    """

    table: Tensor
    earned: Tensor


class MatrixGame(NativeEnvironment[Stage]):
    """Two agents choose at once, a row and a column of a table; it says what they are paid.

    * State: which table is played, one-hot; zeros once the game is over.
    * Observation: every agent sees the state.
    * Action: the number of a row (first agent) or column (second agent).
    * With `second_step`, the row of the first step says which table is played in the second.
    * A team is paid alike. Where the second agent is paid by a table of its own, the reward is the sum of both.
    * Outcome `optimal`, of a team: 1 where an episode returned the most that the tables have, else 0.

    Args:
        settings: what `MatrixGameSettings` documents.
        batch: B, independent copies.
        device: where they live.

    Attributes:
        tables: float32 [tables, rows, columns], what the first agent, or the team, is paid.
    """

    seeded_as = "matrix-game"

    def __init__(self, settings: MatrixGameSettings, batch: int = 1, device: torch.device | str = "cpu") -> None:
        super().__init__(_make_spec(settings), batch, device)
        self.settings = settings
        self.tables = torch.tensor([settings.payoff, *settings.second_step], dtype=torch.float32, device=self.device)
        own = settings.column_payoff
        self._others = None if own is None else torch.tensor(own, dtype=torch.float32, device=self.device)

    @property
    def best_return(self) -> float:
        """The largest sum of rewards of an episode that the first agent, or the team, can get."""
        return float(self._returns(torch.amax))

    @property
    def random_return(self) -> float:
        """What it gets in the mean where all choose uniformly."""
        return float(self._returns(torch.mean))

    @override
    def begin(self) -> Stage:
        return Stage(
            torch.zeros(self.batch, dtype=torch.int64, device=self.device),
            torch.zeros(self.batch, device=self.device),
        )

    @override
    def advance(self, actions: Tensor) -> Advance:
        row, column = actions.unbind(1)
        first = self.tables[self.world.table, row, column]
        going = (self.world.table == 0) & (len(self.tables) > 1)
        self.world = Stage(torch.where(going, row + 1, -1), self.world.earned + first)
        if self._others is None:
            return Advance(first, ~going)
        rewards = torch.stack([first, self._others[row, column]], 1)
        return Advance(rewards.sum(1), ~going, rewards)

    @override
    def observe(self) -> View:
        state = one_hot(self.world.table + 1, len(self.tables) + 1)[:, 1:].float()
        return View(state[:, None].repeat(1, 2, 1), state)

    @override
    def outcomes(self) -> Tensor | None:
        if self._others is not None:
            return None
        return torch.isclose(self.world.earned, self.world.earned.new_tensor(self.best_return))[:, None].float()

    def draw(self, axes: "Axes", state: Tensor, estimate: Tensor | None = None, actions: Tensor | None = None) -> None:
        """Draw the table that is played and the choice; see `quorate_matrix_games.render.draw_table`."""
        draw_table(axes, self.tables.cpu(), state.cpu(), estimate, actions)

    def _returns(self, over: Callable[..., Tensor]) -> Tensor:
        """Returns of an episode by the rows of the first table, then taken together: the columns first, then rows."""
        following = [over(table) for table in self.tables[1:]]
        rows = over(self.tables[0], 1)
        return over(rows + torch.stack(following) if following else rows)


def _make_spec(settings: MatrixGameSettings) -> EnvironmentSpec:
    team, stages = settings.column_payoff is None, 1 + len(settings.second_step)
    return EnvironmentSpec(
        name="matrix-game",
        agents=("row", "column"),
        observation_sizes=(stages, stages),
        state_size=stages,
        action_spaces=(Discrete(len(settings.payoff)), Discrete(len(settings.payoff[0]))),
        horizon=None,
        observability=Observability.FULL,
        reward_rule=RewardRule.SHARED if team else RewardRule.SUM,
        reward="team reward, shared by all agents: the table's" if team else "sum of what both tables pay",
        simulator=f"quorate_matrix_games {__version__}",
        binary_state=True,
        outcomes=("optimal",) if team else (),
        agent_rewards=not team,
    )
