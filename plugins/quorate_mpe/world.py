"""Where everything is, in B worlds at once."""

from dataclasses import dataclass
from functools import cached_property

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
    """What each of m agents that move has around it: k bodies, the l landmarks first.

    Attributes:
        around: float64 [B, m, 4 + 2 k + z], own velocity and position, the bodies relative to oneself, zeros.
        bodies: k.
    """

    around: Tensor
    bodies: int

    @cached_property
    def offset(self) -> Tensor:
        """Float64 [B, m, k, 2], the other's position minus one's own."""
        offset: Tensor = self.around[..., 4 : 4 + 2 * self.bodies].unflatten(-1, (self.bodies, 2))
        return offset

    @cached_property
    def distance(self) -> Tensor:
        """Float64 [B, m, k]."""
        distance: Tensor = torch.linalg.vector_norm(self.offset, dim=-1)
        return distance


class Surroundings:
    """Measures worlds: all that is around agents is linear in where bodies are, and one product is one operation.

    Nothing is rounded twice, since no number is made of more than two.

    Args:
        sizes: of the worlds.
        device: where they are.
        others: the other agents are looked at too, in the order of their numbers.
        zeros: z.
    """

    def __init__(self, sizes: "WorldSizes", device: torch.device, *, others: bool, zeros: int = 0) -> None:
        moving, landmarks = sizes.moving, sizes.landmarks
        self._bodies = landmarks + (moving - 1) * others
        velocity, position, landmark = torch.eye(2 * moving + landmarks).split((moving, moving, landmarks))
        seen = []
        for agent, place in enumerate(position):
            rest = torch.cat((position[:agent], position[agent + 1 :])) if others else position[:0]
            offsets = torch.cat((landmark, rest)) - place
            blank = offsets.new_zeros(zeros // 2, offsets.shape[1])
            seen.append(torch.cat((velocity[agent, None], place[None], offsets, blank)))
        self._shape = moving, 2 * len(seen[0])
        self._matrix = torch.kron(torch.cat(seen), torch.eye(2)).T.to(device, torch.float64).contiguous()

    def __call__(self, world: World) -> Geometry:
        """Of B worlds."""
        everything = torch.cat((world.velocity, world.position, world.landmarks), dim=1).flatten(1)
        return Geometry((everything @ self._matrix).unflatten(1, self._shape), self._bodies)


def draw_world(batch: int, sizes: "WorldSizes", generator: torch.Generator) -> World:
    """Worlds at an episode's start: all places uniform in [-1, 1]^2, goals uniform, at rest, silent."""
    device, moving = generator.device, sizes.moving
    entities, shape = (batch, moving + sizes.landmarks, 2), (batch, sizes.goals)
    places = torch.rand(entities, generator=generator, device=device, dtype=torch.float64) * 2 - 1
    return World(
        position=places[:, :moving],
        velocity=torch.zeros(batch, moving, 2, device=device, dtype=torch.float64),
        landmarks=places[:, moving:].contiguous(),
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
