"""simple_speaker_listener: one agent knows the goal and speaks, the other moves."""

import torch
from torch import Tensor
from torch.nn.functional import pad

from quorate.interfaces import Observability
from quorate_mpe.controls import Roles
from quorate_mpe.scenario import Scenario
from quorate_mpe.settings import SimpleSpeakerListenerSettings
from quorate_mpe.world import Geometry, Surroundings, World, WorldSizes

LANDMARKS, SYMBOLS = 3, 3
BRIGHT, DARK = 0.65, 0.15
"""A landmark's colour has one bright component, its own."""


class SpeakerListener(Scenario):
    """mpe2's simple_speaker_listener_v4, which has the rules of the other scenarios' v3.

    * Observation of the speaker, 3 features: the goal's colour. Of the listener, 11: own velocity, the three landmarks
      relative to itself, and what the speaker said in the step before (3 numbers).
    * Reward of both: minus the squared distance of the listener to the goal.
    * Observability: the speaker does not see where the listener is, nor the listener the goal. The joint observation
      determines the state, except for where the world is as a whole and where the speaker stands, on which nothing
      depends; the speaker has no position here.

    Args:
        settings: of the scenario.
        device: where it is computed.
    """

    def __init__(self, settings: SimpleSpeakerListenerSettings, device: torch.device) -> None:
        self.name, self.rules = "simple-speaker-listener", "simple_speaker_listener_v4"
        self.agents = ("speaker_0", "listener_0")
        self.roles = Roles(2, range(1, 2), range(1), SYMBOLS)
        self.sizes = WorldSizes(1, LANDMARKS, goals=1, speakers=1, symbols=SYMBOLS)
        self.observation_sizes = (3, 11)
        self.observability = Observability.COLLECTIVE
        self.touch = None
        self.surroundings = Surroundings(self.sizes, device, others=False)
        self.reward = "the listener's squared distance to the goal, for both agents"
        self.agent_rewards = False
        self._colours = torch.full((LANDMARKS, LANDMARKS), DARK, device=device).fill_diagonal_(BRIGHT)

    def observe(self, world: World, geometry: Geometry) -> Tensor:
        """[B, 2, 11]."""
        speaker = pad(self._colours[world.goals], (0, 8))
        body = torch.cat((world.velocity, geometry.offset.flatten(2)), dim=-1).float()
        return torch.cat((speaker, torch.cat((body, world.utterance), dim=-1)), dim=1)

    def rewards(self, world: World, geometry: Geometry) -> Tensor:
        """[B, 2]."""
        distance = geometry.distance[:, 0].gather(1, world.goals)
        return -distance.square().float().expand(-1, 2)

    def places(self, state: Tensor) -> tuple[Tensor, Tensor]:
        """[1, 2] and [3, 2]."""
        offsets = state[5 : 5 + 2 * LANDMARKS].view(-1, 2)
        middle = offsets.mean(dim=0)
        return -middle[None], offsets - middle

    def goals(self, state: Tensor) -> list[int]:
        """What the speaker sees in colour."""
        return [int(state[:LANDMARKS].argmax())]
