"""simple_adversary, "physical deception": good agents know the goal, and must not lead the adversary there."""

import torch
from torch import Tensor
from torch.nn.functional import pad

from quorate.interfaces import Observability
from quorate_mpe.controls import Roles
from quorate_mpe.scenario import Scenario
from quorate_mpe.settings import SimpleAdversarySettings
from quorate_mpe.world import Geometry, Surroundings, World, WorldSizes


class Adversary(Scenario):
    """mpe2's simple_adversary_v3 (defaults of its options): one adversary, N good agents, N landmarks, one the goal.

    * Observation of the adversary, 4N features: the landmarks and the other agents relative to itself. Of a good agent,
      4N + 2: the goal relative to itself before these. Nobody sees velocities.
    * Reward of the adversary: minus its distance to the goal. Of each good agent: that distance, minus the distance of
      the nearest good agent to the goal.
    * Observability: the adversary does not see which landmark is the goal; each good agent sees all that a state tells.
      Velocities are no part of it, as in mpe2: two steps tell them.

    Args:
        settings: of the scenario.
        device: where it is computed.
    """

    def __init__(self, settings: SimpleAdversarySettings, device: torch.device) -> None:
        good = settings.good_agents
        self.name, self.rules = "simple-adversary", "simple_adversary_v3"
        self.agents = ("adversary_0", *(f"agent_{agent}" for agent in range(good)))
        self.roles = Roles(good + 1, range(good + 1), range(0))
        self.sizes = WorldSizes(good + 1, good, goals=1)
        self.observation_sizes = (4 * good, *[4 * good + 2] * good)
        self.observability = Observability.COLLECTIVE
        self.touch = None
        self.surroundings = Surroundings(self.sizes, device, others=True)
        self.reward = "the adversary's distance to the goal and, for the good agents, that of their nearest"
        self.agent_rewards, self.adversaries = True, 1
        self._good = good

    def observe(self, world: World, geometry: Geometry) -> Tensor:
        """[B, N + 1, 4N + 2]."""
        seen = geometry.offset.flatten(2)
        goal = geometry.offset.take_along_dim(world.goals[..., None, None], 2).flatten(2)
        return torch.cat((pad(seen[:, :1], (0, 2)), torch.cat((goal, seen), -1)[:, 1:]), dim=1).float()

    def rewards(self, world: World, geometry: Geometry) -> Tensor:
        """[B, N + 1]."""
        distance = geometry.distance.take_along_dim(world.goals[..., None], 2)[..., 0]
        adversary, good = distance[:, :1], distance[:, 1:].amin(dim=1, keepdim=True)
        return torch.cat((-adversary, (adversary - good).expand(-1, self._good)), dim=1).float()

    def places(self, state: Tensor) -> tuple[Tensor, Tensor]:
        """[N + 1, 2] and [N, 2], as the adversary sees them."""
        landmarks, others = state[: 4 * self._good].view(2, -1, 2)
        middle = landmarks.mean(dim=0)
        return pad(others, (0, 0, 1, 0)) - middle, landmarks - middle

    def goals(self, state: Tensor) -> list[int]:
        """The landmark that the first good agent sees twice."""
        goal, landmarks = state[4 * self._good :][: 2 + 2 * self._good].split((2, 2 * self._good))
        nearest = (landmarks.view(-1, 2) - goal).square().sum(-1).argmin()
        return [int(nearest)] * (self._good + 1)
