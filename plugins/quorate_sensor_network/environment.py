"""The sensor network: a Dec-POMDP of sensors that must scan a target together, natively batched."""

from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from quorate.interfaces import Environment, EnvironmentSpec, HistoryLayout, Step
from quorate.seeding import derive_seed
from quorate_sensor_network.network import grid_network, pad
from quorate_sensor_network.posterior import SensorPosterior
from quorate_sensor_network.render import draw
from quorate_sensor_network.settings import SensorNetworkSettings
from quorate_sensor_network.spec import make_spec
from quorate_sensor_network.targets import Targets

if TYPE_CHECKING:
    from matplotlib.axes import Axes


class SensorNetwork(Environment):
    """k targets on the edges of a grid of sensors, each seen by the two sensors at its ends (2410.13953, Sec. 5).

    * State: multi-hot over the A areas with k ones, uniform at reset. The targets have no identity.
    * Observation: one report per own area, drawn anew and independently at every step, whatever is scanned:
      a target is reported with probability 1 - miss, an empty area with probability false_alarm.
    * Action: 0 does nothing, j scans the j-th own area. Invalid actions count as 0.
    * Reward: catch_reward for each target whose area is scanned by both its sensors, minus scan_cost for each
      scan, on the state before the targets move. Catching leaves the target where it is, unless `respawn` is set:
      then it jumps to an area drawn uniformly from all, and stays if that is occupied.
    * Movement: in the order of their areas' numbers, each target tries with probability `move` to go to a
      neighbouring area (one that shares a sensor), uniformly chosen, and stays if that is occupied at the time.
    * Every episode is truncated after `horizon` steps, so that all rows end at once.
    * Outcome `caught`: how often a target was caught in the episode; one that is caught twice counts twice.

    Args:
        settings: what `SensorNetworkSettings` documents.
        batch: B, independent copies.
        device: where they live.
    """

    def __init__(self, settings: SensorNetworkSettings, batch: int = 1, device: torch.device | str = "cpu") -> None:
        self.settings = settings
        self.network = grid_network(*settings.grid)
        self._batch = batch
        self._device = torch.device(device)
        self._generator = torch.Generator(device=self._device)
        self._spec = make_spec(settings, self.network)
        self._make_tables()
        self._targets = Targets(self.network, settings.targets, settings.move, batch, self._generator)
        self._time: int | None = None
        self._caught = torch.zeros(batch, device=self._device)

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
            self._generator.manual_seed(derive_seed(seed, "sensor-network"))
        state = self._begin()
        reward = torch.zeros(self._batch, device=self._device)
        return self._make_step(self._observe(state), state, reward, ended=False)

    def step(self, actions: Tensor) -> Step:
        """Take one joint action per environment, int64 [B, n].

        Raises:
            RuntimeError: before the first `reset`.
            ValueError: where the shape is not [B, n].
        """
        if self._time is None:
            raise RuntimeError("SensorNetwork.step was called before reset.")
        if actions.shape != (self._batch, self.network.sensors):
            raise ValueError(f"actions: expected shape {(self._batch, self.network.sensors)}, got {(*actions.shape,)}.")
        caught, scans = self._scan(actions, self._targets.occupied())
        catches = caught.sum(dim=1)
        reward = catches * self.settings.catch_reward - scans * self.settings.scan_cost
        self._caught = self._caught + catches
        if self.settings.respawn:
            self._targets.jump(caught)
        self._targets.move()
        self._time += 1
        state = self._targets.occupied()
        observation = self._observe(state)
        if self._time < self.settings.horizon:
            return self._make_step(observation, state, reward, ended=False)
        outcomes, fresh = self._caught[:, None], self._begin()
        step = self._make_step(self._observe(fresh), fresh, reward, ended=True)
        step.outcomes = outcomes
        step.final_observation, step.final_state, step.final_action_mask = observation, state, step.action_mask
        return step

    def close(self) -> None:
        """There is nothing to release."""

    def state_dict(self) -> dict[str, Any]:
        """See `Resumable`: the targets' areas, the catches, the time (None before the reset) and the generator."""
        state = {"areas": self._targets.areas(), "caught": self._caught.clone(), "time": self._time}
        return state | {"generator": self._generator.get_state()}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """See `Resumable`."""
        self._targets.set_areas(state["areas"])
        self._caught, self._time = state["caught"].to(self._device, copy=True), state["time"]
        self._generator.set_state(state["generator"].cpu())

    def posterior(self, layout: HistoryLayout) -> SensorPosterior:
        """The exact posterior over the states given histories of a layout; see `SensorPosterior`."""
        return SensorPosterior(self.settings, layout, self._device)

    def draw(self, axes: "Axes", state: Tensor, estimate: Tensor | None = None, actions: Tensor | None = None) -> None:
        """Draw a state [A], scans [n], and an estimate [A] of the state; see `quorate_sensor_network.render.draw`."""
        draw(axes, self.network, state, estimate, actions)

    def _make_tables(self) -> None:
        views, device = self.network.views, self._device
        self._views = torch.tensor(pad(views, 0), device=device)
        self._watched = self._views.flatten()
        self._degrees = torch.tensor([len(view) for view in views], device=device)
        slots = torch.arange(self._views.shape[1] + 1, device=device)
        self._action_mask = slots <= self._degrees[:, None]
        real = self._action_mask[:, 1:]
        self._hit = (1 - torch.tensor(self.settings.misses, device=device))[self._views] * real
        self._alarm = torch.tensor(self.settings.false_alarms, device=device)[self._views] * real
        scans = [[views[sensor].index(area) + 1 for sensor in ends] for area, ends in enumerate(self.network.ends)]
        self._first, self._second = torch.tensor(self.network.ends, device=device).T.contiguous()
        self._first_scan, self._second_scan = torch.tensor(scans, dtype=torch.float32, device=device).T.contiguous()

    def _begin(self) -> Tensor:
        self._time, self._caught = 0, torch.zeros_like(self._caught)
        self._targets.place()
        return self._targets.occupied()

    def _observe(self, state: Tensor) -> Tensor:
        watched = state.index_select(1, self._watched).view(self._batch, *self._views.shape)
        chance = torch.where(watched > 0, self._hit, self._alarm)
        return (torch.rand(watched.shape, generator=self._generator, device=self._device) < chance).float()

    def _scan(self, actions: Tensor, state: Tensor) -> tuple[Tensor, Tensor]:
        """Which targets are caught, bool [B, A], and how many scans are made, int64 [B]."""
        chosen = actions.float()  # index_select is several times faster for float32 than for int64
        first = chosen.index_select(1, self._first) == self._first_scan
        second = chosen.index_select(1, self._second) == self._second_scan
        return first & second & (state > 0), ((actions > 0) & (actions <= self._degrees)).sum(dim=1)

    def _make_step(self, observation: Tensor, state: Tensor, reward: Tensor, ended: bool) -> Step:
        return Step(
            observation=observation,
            state=state,
            reward=reward,
            terminated=torch.zeros(self._batch, dtype=torch.bool, device=self._device),
            truncated=torch.full((self._batch,), ended, dtype=torch.bool, device=self._device),
            action_mask=self._action_mask.expand(self._batch, -1, -1),
        )
