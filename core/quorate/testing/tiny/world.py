"""The tiny world, natively batched."""

from dataclasses import dataclass
from typing import Any

import torch
from gymnasium import Space
from gymnasium.spaces import Box, Discrete
from torch import Tensor
from typing_extensions import override

from quorate import __version__
from quorate.conventions import RewardRule
from quorate.environments import Advance, NativeEnvironment, View
from quorate.interfaces import EnvironmentSpec, HistoryLayout
from quorate.testing.tiny.posterior import TinyPosterior
from quorate.testing.tiny.settings import Actions, TinyWorldSettings


@dataclass
class Features:
    """What is true: float32 [B, n + 1] of 0 and 1."""

    values: Tensor


class TinyWorld(NativeEnvironment[Features]):
    """n agents name n + 1 binary features.

    * State: the features, uniform at reset; each flips with probability `flip` in each step, whatever is done.
    * Observation: agent i sees the features i and i + 1, each reported wrongly with probability `error`.
    * Action: agent i names feature i; the last agent names its second feature too. Discrete: choice c of the last
      agent says the feature n - 1 is the lowest binary digit of c and feature n the next. Continuous: in [0, 2], 0.5
      stands for 0 and 1.5 for 1; what lies outside is clipped.
    * Reward: the mean over features of 1 where it is named rightly, else 0; or of 1 - (action - right action)^2.
      It is of the state before it changes. Invalid choices name nothing.
    * An episode ends by the rules with probability `stop` in each step, and is truncated after `horizon` steps.

    Without errors and stops the best play returns `horizon`, uniformly random play half of it (discrete) or 5/12 of
    it (continuous), and the state is known to all agents together, never to one of several.

    Args:
        settings: what `TinyWorldSettings` documents.
        batch: B, independent copies.
        device: where they live.
    """

    seeded_as = "tiny-world"

    def __init__(self, settings: TinyWorldSettings, batch: int = 1, device: torch.device | str = "cpu") -> None:
        super().__init__(_make_spec(settings), batch, device)
        self.settings = settings
        numbers = torch.arange(settings.agents, device=self.device)
        self._watched = numbers[:, None] + torch.arange(2, device=self.device)
        self._sizes = torch.tensor([_choices(settings, agent) for agent in range(settings.agents)], device=self.device)
        mask = torch.arange(int(self._sizes.max()), device=self.device) < self._sizes[:, None]
        discrete = settings.actions is Actions.DISCRETE
        self._mask = mask.expand(batch, -1, -1) if discrete else None

    @override
    def begin(self) -> Features:
        return Features(self._chance((self.batch, self.settings.features), 0.5))

    @override
    def advance(self, actions: Tensor) -> Advance:
        """Name features: int64 [B, n], or float32 [B, n, 2].

        Raises:
            ValueError: where the type is not that of the action spaces.
        """
        state = self.world.values
        reward = self._reward(actions, state)
        self.world = Features((state - self._chance(state.shape, self.settings.flip)).abs())
        return Advance(reward, self._chance((self.batch,), self.settings.stop).bool())

    @override
    def observe(self) -> View:
        state = self.world.values
        own = state[:, self._watched]
        return View((own - self._chance(own.shape, self.settings.error)).abs(), state.clone(), self._mask)

    def posterior(self, layout: HistoryLayout) -> TinyPosterior:
        """The exact posterior over the states given histories of a layout; see `TinyPosterior`."""
        return TinyPosterior(self.settings, layout, self.device)

    def _chance(self, shape: tuple[int, ...], probability: float) -> Tensor:
        """1 with a probability, else 0; the generator is asked whatever the probability is."""
        return (torch.rand(shape, generator=self.generator, device=self.device) < probability).float()

    def _reward(self, actions: Tensor, state: Tensor) -> Tensor:
        named = self._named_by_choice(actions) if self._discrete(actions) else self._named_by_number(actions)
        if actions.is_floating_point():
            return (1 - (named - state - 0.5).square()).mean(1)
        return (named == state).float().mean(1)

    def _discrete(self, actions: Tensor) -> bool:
        discrete = self.settings.actions is Actions.DISCRETE
        if actions.is_floating_point() is discrete:
            raise ValueError(f"actions: expected {'integers' if discrete else 'numbers'}, got {actions.dtype}.")
        return discrete

    def _named_by_choice(self, actions: Tensor) -> Tensor:
        """Each feature as it is named, [B, s]; -1 by invalid choices."""
        first, second = (actions & 1).float(), (actions[:, -1:] >> 1 & 1).float()
        invalid = (actions < 0) | (actions >= self._sizes)
        return torch.cat([first.masked_fill(invalid, -1), second.masked_fill(invalid[:, -1:], -1)], dim=1)

    def _named_by_number(self, actions: Tensor) -> Tensor:
        return torch.cat([actions[..., 0], actions[:, -1:, 1]], dim=1).clamp(0, 2)


def _choices(settings: TinyWorldSettings, agent: int) -> int:
    return 4 if agent == settings.agents - 1 else 2


def _make_spec(settings: TinyWorldSettings) -> EnvironmentSpec:
    agents = range(settings.agents)
    spaces: tuple[Space[Any], ...]
    if settings.actions is Actions.DISCRETE:
        spaces = tuple(Discrete(_choices(settings, agent)) for agent in agents)
    else:
        spaces = tuple(Box(0, 2, (_choices(settings, agent) // 2,)) for agent in agents)
    return EnvironmentSpec(
        name="tiny/world" + ("" if settings.actions is Actions.DISCRETE else "-continuous"),
        agents=tuple(f"agent_{agent}" for agent in agents),
        observation_sizes=(2,) * settings.agents,
        state_size=settings.features,
        action_spaces=spaces,
        horizon=settings.horizon,
        observability=settings.observability,
        reward_rule=RewardRule.SHARED,
        reward="team reward, shared by all agents: the share of the features that are named rightly",
        simulator=f"quorate.testing {__version__}",
        binary_state=True,
        observed_features=torch.arange(settings.agents)[:, None] + torch.arange(2),
    )
