"""Games of one decision, natively batched: the paper's M_sa and M_ma, and one that a network can learn."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from gymnasium.spaces import Box
from torch import Tensor
from typing_extensions import override

from quorate import __version__
from quorate.conventions import RewardRule
from quorate.environments import Advance, NativeEnvironment, View
from quorate.interfaces import EnvironmentSpec, Observability
from quorate_decision_games.payoff import Payoff
from quorate_decision_games.render import draw
from quorate_decision_games.settings import DecisionGameSettings

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@dataclass
class Stage:
    """How far the games are.

    Attributes:
        deciding: bool [B], before the decision.
        flags: float32 [B, n], those that are raised.
        goal: bool [B], all flags were raised in this episode.
    """

    deciding: Tensor
    flags: Tensor
    goal: Tensor


class DecisionGame(NativeEnvironment[Stage]):
    """Each agent makes one decision; flags that it may raise decide what follows (2605.07101, Sec. 3.2).

    * State: [1, 0, ..., 0] before the decision (the paper's -1_n), then [0, flag_1, ..., flag_n].
    * Observation: every agent sees the state.
    * Action: a real number for each agent; with `bounded`, it is clipped to [-1, 1].
    * Decision: the team gets the sum of r_start(a_i), and each agent raises its flag with probability p_start(a_i).
    * After it: the team gets c1 for each raised flag, or c2 + c3 exp(-|a|^2) where all are raised. With one agent,
      c2 = c1 and c3 = 0, this is M_sa, whose s1 is the raised flag.
    * Outcome `goal`: 1 where an episode got to the state in which all flags are raised, else 0.
    * The state without a raised flag is absorbing and pays nothing: entering it ends the episode (terminated).

    Args:
        settings: what `DecisionGameSettings` documents.
        batch: B, independent copies.
        device: where they live.
    """

    seeded_as, draws_views = "decision-game", False

    def __init__(self, settings: DecisionGameSettings, batch: int = 1, device: torch.device | str = "cpu") -> None:
        self._payoff = Payoff(settings)
        super().__init__(make_spec(settings), batch, device)
        self._decided = torch.zeros(batch, dtype=torch.bool, device=self.device)

    @property
    def payoff(self) -> Payoff:
        """Rewards and transitions as functions of actions."""
        return self._payoff

    @override
    def begin(self) -> Stage:
        never = torch.zeros(self.batch, dtype=torch.bool, device=self.device)
        return Stage(~never, torch.zeros(self.batch, self._payoff.agents, device=self.device), never)

    @override
    def advance(self, actions: Tensor) -> Advance:
        chosen, now = actions[..., 0].float(), self.world
        if self._payoff.settings.bounded:
            chosen = chosen.clamp(-1, 1)
        decided, success = self._payoff.start(chosen)
        reward = torch.where(now.deciding, decided.sum(-1), self._payoff.flag_reward(now.flags, chosen))
        draw = torch.rand(chosen.shape, generator=self.generator, device=self.device)
        raised = (draw < success).logical_and_(now.deciding[:, None])
        self.world = Stage(self._decided, raised.float(), now.goal | raised.all(-1))
        return Advance(reward, terminated=raised.any(-1).logical_not_())

    @override
    def begin_in(self, rows: Tensor) -> Stage:
        """Rows that end have no flag raised, as at the start."""
        return Stage(rows.clone(), self.world.flags, self.world.goal & ~rows)

    @override
    def observe(self) -> View:
        state = torch.cat([self.world.deciding[:, None], self.world.flags], -1)
        return View(state[:, None].expand(-1, self._payoff.agents, -1).clone(), state)

    @override
    def outcomes(self) -> Tensor:
        return self.world.goal[:, None].float()

    def draw(self, axes: "Axes", state: Tensor, estimate: Tensor | None = None, actions: Tensor | None = None) -> None:
        """Draw a state, actions [n, 1], and an estimate of the state; see `quorate_decision_games.render.draw`."""
        draw(axes, self._payoff, state, estimate, actions)


def make_spec(settings: DecisionGameSettings) -> EnvironmentSpec:
    """Describe a game to the components that work with it."""
    n, limit = settings.agents, 1.0 if settings.bounded else np.inf
    kind = "learnable" if settings.bounded else "single" if n == 1 else "multi"
    return EnvironmentSpec(
        name=f"decision-game/{kind}",
        agents=tuple(f"agent_{index}" for index in range(n)),
        observation_sizes=(1 + n,) * n,
        state_size=1 + n,
        action_spaces=tuple(Box(-limit, limit, (1,), np.float32) for _ in range(n)),
        horizon=None,
        observability=Observability.FULL,
        reward_rule=RewardRule.SHARED,
        reward="team reward, shared by all agents: sum of the agents' r_start at the decision, then what flags pay",
        simulator=f"quorate_decision_games {__version__}",
        binary_state=True,
        outcomes=("goal",),
    )
