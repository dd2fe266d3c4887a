"""Games whose best play is known, for tests of learning."""

from dataclasses import dataclass
from typing import Any

import torch
from gymnasium.spaces import Box, Discrete

from quorate.interfaces import Environment, EnvironmentSpec, Observability, Step
from quorate.seeding import generator
from quorate.settings import setting


@dataclass
class GameSettings:
    agents: int = setting(2, "n.", minimum=1)
    actions: str = setting("discrete", "discrete or continuous.", choices=["discrete", "continuous"])
    horizon: int = setting(5, "Steps; 0: episodes never end.", minimum=0)
    mortal: bool = setting(False, "Agents die: each step, the last agent is dead where the state is 1.")
    stateless: bool = setting(False, "Without a state.")


class Game(Environment):
    """A bit is drawn in each step and all see it; the team is paid where all agents copy it, else it pays.

    Discrete: three choices, of which the third is never valid. Paid 1 where all equal the bit, else -0.2; 5 steps
    of the best play pay 5. Continuous: paid 1 - mean |a - (bit - 0.5)|^2, actions in [-1, 3].
    """

    def __init__(self, settings: GameSettings, *, batch: int, device: Any = "cpu") -> None:
        self._settings, self._batch, self._device = settings, batch, torch.device(device)
        self._generator = generator(0, "game")

    @property
    def spec(self) -> EnvironmentSpec:
        settings = self._settings
        count = settings.agents
        space = Discrete(3) if settings.actions == "discrete" else Box(-1, 3, (1,))
        return EnvironmentSpec(
            "test/game-v1",
            tuple(f"agent_{index}" for index in range(count)),
            (2,) * count,
            0 if settings.stateless else 1,
            (space,) * count,
            settings.horizon or None,
            Observability.FULL,
            "team reward",
            "game 1",
        )

    @property
    def batch(self) -> int:
        return self._batch

    @property
    def device(self) -> torch.device:
        return self._device

    def reset(self, seed: int | None = None) -> Step:
        if seed is not None:
            self._generator = generator(seed, "game")
        self._time = torch.zeros(self._batch)
        self._draw()
        none = torch.zeros(self._batch, dtype=torch.bool)
        return self._see(torch.zeros(self._batch), none)

    def step(self, actions: torch.Tensor) -> Step:
        if actions.dtype == torch.int64:
            assert bool((actions < 2).all()), "an invalid action was taken"
            right = actions == self._bit[:, None]
            if self._settings.mortal:
                right[:, -1] |= self._bit == 1  # what the dead do is without effect
            reward = torch.where(right.all(1), 1.0, -0.2)
        else:
            reward = 1 - (actions[..., 0] - (self._bit[:, None] - 0.5)).square().mean(1)
        self._time = self._time + 1
        ended = (self._time >= self._settings.horizon) & (self._settings.horizon > 0)
        self._draw()
        final = self._see(reward, ended)
        if not bool(ended.any()):
            return final
        self._time = self._time.masked_fill(ended, 0.0)
        self._draw()
        step = self._see(reward, ended)
        step.final_observation = final.observation
        step.final_state = None if self._settings.stateless else final.state
        return step

    def close(self) -> None:
        pass

    def state_dict(self) -> dict[str, Any]:
        return {"time": self._time.clone(), "bit": self._bit.clone(), "generator": self._generator.get_state()}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self._time, self._bit = state["time"].clone(), state["bit"].clone()
        self._generator.set_state(state["generator"])

    def _draw(self) -> None:
        self._bit = torch.randint(2, (self._batch,), generator=self._generator).float()

    def _see(self, reward: torch.Tensor, truncated: torch.Tensor) -> Step:
        count = self._settings.agents
        bit = self._bit[:, None]
        observation = torch.stack([self._bit, 1 - self._bit], -1)[:, None].expand(-1, count, 2).clone()
        mask = None
        if self._settings.actions == "discrete":
            mask = torch.tensor([True, True, False]).expand(self._batch, count, 3)
        alive = None
        if self._settings.mortal:
            alive = torch.ones(self._batch, count, dtype=torch.bool)
            alive[:, -1] = self._bit == 0
        state = bit[:, :0] if self._settings.stateless else bit.clone()
        return Step(observation, state, reward, torch.zeros_like(truncated), truncated, mask, alive)
