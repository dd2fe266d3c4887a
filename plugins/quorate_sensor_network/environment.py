"""The sensor network: a Dec-POMDP of sensors that must scan a target together, natively batched."""

from typing import TYPE_CHECKING

import torch
from gymnasium.spaces import Discrete
from torch import Tensor

from quorate import __version__
from quorate.interfaces import Environment, EnvironmentSpec, HistoryLayout, Step
from quorate.seeding import derive_seed
from quorate_sensor_network.network import Network, grid_network, pad
from quorate_sensor_network.observability import observability
from quorate_sensor_network.posterior import SensorPosterior
from quorate_sensor_network.render import draw
from quorate_sensor_network.settings import SensorNetworkSettings

if TYPE_CHECKING:
    from matplotlib.axes import Axes


class SensorNetwork(Environment):
    """k targets on the edges of a grid of sensors, each seen by the two sensors at its ends (2410.13953, Sec. 5).

    * State: multi-hot over the A areas with k ones, uniform at reset. The targets have no identity.
    * Observation: one report per own area, drawn anew and independently at every step, whatever is scanned:
      a target is reported with probability 1 - miss, an empty area with probability false_alarm.
    * Action: 0 does nothing, j scans the j-th own area. Invalid actions count as 0.
    * Reward: catch_reward for each target whose area is scanned by both its sensors, minus scan_cost for each
      scan, on the state before the targets move. Catching leaves the target where it is.
    * Movement: in the order of their areas' numbers, each target tries with probability `move` to go to a
      neighbouring area (one that shares a sensor), uniformly chosen, and stays if that is occupied at the time.
    * Every episode is truncated after `horizon` steps, so that all rows end at once.

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
        self._spec = _make_spec(settings, self.network)
        self._make_tables()
        self._targets = torch.empty(0, dtype=torch.int64, device=self._device)
        self._time = 0

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
        self._begin()
        reward = torch.zeros(self._batch, device=self._device)
        state = self._state()
        return self._make_step(self._observe(state), state, reward, ended=False)

    def step(self, actions: Tensor) -> Step:
        """Take one joint action per environment, int64 [B, n].

        Raises:
            RuntimeError: before the first `reset`.
            ValueError: where the shape is not [B, n].
        """
        if not self._targets.numel():
            raise RuntimeError("SensorNetwork.step was called before reset.")
        if actions.shape != (self._batch, self.network.sensors):
            raise ValueError(f"actions: expected shape {(self._batch, self.network.sensors)}, got {(*actions.shape,)}.")
        reward = self._reward(actions, self._state())
        self._move()
        self._time += 1
        state = self._state()
        observation = self._observe(state)
        if self._time < self.settings.horizon:
            return self._make_step(observation, state, reward, ended=False)
        self._begin()
        fresh = self._state()
        step = self._make_step(self._observe(fresh), fresh, reward, ended=True)
        step.final_observation, step.final_state = observation, state
        return step

    def close(self) -> None:
        """There is nothing to release."""

    def posterior(self, layout: HistoryLayout) -> SensorPosterior:
        """The exact posterior over the states given histories of a layout; see `SensorPosterior`."""
        return SensorPosterior(self.settings, layout, self._device)

    def draw(self, axes: "Axes", state: Tensor, estimate: Tensor | None = None) -> None:
        """Draw a state [A] and, where given, an estimate [A] of it; see `quorate_sensor_network.render.draw`."""
        draw(axes, self.network, state, estimate)

    def _make_tables(self) -> None:
        views, neighbours, device = self.network.views, self.network.neighbours, self._device
        self._views = torch.tensor(pad(views, 0), device=device)
        self._degrees = torch.tensor([len(view) for view in views], device=device)
        slots = torch.arange(self._views.shape[1] + 1, device=device)
        self._action_mask = slots <= self._degrees[:, None]
        real = self._action_mask[:, 1:]
        self._hit = (1 - torch.tensor(self.settings.misses, device=device))[self._views] * real
        self._alarm = torch.tensor(self.settings.false_alarms, device=device)[self._views] * real
        self._ends = torch.tensor(self.network.ends, device=device)
        scans = [[views[sensor].index(area) + 1 for sensor in ends] for area, ends in enumerate(self.network.ends)]
        self._joint_scan = torch.tensor(scans, device=device)
        self._neighbours = torch.tensor(pad(neighbours, 0), dtype=torch.int64, device=device)
        self._neighbour_counts = torch.tensor([len(near) for near in neighbours], device=device)

    def _begin(self) -> None:
        """Draw the occupied areas [B, k] without replacement: the k largest of A random keys."""
        self._time = 0
        keys = torch.rand(self._batch, self.network.areas, generator=self._generator, device=self._device)
        self._targets = keys.topk(self.settings.targets, dim=1).indices.sort(dim=1).values

    def _state(self) -> Tensor:
        empty = torch.zeros(self._batch, self.network.areas, device=self._device)
        return empty.scatter_(1, self._targets, 1.0)

    def _observe(self, state: Tensor) -> Tensor:
        watched = state[:, self._views]
        chance = torch.where(watched > 0, self._hit, self._alarm)
        return (torch.rand(watched.shape, generator=self._generator, device=self._device) < chance).float()

    def _reward(self, actions: Tensor, state: Tensor) -> Tensor:
        joint = (actions[:, self._ends] == self._joint_scan).all(dim=-1)
        scans = ((actions > 0) & (actions <= self._degrees)).sum(dim=1)
        return self.settings.catch_reward * (joint * state).sum(dim=1) - self.settings.scan_cost * scans

    def _move(self) -> None:
        if self.settings.move == 0 or self._neighbours.numel() == 0:
            return
        occupied = self._state() > 0
        draws = torch.rand(2, *self._targets.shape, generator=self._generator, device=self._device)
        for k in range(self.settings.targets):
            self._move_target(k, draws[0, :, k] < self.settings.move, draws[1, :, k], occupied)
        self._targets = self._targets.sort(dim=1).values

    def _move_target(self, k: int, wants: Tensor, choice: Tensor, occupied: Tensor) -> None:
        """Move target k in the rows where it wants to and its goal is free; keeps `occupied` [B, A] true."""
        here = self._targets[:, k]
        goal = self._neighbours[here, (choice * self._neighbour_counts[here]).long()]
        free = ~occupied.gather(1, goal[:, None])[:, 0]
        there = torch.where(wants & free, goal, here)
        occupied.scatter_(1, here[:, None], False).scatter_(1, there[:, None], True)
        self._targets[:, k] = there

    def _make_step(self, observation: Tensor, state: Tensor, reward: Tensor, ended: bool) -> Step:
        return Step(
            observation=observation,
            state=state,
            reward=reward,
            terminated=torch.zeros(self._batch, dtype=torch.bool, device=self._device),
            truncated=torch.full((self._batch,), ended, dtype=torch.bool, device=self._device),
            action_mask=self._action_mask.expand(self._batch, -1, -1),
        )


def _make_spec(settings: SensorNetworkSettings, network: Network) -> EnvironmentSpec:
    degrees = tuple(len(view) for view in network.views)
    return EnvironmentSpec(
        name=f"sensor-network/{network.height}x{network.width}",
        agents=network.names,
        observation_sizes=degrees,
        state_size=network.areas,
        action_spaces=tuple(Discrete(degree + 1) for degree in degrees),
        horizon=settings.horizon,
        observability=observability(settings),
        reward="team reward, shared by all agents: catch_reward per jointly scanned target minus scan_cost per scan",
        simulator=f"quorate_sensor_network {__version__}",
        binary_state=True,
        observed_features=torch.tensor(pad(network.views, -1)),
    )
