"""Where everything is, in B worlds at once."""

from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass
class World:
    """The state of B worlds with m agents that move, l landmarks, g goals and u agents that speak c symbols.

    Places and velocities are float64, as in mpe2: contacts are so stiff that the rounding of float32 would grow to more
    than 1e-4 within an episode.

    Attributes:
        position: float64 [B, m, 2].
        velocity: float64 [B, m, 2].
        landmarks: float64 [B, l, 2].
        goals: int64 [B, g], numbers of landmarks.
        utterance: float32 [B, u, c], what was said last.
    """

    position: Tensor
    velocity: Tensor
    landmarks: Tensor
    goals: Tensor
    utterance: Tensor


@dataclass
class Geometry:
    """What each agent that moves has around it: the l landmarks and, where agents collide, then the m agents.

    Attributes:
        offset: float64 [B, m, l (+ m), 2], the other's position minus one's own.
        distance: float64 [B, m, l (+ m)].
    """

    offset: Tensor
    distance: Tensor

    @classmethod
    def of(cls, world: World, with_agents: bool) -> "Geometry":
        """Measure a world."""
        points = torch.cat((world.landmarks, world.position), dim=1) if with_agents else world.landmarks
        offset = points[:, None] - world.position[:, :, None]
        return cls(offset, torch.linalg.vector_norm(offset, dim=-1))


def draw_world(batch: int, sizes: "WorldSizes", generator: torch.Generator) -> World:
    """Worlds at an episode's start: all places uniform in [-1, 1]^2, goals uniform, at rest, silent."""
    device, moving = generator.device, sizes.moving
    entities, shape = (batch, moving + sizes.landmarks, 2), (batch, sizes.goals)
    places = torch.rand(entities, generator=generator, device=device, dtype=torch.float64) * 2 - 1
    return World(
        position=places[:, :moving],
        velocity=torch.zeros(batch, moving, 2, device=device, dtype=torch.float64),
        landmarks=places[:, moving:],
        goals=torch.randint(sizes.landmarks, shape, generator=generator, device=device),
        utterance=torch.zeros(batch, sizes.speakers, sizes.symbols, device=device),
    )


@dataclass(frozen=True)
class WorldSizes:
    """How much of everything a world has: see `World`."""

    moving: int
    landmarks: int
    goals: int = 0
    speakers: int = 0
    symbols: int = 0
