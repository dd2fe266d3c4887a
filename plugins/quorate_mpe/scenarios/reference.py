"""simple_reference: two agents, each of which knows where the other must go."""

import torch
from torch import Tensor

from quorate.interfaces import Observability
from quorate_mpe.controls import Roles
from quorate_mpe.scenario import Scenario
from quorate_mpe.settings import SimpleReferenceSettings
from quorate_mpe.world import Geometry, Surroundings, World, WorldSizes

LANDMARKS, SYMBOLS = 3, 10
BRIGHT, DARK = 0.75, 0.25
"""A landmark's colour has one bright component, its own."""


class Reference(Scenario):
    """mpe2's simple_reference_v3.

    * Observation, 21 features: own velocity, the three landmarks relative to oneself, the colour of the landmark that
      the *other* agent must reach, and what the other said in the step before (10 numbers).
    * Reward of agent i: (1 - local_ratio) * mean + local_ratio * R_i, where R_i is minus the distance of the *other*
      agent to the landmark that i knows of, and the mean is over both.
    * Observability: nobody sees their own goal, so that one observation does not determine the state. The joint one
      does, except for where the landmarks are as a whole, on which neither motion nor rewards nor observations depend.

    Args:
        settings: of the scenario.
        device: where it is computed.
    """

    def __init__(self, settings: SimpleReferenceSettings, device: torch.device) -> None:
        self.name, self.rules = "simple-reference", "simple_reference_v3"
        self.agents = ("agent_0", "agent_1")
        self.roles = Roles(2, range(2), range(2), SYMBOLS)
        self.sizes = WorldSizes(2, LANDMARKS, goals=2, speakers=2, symbols=SYMBOLS)
        self.observation_sizes = (21, 21)
        self.observability = Observability.COLLECTIVE
        self.touch = None
        self.surroundings = Surroundings(self.sizes, device, others=False)
        self.reward = f"the agents' distances to their landmarks; local_ratio {settings.local_ratio:g}"
        self.agent_rewards = settings.local_ratio > 0
        self._local = settings.local_ratio
        self._colours = torch.full((LANDMARKS, LANDMARKS), DARK, device=device).fill_diagonal_(BRIGHT)

    def observe(self, world: World, geometry: Geometry) -> Tensor:
        """[B, 2, 21]."""
        colour = self._colours[world.goals]
        body = torch.cat((world.velocity, geometry.offset.flatten(2)), dim=-1).float()
        return torch.cat((body, colour, world.utterance.flip(1)), dim=-1)

    def rewards(self, world: World, geometry: Geometry) -> Tensor:
        """[B, 2]."""
        own = geometry.distance.gather(2, world.goals.flip(1)[..., None])[..., 0]
        return (own.mean(dim=1, keepdim=True) * (self._local - 1) - own.flip(1) * self._local).float()

    def places(self, state: Tensor) -> tuple[Tensor, Tensor]:
        """[2, 2] and [3, 2]."""
        offsets = state.view(2, -1)[:, 2 : 2 + 2 * LANDMARKS].reshape(2, LANDMARKS, 2)
        return -offsets.mean(dim=1), offsets[0] - offsets[0].mean(dim=0)

    def goals(self, state: Tensor) -> list[int]:
        """What the other agent sees in colour."""
        colours = state.view(2, -1)[:, 2 + 2 * LANDMARKS :][:, :LANDMARKS]
        return colours.argmax(dim=1).flip(0).tolist()
