"""PettingZoo out: any `Environment` of batch 1 as a ParallelEnv."""

import copy
import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from gymnasium import Space, spaces
from pettingzoo import ParallelEnv
from torch import Tensor

from quorate.environments.declaration import RewardRule
from quorate.environments.encoder import ActionEncoder
from quorate.environments.picture import Camera, caption
from quorate.environments.spaces import Array, feature_box, masked_observation
from quorate.errors import QuorateError
from quorate.interfaces import Environment, Step

Agents = dict[str, Any]


def to_parallel(environment: Environment, seed: int | None = None) -> "QuorateParallelEnv":
    """See an environment as a PettingZoo ParallelEnv.

    - Every agent receives the team's reward; where the environment knows the agents' own rewards, they are in
      ``infos[agent]["agent_reward"]``, and so is all else that the environment tells about an agent. What an episode
      comes to (`EnvironmentSpec.outcomes`) is in every agent's info in its last step.
    - Observations have each agent's real size. Where the environment masks actions, an observation is a dict of
      ``"observation"`` and ``"action_mask"`` (int8), as PettingZoo's own environments have it.
    - The last observations and state of an episode are those it ended with. The next `reset` without a seed gives the
      episode that the environment has already begun.
    - ``render_mode`` is ``"rgb_array"`` where the environment has pictures: it is `Renderable`, or was built with
      ``render=True`` and its simulator makes them (see `build_environment`). Else it is None.
    - A copy, shallow or deep, is an environment of its own: it goes on from where this one is, with the same random
      numbers until one of them is reset with a seed. So is a pickle, where all that the environment is made of can be
      pickled.

    Args:
        environment: of batch 1; closing the ParallelEnv closes it.
        seed: of the first reset, where that is given none.

    Raises:
        QuorateError: for another batch size.
    """
    return QuorateParallelEnv(environment, seed)


class QuorateParallelEnv(ParallelEnv[str, Any, Any]):  # type: ignore[misc]
    """An `Environment` of batch 1, seen as a ParallelEnv (see `to_parallel`)."""

    def __init__(self, environment: Environment, seed: int | None = None) -> None:
        if not isinstance(environment, Environment):
            problem = f"this is a {type(environment).__name__}, no Environment"
            fix = "give what quorate.make(...) or run.environment() returns; a ParallelEnv needs no other view"
            raise QuorateError(problem, fix=fix)
        if environment.batch != 1:
            problem = f"a ParallelEnv is one environment, but this is a batch of {environment.batch}"
            raise QuorateError(problem, fix="build it with batch=1")
        self._environment = environment
        spec = self._spec = environment.spec
        self.possible_agents = list(spec.agents)
        # Where it is PettingZoo's own inside, its own actions are taken too: `TrainedPolicy.act` gives such ones.
        layout = getattr(environment, "layout", None)
        self._encoder = ActionEncoder(spec, [codec.native for codec in layout.actions] if layout else ())
        self.agents: list[str] = []
        self._camera = Camera(environment)
        self.render_mode = "rgb_array" if self._camera.works else None
        self.metadata = {
            "name": spec.name,
            "render_modes": [self.render_mode] if self.render_mode else [],
            "is_parallelizable": True,
            "quorate": _declaration(environment),
        }
        # Whether actions are masked shows in a step only; the first episode begins with this one.
        self._pending: Step | None = environment.reset(seed)
        self._masked = self._pending.action_mask is not None
        self._state = _host(self._pending.state[0])
        self._caption = (0, 0.0)
        self.state_space = feature_box(spec.state_size, binary=spec.binary_state)
        self.observation_spaces = {agent: self._observation_space(i) for i, agent in enumerate(spec.agents)}
        self.action_spaces = dict(zip(spec.agents, self._encoder.spaces, strict=True))

    def observation_space(self, agent: str) -> Space[Any]:
        """The agent's own space; always the same object."""
        return self.observation_spaces[agent]

    def action_space(self, agent: str) -> Space[Any]:
        """The agent's own space; always the same object."""
        return self.action_spaces[agent]

    def state(self) -> Array:
        """float32 [s]; after an episode's end, the one that it ended with."""
        return self._state.copy()

    def reset(self, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[Agents, Agents]:
        """Start an episode; options are ignored, for an `Environment` has none."""
        step = self._environment.reset(seed) if self._pending is None or seed is not None else self._pending
        self._pending = None
        self.agents = self._live(step)
        self._state, self._caption = _host(step.state[0]), (0, 0.0)
        shown = [self.possible_agents.index(agent) for agent in self.agents]
        return self._observe(step, step.observation, shown), {agent: {} for agent in self.agents}

    def step(self, actions: Agents) -> tuple[Agents, Agents, Agents, Agents, Agents]:
        """Take one action for each live agent; without any agent left, nothing happens."""
        if not self.agents:
            return {}, {}, {}, {}, {}
        acting = self.agents
        step = self._environment.step(self._encode(actions))
        ended = bool(step.ended[0])
        self._pending = step if ended else None
        self.agents = [] if ended else self._live(step)
        last, state = (step.final_observation, step.final_state) if ended else (step.observation, step.state)
        if last is None or state is None:
            problem = "an episode ended without final_observation and final_state"
            raise QuorateError(problem, where=f"environment {self._spec.name}")
        self._state = _host(state[0])
        shown = [index for index, agent in enumerate(self.possible_agents) if agent in acting or agent in self.agents]
        terminated, truncated = self._ends(step, acting)
        reward = float(step.reward[0])
        self._caption = (self._caption[0] + 1, self._caption[1] + reward)
        return (
            self._observe(step, last, shown),
            {self.possible_agents[index]: reward for index in shown},
            {self.possible_agents[index]: terminated[index] for index in shown},
            {self.possible_agents[index]: truncated[index] for index in shown},
            {self.possible_agents[index]: self._info(step, index) for index in shown},
        )

    def render(self) -> Array | None:
        """A picture of the state, uint8 [h, w, 3]; None, with a warning, where the environment has no pictures."""
        if self.render_mode is None:
            warnings.warn(f"The environment {self._spec.name} can not be drawn: it is not Renderable.", stacklevel=2)
            return None
        ended = self._pending is not None and self._caption[0] > 0
        return self._camera(torch.from_numpy(self._state), caption(*self._caption), final=ended)

    def close(self) -> None:
        """Close the environment."""
        self._environment.close()

    def __copy__(self) -> "QuorateParallelEnv":
        # Two views of one environment would end each other's episodes.
        return copy.deepcopy(self)

    def _observation_space(self, index: int) -> Space[Any]:
        size, actions = self._spec.observation_sizes[index], self._spec.action_spaces[index]
        if not self._masked or not isinstance(actions, spaces.Discrete):
            return feature_box(size)
        return masked_observation(size, int(actions.n))

    def _live(self, step: Step) -> list[str]:
        mask = step.agent_mask
        return [agent for i, agent in enumerate(self.possible_agents) if mask is None or bool(mask[0, i])]

    def _observe(self, step: Step, observation: Tensor, shown: list[int]) -> Agents:
        observations: Agents = {}
        for index in shown:
            agent, size = self.possible_agents[index], self._spec.observation_sizes[index]
            value: Any = _host(observation[0, index, :size])
            if isinstance(self.observation_spaces[agent], spaces.Dict):
                value = {"observation": value, "action_mask": self._mask(step, index)}
            observations[agent] = value
        return observations

    def _mask(self, step: Step, index: int) -> Array:
        actions = self._spec.action_spaces[index]
        assert isinstance(actions, spaces.Discrete)
        count = int(actions.n)
        # Who leaves has nothing to choose any more, and the mask of a step that ends is that of the next episode.
        mask = step.action_mask if self.possible_agents[index] in self.agents else step.final_action_mask
        return np.ones(count, np.int8) if mask is None else _host(mask[0, index, :count]).astype(np.int8)

    def _encode(self, actions: Agents) -> Tensor:
        if not isinstance(actions, Mapping):
            problem = f"the actions are a {type(actions).__name__}, but must be a dict of one for each agent"
            raise QuorateError(problem, where=f"environment {self._spec.name}", choices=self.agents)
        unknown = [agent for agent in actions if agent not in self.possible_agents]
        missing = [agent for agent in self.agents if agent not in actions]
        if unknown or missing:
            problem = f"there is no agent {unknown[0]!r}" if unknown else f"agent {missing[0]!r} was given no action"
            raise QuorateError(problem, where=f"environment {self._spec.name}", choices=self.agents)
        return torch.from_numpy(self._encoder(actions, self.agents)).to(self._environment.device)

    def _ends(self, step: Step, acting: list[str]) -> tuple[list[bool], list[bool]]:
        if "agent_terminated" in step.info and "agent_truncated" in step.info:
            return step.info["agent_terminated"][0].tolist(), step.info["agent_truncated"][0].tolist()
        # Who leaves while the others go on has come to its own end.
        left = [agent in acting and agent not in self.agents for agent in self.possible_agents]
        cut = bool(step.truncated[0]) and not bool(step.terminated[0])
        return [gone and not cut for gone in left], [gone and cut for gone in left]

    def _info(self, step: Step, index: int) -> dict[str, Any]:
        agents = len(self.possible_agents)
        told = step.info if step.agent_reward is None else {"agent_reward": step.agent_reward, **step.info}
        own = {key: value[0, index].item() for key, value in told.items() if value.shape == (1, agents)}
        own |= {key: value[0].item() for key, value in told.items() if value.shape == (1,)}
        if step.outcomes is None or not step.ended[0]:
            return own
        return own | dict(zip(self._spec.outcomes, step.outcomes[0].tolist(), strict=True))


def _host(values: Tensor) -> Array:
    return values.detach().cpu().numpy().copy()


def _declaration(environment: Environment) -> dict[str, Any]:
    spec = environment.spec
    declared = {
        "observability": spec.observability.value,
        "reward": RewardRule.SHARED.value,
        "horizon": spec.horizon,
        "simulator": spec.simulator,
    }
    declared |= {"state": "binary"} if spec.binary_state else {}
    return declared | ({"outcomes": list(spec.outcomes)} if spec.outcomes else {})
