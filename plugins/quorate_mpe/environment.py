"""The particle environments, natively batched."""

from typing import TYPE_CHECKING

import torch
from torch import Tensor
from typing_extensions import override

from quorate.environments import Advance, PaidLater, View
from quorate_mpe.controls import Controls
from quorate_mpe.physics import SENSITIVITY, contact_force, move
from quorate_mpe.render import Deeds, draw
from quorate_mpe.scenario import Scenario
from quorate_mpe.scenarios.adversary import Adversary
from quorate_mpe.scenarios.reference import Reference
from quorate_mpe.scenarios.speaker_listener import SpeakerListener
from quorate_mpe.scenarios.spread import Spread
from quorate_mpe.settings import (
    ParticleSettings,
    SimpleAdversarySettings,
    SimpleReferenceSettings,
    SimpleSpeakerListenerSettings,
    SimpleSpreadSettings,
    TeamReward,
)
from quorate_mpe.spec import make_spec
from quorate_mpe.world import Geometry, World, draw_world

if TYPE_CHECKING:
    from matplotlib.axes import Axes


class ParticleEnvironment(PaidLater[World]):
    """B copies of a scenario. All of them are truncated after `horizon` steps and begin anew; none terminates.

    The state is the concatenation of the agents' observations.

    Args:
        scenario: the rules, on the same device.
        settings: what `ParticleSettings` documents.
        batch: B, independent copies.
        device: where they live.
    """

    seeded_as = "mpe"

    def __init__(self, scenario: Scenario, settings: ParticleSettings, batch: int, device: torch.device) -> None:
        self.settings = settings
        self._scenario = scenario
        self._controls = Controls(scenario.roles, settings, device)
        super().__init__(make_spec(scenario, self._controls, settings), batch, device)
        self._mask = None if self._controls.mask is None else self._controls.mask.expand(batch, -1, -1)
        self._real = _real_features(scenario.observation_sizes, device)
        self._measured: tuple[World, Geometry] | None = None

    @override
    def begin(self) -> World:
        return draw_world(self.batch, self._scenario.sizes, self.generator)

    @override
    def move(self, actions: Tensor) -> None:
        self.world = self._moved(*self._controls.read(actions))

    @override
    def worth(self, world: World) -> Advance:
        rewards = self._scenario.rewards(world, self._geometry(world))
        team = rewards.sum(dim=1) if self.settings.reward == TeamReward.SUM else rewards.mean(dim=1)
        own = rewards if self.spec.agent_rewards else None
        return Advance(team, agent_reward=own)

    @override
    def observe(self) -> View:
        observation = self._scenario.observe(self.world, self._geometry(self.world))
        flat = observation.flatten(1)
        state = flat.clone() if self._real is None else flat.index_select(1, self._real)
        return View(observation, state, self._mask)

    @override
    def outcomes(self) -> Tensor | None:
        return self._scenario.outcomes_of(self._geometry(self.world))

    def draw(self, axes: "Axes", state: Tensor, estimate: Tensor | None = None, actions: Tensor | None = None) -> None:
        """Draw a state [s], what agents do in it, and an estimate [s] of it; see `quorate_mpe.render.draw`."""
        draw(axes, self._scenario, state, estimate, None if actions is None else self._deeds(actions))

    def _deeds(self, actions: Tensor) -> Deeds:
        """What actions, [n] or [n, a], mean; NaN for agents that do nothing."""
        force, utterance = self._controls.read(actions[None])
        idle = (actions < 0 if self._controls.discrete else actions.isnan().any(dim=-1))[:, None]
        roles = self._scenario.roles
        said = None if utterance is None else utterance[0].masked_fill(_of(roles.speaking, idle), torch.nan)
        return Deeds(force[0].masked_fill(_of(roles.moving, idle), torch.nan), said)

    def _moved(self, force: Tensor, utterance: Tensor | None) -> World:
        world, touch = self.world, self._scenario.touch
        if touch is None:
            total = force.double() * SENSITIVITY
        else:
            others = self._geometry(world).offset[:, :, self._scenario.sizes.landmarks :]
            total = contact_force(others, touch).add_(force, alpha=SENSITIVITY)
        position, velocity = move(world.position, world.velocity, total)
        said = world.utterance if utterance is None else utterance
        return World(position, velocity, world.landmarks, world.goals, said)

    def _geometry(self, world: World) -> Geometry:
        """Of the world that is now, measured once."""
        if world is not self.world:
            return self._scenario.surroundings(world)
        if self._measured is None or self._measured[0] is not world:
            self._measured = world, self._scenario.surroundings(world)
        return self._measured[1]


class SimpleSpread(ParticleEnvironment):
    """N agents cover N landmarks without bumping into each other; see `Spread` for the rules."""

    def __init__(self, settings: SimpleSpreadSettings, batch: int = 1, device: torch.device | str = "cpu") -> None:
        place = torch.device(device)
        super().__init__(Spread(settings, place), settings, batch, place)


class SimpleReference(ParticleEnvironment):
    """Two agents tell each other where to go; see `Reference` for the rules."""

    def __init__(self, settings: SimpleReferenceSettings, batch: int = 1, device: torch.device | str = "cpu") -> None:
        place = torch.device(device)
        super().__init__(Reference(settings, place), settings, batch, place)


class SimpleSpeakerListener(ParticleEnvironment):
    """A speaker tells a listener where to go; see `SpeakerListener` for the rules."""

    def __init__(
        self, settings: SimpleSpeakerListenerSettings, batch: int = 1, device: torch.device | str = "cpu"
    ) -> None:
        place = torch.device(device)
        super().__init__(SpeakerListener(settings, place), settings, batch, place)


class SimpleAdversary(ParticleEnvironment):
    """Good agents go to a goal without leading an adversary there; see `Adversary` for the rules."""

    def __init__(self, settings: SimpleAdversarySettings, batch: int = 1, device: torch.device | str = "cpu") -> None:
        place = torch.device(device)
        super().__init__(Adversary(settings, place), settings, batch, place)


def _of(agents: range, values: Tensor) -> Tensor:
    return values[agents.start : agents.stop]


def _real_features(sizes: tuple[int, ...], device: torch.device) -> Tensor | None:
    """Which of the n * o padded features are real; None where all are."""
    if len(set(sizes)) == 1:
        return None
    real = torch.arange(max(sizes)) < torch.tensor(sizes)[:, None]
    return real.flatten().nonzero()[:, 0].to(device)
