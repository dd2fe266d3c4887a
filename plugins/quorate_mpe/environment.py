"""The particle environments, natively batched."""

from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from quorate.interfaces import Environment, EnvironmentSpec, Step
from quorate.seeding import derive_seed
from quorate_mpe.controls import Controls
from quorate_mpe.physics import SENSITIVITY, contact_force, move
from quorate_mpe.render import Deeds, draw
from quorate_mpe.scenario import Scenario
from quorate_mpe.scenarios.reference import Reference
from quorate_mpe.scenarios.speaker_listener import SpeakerListener
from quorate_mpe.scenarios.spread import Spread
from quorate_mpe.settings import (
    ParticleSettings,
    SimpleReferenceSettings,
    SimpleSpeakerListenerSettings,
    SimpleSpreadSettings,
    TeamReward,
)
from quorate_mpe.spec import make_spec
from quorate_mpe.world import Geometry, World, draw_world

if TYPE_CHECKING:
    from matplotlib.axes import Axes


class ParticleEnvironment(Environment):
    """B copies of a scenario. All of them are truncated after `horizon` steps and begin anew; none terminates.

    The state is the concatenation of the agents' observations. It can be stored in the middle of its episodes (see
    `Resumable`).

    Args:
        scenario: the rules, on the same device.
        settings: what `ParticleSettings` documents.
        batch: B, independent copies.
        device: where they live.
    """

    def __init__(self, scenario: Scenario, settings: ParticleSettings, batch: int, device: torch.device) -> None:
        self.settings = settings
        self._scenario = scenario
        self._batch, self._device = batch, device
        self._controls = Controls(scenario.roles, settings, device)
        self._spec = make_spec(scenario, self._controls, settings)
        self._generator = torch.Generator(device=device)
        self._mask = None if self._controls.mask is None else self._controls.mask.expand(batch, -1, -1)
        self._real = _real_features(scenario.observation_sizes, device)
        self._time: int | None = None

    @property
    def spec(self) -> EnvironmentSpec:
        """What does not change."""
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
            self._generator.manual_seed(derive_seed(seed, "mpe"))
        self._begin()
        rewards = torch.zeros(self._batch, self._spec.agent_count, device=self._device)
        return self._make_step(self._observe(), rewards, ended=False)

    def step(self, actions: Tensor) -> Step:
        """Take one joint action per environment: float32 [B, n, a] or int64 [B, n], see `Controls`.

        Raises:
            RuntimeError: before the first `reset`.
            ValueError: where shape or type of the actions are not those of the action spaces.
        """
        if self._time is None:
            raise RuntimeError(f"{type(self).__name__}.step was called before reset.")
        if len(actions) != self._batch:
            raise ValueError(f"actions: expected those of {self._batch} environments, got {len(actions)}.")
        self._advance(*self._controls.read(actions))
        self._time += 1
        rewards, observation = self._scenario.rewards(self._world, self._geometry), self._observe()
        if self._time < self.settings.horizon:
            return self._make_step(observation, rewards, ended=False)
        outcomes = self._scenario.outcomes_of(self._geometry)
        self._begin()
        step = self._make_step(self._observe(), rewards, ended=True)
        step.outcomes = outcomes
        step.final_observation, step.final_state = observation, self._state(observation)
        step.final_action_mask = step.action_mask
        return step

    def close(self) -> None:
        """There is nothing to release."""

    def draw(self, axes: "Axes", state: Tensor, estimate: Tensor | None = None, actions: Tensor | None = None) -> None:
        """Draw a state [s], what agents do in it, and an estimate [s] of it; see `quorate_mpe.render.draw`."""
        draw(axes, self._scenario, state, estimate, None if actions is None else self._deeds(actions))

    def state_dict(self) -> dict[str, Any]:
        """The worlds, the time and the generator; see `Resumable`.

        Raises:
            RuntimeError: before the first `reset`.
        """
        if self._time is None:
            raise RuntimeError(f"{type(self).__name__}.state_dict was called before reset.")
        return {"world": self._world.tensors(), "time": self._time, "generator": self._generator.get_state()}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on bit for bit from what `state_dict` returned."""
        self._world = World(**{name: value.to(self._device, copy=True) for name, value in state["world"].items()})
        self._time = state["time"]
        self._generator.set_state(state["generator"])
        self._measure()

    def _begin(self) -> None:
        self._time = 0
        self._world = draw_world(self._batch, self._scenario.sizes, self._generator)
        self._measure()

    def _measure(self) -> None:
        self._geometry = Geometry.of(self._world, with_agents=self._scenario.touch is not None)

    def _deeds(self, actions: Tensor) -> Deeds:
        """What actions, [n] or [n, a], mean; NaN for agents that do nothing."""
        force, utterance = self._controls.read(actions[None])
        idle = (actions < 0 if self._controls.discrete else actions.isnan().any(dim=-1))[:, None]
        roles = self._scenario.roles
        said = None if utterance is None else utterance[0].masked_fill(_of(roles.speaking, idle), torch.nan)
        return Deeds(force[0].masked_fill(_of(roles.moving, idle), torch.nan), said)

    def _advance(self, force: Tensor, utterance: Tensor | None) -> None:
        world, touch = self._world, self._scenario.touch
        total = force.double() * SENSITIVITY
        if touch is not None:
            landmarks, geometry = self._scenario.sizes.landmarks, self._geometry
            total += contact_force(geometry.offset[:, :, landmarks:], geometry.distance[..., landmarks:], touch)
        position, velocity = move(world.position, world.velocity, total)
        said = world.utterance if utterance is None else utterance
        self._world = World(position, velocity, world.landmarks, world.goals, said)
        self._measure()

    def _observe(self) -> Tensor:
        return self._scenario.observe(self._world, self._geometry)

    def _state(self, observation: Tensor) -> Tensor:
        flat = observation.flatten(1)
        return flat.clone() if self._real is None else flat.index_select(1, self._real)

    def _make_step(self, observation: Tensor, rewards: Tensor, ended: bool) -> Step:
        team = rewards.sum(dim=1) if self.settings.reward == TeamReward.SUM else rewards.mean(dim=1)
        return Step(
            observation=observation,
            state=self._state(observation),
            reward=team,
            terminated=torch.zeros(self._batch, dtype=torch.bool, device=self._device),
            truncated=torch.full((self._batch,), ended, dtype=torch.bool, device=self._device),
            action_mask=self._mask,
            agent_reward=rewards if self._spec.agent_rewards else None,
        )


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


def _of(agents: range, values: Tensor) -> Tensor:
    return values[agents.start : agents.stop]


def _real_features(sizes: tuple[int, ...], device: torch.device) -> Tensor | None:
    """Which of the n * o padded features are real; None where all are."""
    if len(set(sizes)) == 1:
        return None
    real = torch.arange(max(sizes)) < torch.tensor(sizes)[:, None]
    return real.flatten().nonzero()[:, 0].to(device)
