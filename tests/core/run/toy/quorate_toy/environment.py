import torch
from gymnasium.spaces import Discrete

from quorate.interfaces import Environment, EnvironmentSpec, Observability, Step
from quorate.seeding import generator
from quorate_toy.settings import LineSettings, Shape


class Line(Environment):
    def __init__(self, settings: LineSettings, batch: int, device: torch.device | str = "cpu") -> None:
        self._settings, self._batch, self._device = settings, batch, torch.device(device)
        self._generator = generator(0, "line", device=self._device)

    @property
    def spec(self) -> EnvironmentSpec:
        return EnvironmentSpec(
            name="toy/line-v1",
            agents=("a", "b"),
            observation_sizes=(1, 1),
            state_size=2,
            action_spaces=(Discrete(2), Discrete(2)),
            horizon=None,
            observability=Observability.COLLECTIVE,
            reward="none",
            simulator="toy 1",
        )

    @property
    def batch(self) -> int:
        return self._batch

    @property
    def device(self) -> torch.device:
        return self._device

    def reset(self, seed: int | None = None) -> Step:
        if seed is not None:
            self._generator = generator(seed, "line", device=self._device)
        length = self._settings.length
        self._state = torch.randint(length, (self._batch, 2), generator=self._generator, device=self._device)
        return self._step()

    def step(self, actions: torch.Tensor) -> Step:
        length = self._settings.length
        moved = self._state + 2 * actions - 1
        self._state = moved % length if self._settings.shape is Shape.RING else moved.clamp(0, length - 1)
        return self._step()

    def _step(self) -> Step:
        state = self._state.float()
        none = torch.zeros(self._batch, dtype=torch.bool, device=self._device)
        return Step(state[:, :, None], state, torch.zeros(self._batch, device=self._device), none, none)

    def close(self) -> None:
        pass
