"""What actions bring in a game of one decision, and what policies can expect of it."""

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import torch
from torch import Tensor

from quorate_decision_games.settings import DecisionGameSettings


@dataclass(frozen=True)
class Payoff:
    """The rewards and transitions of 2605.07101, Sec. 3.2, as functions of actions.

    Attributes:
        settings: the constants.
    """

    settings: DecisionGameSettings

    @property
    def agents(self) -> int:
        """n."""
        return self.settings.agents

    @property
    def discount(self) -> float:
        """gamma."""
        return self.settings.discount

    def cost(self, actions: Tensor) -> Tensor:
        """The part of the reward that one knows without having met the bumps, -nu a^2, elementwise."""
        return -self.settings.curvature * actions.square()

    def start_reward(self, actions: Tensor) -> Tensor:
        """An agent's part of the reward of the decision, r_start(a), elementwise."""
        return self.start(actions)[0]

    def success(self, actions: Tensor) -> Tensor:
        """The probability that an agent's action raises its flag, p_start(a), elementwise."""
        return self.start(actions)[1]

    def start(self, actions: Tensor) -> tuple[Tensor, Tensor]:
        """Both at once: `start_reward` and `success`."""
        game = self.settings
        distance = actions + game.bump_offset
        bump = self._bump(distance)
        reward = self.cost(actions) + game.bump_height * (bump + self._bump(actions - game.bump_offset))
        chance = game.success_peak * bump
        return reward, chance if game.success_window is None else chance * (distance.abs() <= game.success_window)

    def flag_reward(self, flags: Tensor, actions: Tensor) -> Tensor:
        """The team's reward after the decision: flags [..., n] of 0 and 1, actions [..., n] -> [...]."""
        game = self.settings
        goal = game.goal_reward + game.goal_bonus * torch.exp(-actions.square().sum(-1))
        return torch.where(flags.all(-1), goal, game.flag_reward * flags.sum(-1))

    def expected_return(self, reward: Tensor, success: Tensor, closeness: Tensor) -> Tensor:
        """The expected discounted return of independent policies.

        Args:
            reward: [..., n], each agent's E r_start(a).
            success: [..., n], each agent's E p_start(a).
            closeness: [..., n], each agent's E exp(-a^2) where all flags are raised.

        Returns:
            [...].
        """
        game, joint = self.settings, success.prod(-1)
        flags = game.flag_reward * (success.sum(-1) - self.agents * joint)
        goal = joint * (game.goal_reward + game.goal_bonus * closeness.prod(-1))
        return reward.sum(-1) + game.discount * (flags + goal)

    def flag_value(self, success: Tensor, closeness: Tensor, met: Tensor, goal_met: Tensor) -> Tensor:
        """What raising its flag is worth to an agent that knows only of rewards that were met (Prop. 3.2).

        It is the derivative of the expected return in the agent's probability of success, discounted.

        Args:
            success: [..., n], each agent's E p_start(a).
            closeness: [..., n], as in `expected_return`.
            met: bool [..., n], whether the agent's flag was ever raised; before that, a flag is worth nothing.
            goal_met: bool [..., 1], whether all flags were ever raised at once.

        Returns:
            [..., n].
        """
        game = self.settings
        others = product_of_others(success)
        goal = game.goal_reward + game.goal_bonus * closeness.prod(-1, keepdim=True)
        known = game.flag_reward * (1 - self.agents * others) + goal * others
        return game.discount * torch.where(goal_met, known, game.flag_reward * met)

    def optimum(self) -> float:
        """The largest expected return of deterministic decisions in which the agents agree, and each takes 0 later."""
        width = 1.0 if self.settings.bounded else 4 * self.settings.bump_offset
        actions = torch.linspace(-width, width, 8001, dtype=torch.float64)[:, None].expand(-1, self.agents)
        ones = torch.ones_like(actions)
        return float(self.expected_return(self.start_reward(actions), self.success(actions), ones).max())

    def _bump(self, distance: Tensor) -> Tensor:
        return torch.exp(-self.settings.bump_sharpness * distance.square())


@runtime_checkable
class HasPayoff(Protocol):
    """An environment of one decision: its state is [still to decide, flag of each agent]."""

    @property
    def payoff(self) -> Payoff:
        """What actions bring."""
        ...


def product_of_others(values: Tensor) -> Tensor:
    """The product of the other agents' values: [..., n] -> [..., n]; 1 for a single agent."""
    n = values.shape[-1]
    own = torch.eye(n, dtype=torch.bool, device=values.device)
    return torch.where(own, 1.0, values[..., None, :]).prod(-1)
