"""simple_spread: N agents cover N landmarks without bumping into each other."""

import torch
from torch import Tensor

from quorate.interfaces import Observability
from quorate_mpe.controls import Roles
from quorate_mpe.scenario import Scenario
from quorate_mpe.settings import SimpleSpreadSettings
from quorate_mpe.world import Geometry, Surroundings, World, WorldSizes

RADIUS = 0.15
OCCUPIED = 0.1
"""The distance below which mpe2's benchmark data count a landmark as occupied."""


class Spread(Scenario):
    """mpe2's simple_spread_v3 (defaults of its options).

    * Observation, 6N features: own velocity and position, the landmarks and the other agents relative to oneself in
      the order of their numbers, and 2 (N - 1) zeros, where mpe2 puts utterances although nobody speaks.
    * Reward of agent i: (1 - local_ratio) * G + local_ratio * C_i, where G is minus the sum over the landmarks of the
      distance to the nearest agent, and C_i minus the number of agents in contact with i.
    * Outcome `occupied_landmarks`: how many have an agent nearer than 0.1 when the episode ends, as mpe2 counts them.
    * Observability: one observation has all positions, but no velocity except one's own; the joint one has all. One
      agent alone sees everything.

    Args:
        settings: of the scenario.
        device: where it is computed.
    """

    def __init__(self, settings: SimpleSpreadSettings, device: torch.device) -> None:
        count = settings.agents
        self.name, self.rules = "simple-spread", "simple_spread_v3"
        self.agents = tuple(f"agent_{agent}" for agent in range(count))
        self.roles = Roles(count, range(count), range(0))
        self.sizes = WorldSizes(count, count)
        self.observation_sizes = (6 * count,) * count
        self.observability = Observability.FULL if count == 1 else Observability.COLLECTIVE
        self.touch, self.absolute = 2 * RADIUS, True
        self.reward = f"landmarks' distances to the nearest agent, and collisions; local_ratio {settings.local_ratio:g}"
        self.agent_rewards = count > 1 and settings.local_ratio > 0
        self.outcomes = ("occupied_landmarks",)
        self._count, self._local = count, settings.local_ratio
        self.surroundings = Surroundings(self.sizes, device, others=True, zeros=2 * (count - 1))

    def observe(self, world: World, geometry: Geometry) -> Tensor:
        """[B, N, 6N]."""
        return geometry.around.float()

    def rewards(self, world: World, geometry: Geometry) -> Tensor:
        """[B, N]."""
        to_landmarks, to_agents = geometry.distance.split((self._count, self._count - 1), dim=-1)
        coverage: Tensor = to_landmarks.amin(dim=1).sum(dim=-1, keepdim=True)
        collisions: Tensor = (to_agents < 2 * RADIUS).sum(dim=-1)
        return (coverage * (self._local - 1) - collisions * self._local).float()

    def outcomes_of(self, geometry: Geometry) -> Tensor:
        """[B, 1]."""
        nearest = geometry.distance[..., : self._count].amin(dim=1)
        return (nearest < OCCUPIED).sum(dim=-1, keepdim=True).float()

    def places(self, state: Tensor) -> tuple[Tensor, Tensor]:
        """[N, 2] and [N, 2]; the landmarks as the first agent sees them."""
        agents = state.view(self._count, -1)
        position = agents[:, 2:4]
        return position, agents[0, 4 : 4 + 2 * self._count].view(-1, 2) + position[0]
