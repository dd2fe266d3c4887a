"""The tiny world, natively batched."""

from typing import Any

import torch
from gymnasium import Space
from gymnasium.spaces import Box, Discrete
from torch import Tensor

from quorate import __version__
from quorate.conventions import RewardRule
from quorate.interfaces import Environment, EnvironmentSpec, HistoryLayout, Observability, Step
from quorate.seeding import derive_seed
from quorate.testing.tiny.posterior import TinyPosterior
from quorate.testing.tiny.settings import Actions, TinyWorldSettings


class TinyWorld(Environment):
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

    def __init__(self, settings: TinyWorldSettings, batch: int = 1, device: torch.device | str = "cpu") -> None:
        self.settings = settings
        self._batch, self._device = batch, torch.device(device)
        self._generator = torch.Generator(device=self._device)
        self._spec = _make_spec(settings)
        self._watched = torch.arange(settings.agents, device=self._device)[:, None] + torch.arange(
            2, device=self._device
        )
        sizes = torch.tensor([_choices(settings, agent) for agent in range(settings.agents)], device=self._device)
        self._sizes = sizes
        self._mask = torch.arange(int(sizes.max()), device=self._device) < sizes[:, None]
        self._state: Tensor | None = None
        self._time = torch.zeros(batch, dtype=torch.int64, device=self._device)

    @property
    def spec(self) -> EnvironmentSpec:
        """What does not change. `observed_features` is on the CPU."""
        return self._spec

    @property
    def batch(self) -> int:
        """B."""
        return self._batch

    @property
    def device(self) -> torch.device:
        """Where every tensor of a `Step` lives."""
        return self._device

    def reset(self, seed: int | None = None) -> Step:
        """Start B new episodes; see `Environment.reset`."""
        if seed is not None:
            self._generator.manual_seed(derive_seed(seed, "tiny-world"))
        self._state = self._draw()
        self._time = torch.zeros_like(self._time)
        nothing = torch.zeros(self._batch, dtype=torch.bool, device=self._device)
        return self._make_step(self._observe(self._state), nothing.float(), nothing, nothing)

    def step(self, actions: Tensor) -> Step:
        """Name features: int64 [B, n], or float32 [B, n, 2].

        Raises:
            RuntimeError: before the first `reset`.
            ValueError: where the shape or the type is not that of the action spaces.
        """
        if self._state is None:
            raise RuntimeError("TinyWorld.step was called before reset.")
        reward = self._reward(actions, self._state)
        flips = self._chance(self._state.shape, self.settings.flip)
        following = (self._state - flips).abs()
        observation = self._observe(following)
        self._time = self._time + 1
        terminated = self._chance((self._batch,), self.settings.stop).bool()
        truncated = (self._time >= self.settings.horizon) & ~terminated
        ended = terminated | truncated
        self._state = following
        if not bool(ended.any()):
            return self._make_step(observation, reward, terminated, truncated)
        self._state = torch.where(ended[:, None], self._draw(), following)
        self._time = self._time.masked_fill(ended, 0)
        seen = torch.where(ended[:, None, None], self._observe(self._state), observation)
        step = self._make_step(seen, reward, terminated, truncated)
        step.final_observation, step.final_state, step.final_action_mask = observation, following, step.action_mask
        return step

    def close(self) -> None:
        """There is nothing to release."""

    def state_dict(self) -> dict[str, Any]:
        """See `Resumable`: the features (None before the first reset), the times and the generator."""
        state = None if self._state is None else self._state.clone()
        return {"state": state, "time": self._time.clone(), "generator": self._generator.get_state()}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """See `Resumable`."""
        features = state["state"]
        self._state = None if features is None else features.to(self._device, copy=True)
        self._time = state["time"].to(self._device, copy=True)
        self._generator.set_state(state["generator"].cpu())

    def posterior(self, layout: HistoryLayout) -> TinyPosterior:
        """The exact posterior over the states given histories of a layout; see `TinyPosterior`."""
        return TinyPosterior(self.settings, layout, self._device)

    def _draw(self) -> Tensor:
        return self._chance((self._batch, self.settings.features), 0.5)

    def _observe(self, state: Tensor) -> Tensor:
        own = state[:, self._watched]
        return (own - self._chance(own.shape, self.settings.error)).abs()

    def _chance(self, shape: tuple[int, ...], probability: float) -> Tensor:
        """1 with a probability, else 0; the generator is asked whatever the probability is."""
        return (torch.rand(shape, generator=self._generator, device=self._device) < probability).float()

    def _reward(self, actions: Tensor, state: Tensor) -> Tensor:
        named = self._named_by_choice(actions) if self._discrete(actions) else self._named_by_number(actions)
        if actions.is_floating_point():
            return (1 - (named - state - 0.5).square()).mean(1)
        return (named == state).float().mean(1)

    def _discrete(self, actions: Tensor) -> bool:
        discrete = self.settings.actions is Actions.DISCRETE
        wanted = (self._batch, self.settings.agents) if discrete else (self._batch, self.settings.agents, 2)
        if actions.shape != wanted or actions.is_floating_point() is discrete:
            kind = "integers" if discrete else "numbers"
            raise ValueError(f"actions: expected {kind} of shape {wanted}, got {actions.dtype} {(*actions.shape,)}.")
        return discrete

    def _named_by_choice(self, actions: Tensor) -> Tensor:
        """Each feature as it is named, [B, s]; -1 by invalid choices."""
        first, second = (actions & 1).float(), (actions[:, -1:] >> 1 & 1).float()
        invalid = (actions < 0) | (actions >= self._sizes)
        return torch.cat([first.masked_fill(invalid, -1), second.masked_fill(invalid[:, -1:], -1)], dim=1)

    def _named_by_number(self, actions: Tensor) -> Tensor:
        return torch.cat([actions[..., 0], actions[:, -1:, 1]], dim=1).clamp(0, 2)

    def _make_step(self, observation: Tensor, reward: Tensor, terminated: Tensor, truncated: Tensor) -> Step:
        assert self._state is not None
        discrete = self.settings.actions is Actions.DISCRETE
        mask = self._mask.expand(self._batch, -1, -1) if discrete else None
        return Step(observation, self._state.clone(), reward, terminated, truncated, action_mask=mask)


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
        observability=Observability(settings.observability),
        reward_rule=RewardRule.SHARED,
        reward="team reward, shared by all agents: the share of the features that are named rightly",
        simulator=f"quorate.testing {__version__}",
        binary_state=True,
        observed_features=torch.arange(settings.agents)[:, None] + torch.arange(2),
    )
