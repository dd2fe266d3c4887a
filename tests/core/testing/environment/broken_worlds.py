"""For every check of environments one that breaks this promise, and no other.

Each class is called as the check that alone catches it, without its hyphens and in capitals.
"""

import dataclasses
from typing import Any, ClassVar

import numpy as np
import torch
from gymnasium import spaces
from pettingzoo import ParallelEnv
from sound_world import Sound, WorldSettings

from quorate.interfaces import EnvironmentSpec, Observability, Step
from quorate.progress import tell


class Build(Sound):
    """Takes batches of one only."""

    def __init__(self, settings: WorldSettings, *, batch: int, device: Any = "cpu") -> None:
        super().__init__(settings, batch=batch, device=device)
        if batch > 1:
            raise NotImplementedError("one at a time")


class Spec(Sound):
    """Two agents of one name."""

    @property
    def spec(self) -> EnvironmentSpec:
        return dataclasses.replace(super().spec, agents=("left", "left"))


class Tags(Sound):
    """The tags of its row say something else (see `TAGS`)."""


class Run(Sound):
    """Fails in its fourth step."""

    def step(self, actions: torch.Tensor) -> Step:
        if self._count == 3:
            raise ZeroDivisionError("the axle broke")
        return super().step(actions)


class Shapes(Sound):
    """A reward with a dimension too many."""

    def _changed(self, step: Step) -> Step:
        return dataclasses.replace(step, reward=step.reward[:, None])


class Dtypes(Sound):
    """Rewards in double precision."""

    def _changed(self, step: Step) -> Step:
        return dataclasses.replace(step, reward=step.reward.double())


class Device(Sound):
    """One tensor is elsewhere."""

    def _changed(self, step: Step) -> Step:
        step.info["walked"] = step.info["walked"].to("meta")
        return step


class Kept(Sound):
    """Writes every observation into the same memory."""

    def _changed(self, step: Step) -> Step:
        if not hasattr(self, "_memory"):
            self._memory = torch.zeros_like(step.observation)
        self._memory[:] = step.observation
        return dataclasses.replace(step, observation=self._memory)


class Values(Sound):
    """An observation that is sometimes not a number."""

    def _observe(self) -> torch.Tensor:
        observation = super()._observe()
        observation[self._state[:, 3] == 2, 0, 1] = torch.nan
        return observation


class Padding(Sound):
    """Something where there should be nothing."""

    def _observe(self) -> torch.Tensor:
        observation = super()._observe()
        observation[:, 1, 2] = 1.0
        return observation


class ActionMasks(Sound):
    """Says that an agent with two actions has three."""

    def _changed(self, step: Step) -> Step:
        if step.action_mask is not None:
            step.action_mask[:, 0, 2] = True
        return step


class AgentMasks(Sound):
    """Masks now and then."""

    def _changed(self, step: Step) -> Step:
        return dataclasses.replace(step, agent_mask=None) if self._count % 2 else step


class Seed(Sound):
    """Noise from the global generator."""

    def _observe(self) -> torch.Tensor:
        observation = super()._observe()
        observation[:, 0, 1] += torch.rand(self._batch)
        return observation


class OtherSeeds(Sound):
    """Every seed is the same to it."""

    def reset(self, seed: int | None = None) -> Step:
        return super().reset(None if seed is None else 7)


class Rows(Sound):
    """The first row's place is heard in the noise of all."""

    def _observe(self) -> torch.Tensor:
        observation = super()._observe()
        observation[:, 0, 1] += self._state[0, 1]
        return observation


class RowResets(Sound):
    """Draws for the rows that begin anew only."""

    def _begin(self, ended: torch.Tensor | None = None) -> torch.Tensor:
        if ended is None:
            return super()._begin()
        everyone, self._batch = self._batch, int(ended.sum())
        drawn, self._batch = super()._begin(), everyone
        begun = torch.zeros(everyone, 4)
        begun[ended] = drawn
        return begun


class Ends(Sound):
    """Terminated and truncated at once."""

    def _changed(self, step: Step) -> Step:
        return dataclasses.replace(step, truncated=step.truncated | step.terminated)


class Outcomes(Sound):
    """Has outcomes of episodes that go on."""

    def _changed(self, step: Step) -> Step:
        return step if step.outcomes is None else dataclasses.replace(step, outcomes=step.outcomes.nan_to_num())


class NoOutcomes(Sound):
    """Names outcomes, and does not say them."""

    def _changed(self, step: Step) -> Step:
        return dataclasses.replace(step, outcomes=None)


class Infinite(Sound):
    """An outcome that is no finite number."""

    def _changed(self, step: Step) -> Step:
        return step if step.outcomes is None else dataclasses.replace(step, outcomes=step.outcomes / 0)


class Unpaid(Sound):
    """Says that agents are paid differently, and not how."""

    def _changed(self, step: Step) -> Step:
        return dataclasses.replace(step, agent_reward=None)


class Horizon(Sound):
    """Goes on for a step too many."""

    @property
    def spec(self) -> EnvironmentSpec:
        return dataclasses.replace(super().spec, horizon=self._settings.length - 1)


class Autoreset(Sound):
    """Shows the end of the old episode where the new one begins."""

    def _changed(self, step: Step) -> Step:
        if step.final_observation is None or step.final_state is None:
            return step
        return dataclasses.replace(step, observation=step.final_observation.clone(), state=step.final_state.clone())


class Final(Sound):
    """Shows the beginning of the new episode as the end of the old one."""

    def _changed(self, step: Step) -> Step:
        if step.final_observation is None:
            return step
        return dataclasses.replace(step, final_observation=step.observation.clone(), final_state=step.state.clone())


class ObservabilityLeak(Sound):
    """Declared partial, but `left` sees where the treasure is."""

    def _observe(self) -> torch.Tensor:
        observation = super()._observe()
        left, right, side, _ = self._state.unbind(1)
        observation[:, 0, :2] = torch.stack([left + 10 * right, side], 1)
        return observation


class Reward(Sound):
    """Is the mean, but says the sum."""

    def _changed(self, step: Step) -> Step:
        return dataclasses.replace(step, reward=step.reward / 2)


class Resume(Sound):
    """Forgets its generator."""

    def state_dict(self) -> dict[str, Any]:
        return super().state_dict() | {"generator": torch.Generator().get_state()}


class Close(Sound):
    """Can be closed once."""

    _open = True

    def close(self) -> None:
        if not self._open:
            raise RuntimeError("closed already")
        self._open = False


class Parallel(ParallelEnv):
    """A PettingZoo environment whose observation leaves its declared space, which the bridge does not mind."""

    metadata: ClassVar[dict[str, Any]] = {"name": "parallel"}
    possible_agents: ClassVar[list[str]] = ["a"]

    def __init__(self, settings: WorldSettings) -> None:
        self._limit, self.agents, self._rng = settings.length, [], np.random.default_rng(0)
        self._space = spaces.Box(-self.bound, self.bound, (2,), np.float32)
        self._actions = spaces.Discrete(2)

    bound = 0.2

    def observation_space(self, agent: str) -> Any:
        return self._space

    def action_space(self, agent: str) -> Any:
        return self._actions

    def state(self) -> Any:
        return np.array([*self._place, self._hidden], np.float32)

    def _observe(self) -> Any:
        return {"a": self._place.astype(np.float32)}

    def reset(self, seed: int | None = None, options: Any = None) -> Any:
        if seed is not None:
            self._rng = np.random.default_rng(seed)
        self.agents, self._time = ["a"], 0
        self._place, self._hidden = self._rng.uniform(-1, 1, 2), self._rng.uniform(-1, 1)
        return self._observe(), {"a": {}}

    def step(self, actions: dict[str, Any]) -> Any:
        self._time += 1
        self._place = np.clip(self._place + (2 * int(actions["a"]) - 1) * 0.1, -1, 1)
        late = self._time >= self._limit
        reward, self.agents = float(self._place.sum()), [] if late else ["a"]
        return self._observe(), {"a": reward}, {"a": False}, {"a": late}, {"a": {}}


class Bridged(Parallel):
    """The same, in its space."""

    bound = 1.0


class Legal(Bridged):
    """Tells legal moves where nobody looks."""

    def reset(self, seed: int | None = None, options: Any = None) -> Any:
        observations, _ = super().reset(seed, options)
        return observations, {"a": {"legal_moves": [0, 1]}}


class Aside(Sound):
    """Has its mask where nobody looks."""

    def _changed(self, step: Step) -> Step:
        return dataclasses.replace(step, action_mask=None, info={**step.info, "action_mask": step.action_mask})


class Collective(Sound):
    """Declared collective, though nobody sees where the treasure is."""

    observability = Observability.COLLECTIVE

    def _observe(self) -> torch.Tensor:
        observation = super()._observe()
        observation[:, 0, 1] = 0.0
        return observation


class Full(Sound):
    """Declared full, likewise."""

    observability = Observability.FULL


class Joint(Sound):
    """Declared partial, but the two together see everything, one of them in a feature of its own."""

    def _observe(self) -> torch.Tensor:
        observation = super()._observe()
        observation[:, 1, 1] = self._state[:, 2]
        return observation


class Smooth(ObservabilityLeak):
    """As the leak, but with a noise so that no observation comes twice."""

    def _observe(self) -> torch.Tensor:
        observation = super()._observe()
        observation[:, 0, 0] += self._draw(1)[:, 0] * 1e-3
        return observation


class Crash(Sound):
    """Takes the interpreter down in its third step, and says so before."""

    def step(self, actions: torch.Tensor) -> Step:
        if self._count == 2:
            import os

            tell("walking the plank")
            os._exit(17)
        return super().step(actions)


class Hang(Sound):
    """Never comes back when it is closed twice."""

    _open = True

    def close(self) -> None:
        while not self._open:
            pass
        self._open = False


BREAKERS = {
    "build": Build, "spec": Spec, "tags": Tags, "run": Run, "shapes": Shapes, "dtypes": Dtypes, "device": Device,
    "kept": Kept, "values": Values, "padding": Padding, "action-masks": ActionMasks, "agent-masks": AgentMasks,
    "seed": Seed, "other-seeds": OtherSeeds, "rows": Rows, "row-resets": RowResets, "ends": Ends, "outcomes": Outcomes,
    "horizon": Horizon, "autoreset": Autoreset, "final": Final, "observability": ObservabilityLeak, "reward": Reward,
    "resume": Resume, "close": Close, "parallel": Parallel,
}  # fmt: skip
"""By the check that catches it; `row` is of rows, not of environments."""

OTHERS = {
    "collective": Collective,
    "full": Full,
    "joint": Joint,
    "smooth": Smooth,
    "legal": Legal,
    "aside": Aside,
    "crash": Crash,
    "hang": Hang,
    "no-outcomes": NoOutcomes,
    "infinite": Infinite,
    "unpaid": Unpaid,
}


def manifest() -> str:
    """A manifest of all of them, the sound ones included."""
    classes = {"sound": Sound, "bridged": Bridged, **BREAKERS, **OTHERS}
    rows = [_row(name, kind) for name, kind in classes.items()]
    rows.append(_row("row", Sound).replace("summary:", "defaults: {lenght: 5}\n    summary:"))
    return "schema: 1\ncomponents:\n" + "".join(rows)


def _row(name: str, kind: type) -> str:
    agents = 3 if kind is Tags else len(getattr(kind, "possible_agents", "ab"))
    observability = getattr(kind, "observability", "partial")
    return f"""\
  - kind: environment
    name: worlds/{name}-v1
    target: {kind.__module__}:{kind.__qualname__}
    settings: sound_world:WorldSettings
    tags: {{agents: {agents}, actions: discrete, observability: {observability}}}
    summary: {name}.
"""
