"""The sensor network: a Dec-POMDP of sensors that must scan a target together, natively batched."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor
from typing_extensions import override

from quorate.environments import Advance, NativeEnvironment, View
from quorate.interfaces import HistoryLayout
from quorate_sensor_network.network import grid_network, pad
from quorate_sensor_network.posterior import SensorPosterior
from quorate_sensor_network.render import draw
from quorate_sensor_network.settings import SensorNetworkSettings
from quorate_sensor_network.spec import make_spec
from quorate_sensor_network.targets import Targets

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@dataclass
class Sought:
    """Where the targets are, and what became of them.

    Attributes:
        areas: int64 [B, k], in the order of their numbers.
        caught: float32 [B], catches in this episode.
    """

    areas: Tensor
    caught: Tensor


class SensorNetwork(NativeEnvironment[Sought]):
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

    seeded_as = "sensor-network"

    def __init__(self, settings: SensorNetworkSettings, batch: int = 1, device: torch.device | str = "cpu") -> None:
        self.settings = settings
        self.network = grid_network(*settings.grid)
        super().__init__(make_spec(settings, self.network), batch, device)
        self._make_tables()
        self._targets = Targets(self.network, settings.targets, settings.move, batch, self.generator)

    @override
    def begin(self) -> Sought:
        return Sought(self._targets.place(), torch.zeros(self.batch, device=self.device))

    @override
    def advance(self, actions: Tensor) -> Advance:
        areas = self.world.areas
        occupied = self._targets.occupied(areas) > 0
        caught, scans = self._scan(actions, occupied)
        catches = caught.sum(dim=1)
        if self.settings.respawn:
            areas = self._targets.jump(areas, occupied, caught)
        self.world = Sought(self._targets.move(areas, occupied), self.world.caught + catches)
        reward = catches * self.settings.catch_reward - scans * self.settings.scan_cost
        return Advance(reward)

    @override
    def observe(self) -> View:
        state = self._targets.occupied(self.world.areas)
        watched = state.index_select(1, self._watched).view(self.batch, *self._views.shape)
        chance = torch.where(watched > 0, self._hit, self._alarm)
        reports = torch.rand(watched.shape, generator=self.generator, device=self.device) < chance
        return View(reports.float(), state, self._action_mask)

    @override
    def outcomes(self) -> Tensor:
        return self.world.caught[:, None]

    def posterior(self, layout: HistoryLayout) -> SensorPosterior:
        """The exact posterior over the states given histories of a layout; see `SensorPosterior`."""
        return SensorPosterior(self.settings, layout, self.device)

    def draw(self, axes: "Axes", state: Tensor, estimate: Tensor | None = None, actions: Tensor | None = None) -> None:
        """Draw a state [A], scans [n], and an estimate [A] of the state; see `quorate_sensor_network.render.draw`."""
        draw(axes, self.network, state, estimate, actions)

    def _make_tables(self) -> None:
        views, device = self.network.views, self.device
        self._views = torch.tensor(pad(views, 0), device=device)
        self._watched = self._views.flatten()
        self._degrees = torch.tensor([len(view) for view in views], device=device)
        slots = torch.arange(self._views.shape[1] + 1, device=device)
        mask = slots <= self._degrees[:, None]
        self._action_mask, real = mask.expand(self.batch, -1, -1), mask[:, 1:]
        self._hit = (1 - torch.tensor(self.settings.misses, device=device))[self._views] * real
        self._alarm = torch.tensor(self.settings.false_alarms, device=device)[self._views] * real
        scans = [[views[sensor].index(area) + 1 for sensor in ends] for area, ends in enumerate(self.network.ends)]
        self._first, self._second = torch.tensor(self.network.ends, device=device).T.contiguous()
        self._first_scan, self._second_scan = torch.tensor(scans, dtype=torch.float32, device=device).T.contiguous()

    def _scan(self, actions: Tensor, occupied: Tensor) -> tuple[Tensor, Tensor]:
        """Which targets are caught, bool [B, A], and how many scans are made, int64 [B]."""
        chosen = actions.float()  # index_select is several times faster for float32 than for int64
        first = chosen.index_select(1, self._first) == self._first_scan
        second = chosen.index_select(1, self._second) == self._second_scan
        return first & second & occupied, ((actions > 0) & (actions <= self._degrees)).sum(dim=1)
