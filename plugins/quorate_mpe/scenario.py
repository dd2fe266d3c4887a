"""What makes one particle environment differ from another."""

from abc import ABC, abstractmethod

from torch import Tensor

from quorate.interfaces import Observability
from quorate_mpe.controls import Roles
from quorate_mpe.world import Geometry, Surroundings, World, WorldSizes


class Scenario(ABC):
    """The rules of one scenario; physics and actions are common to all.

    Attributes:
        name: such as ``simple-spread``.
        rules: the module of mpe2 whose rules these are, such as ``simple_spread_v3``.
        agents: the agents' names, as in mpe2.
        roles: who moves and who speaks.
        sizes: of the world.
        surroundings: measures worlds, and sees agents in them where `touch` is a distance.
        observation_sizes: real features of each agent's observation.
        observability: of the state by the observations of one step.
        touch: distance at which two agents are in contact; None where agents pass through each other.
        reward: what the agents' rewards are made of, in words.
        agent_rewards: agents are paid differently.
        outcomes: names of what an episode ends with.
        absolute: whether states have absolute positions.
        adversaries: how many of the agents, the first ones, are adversaries of the others.
    """

    name: str
    rules: str
    agents: tuple[str, ...]
    roles: Roles
    sizes: WorldSizes
    surroundings: Surroundings
    observation_sizes: tuple[int, ...]
    observability: Observability
    touch: float | None
    reward: str
    agent_rewards: bool
    outcomes: tuple[str, ...] = ()
    absolute: bool = False
    adversaries: int = 0

    @abstractmethod
    def observe(self, world: World, geometry: Geometry) -> Tensor:
        """Observations [B, n, o], those of smaller agents padded with zeros."""

    @abstractmethod
    def rewards(self, world: World, geometry: Geometry) -> Tensor:
        """The agents' own rewards [B, n], as mpe2 gives them."""

    def outcomes_of(self, geometry: Geometry) -> Tensor | None:
        """The outcomes of episodes that end so, float32 [B, k]; None where there are none."""
        return None

    @abstractmethod
    def places(self, state: Tensor) -> tuple[Tensor, Tensor]:
        """Where a state [s] has the agents that move, [m, 2], and the landmarks, [l, 2].

        Where it has no absolute positions, they are relative to the landmarks' middle, which does not move.
        """

    def goals(self, state: Tensor) -> list[int]:
        """The landmarks that the agents that move must reach, each its own; empty where there are no such goals."""
        return []
