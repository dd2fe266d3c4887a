"""A DirectMARLEnv of Isaac Lab as an environment."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from gymnasium.spaces import Box
from torch import Tensor
from typing_extensions import override

from quorate.conventions import RewardRule
from quorate.environments import BatchedEnvironment
from quorate.errors import QuorateError, RunError
from quorate.interfaces import EnvironmentSpec, Step
from quorate.progress import tell
from quorate.seeding import derive_seed
from quorate_isaaclab.ends import Ends
from quorate_isaaclab.picture import Picture
from quorate_isaaclab.roots import find_root
from quorate_isaaclab.settings import IsaacLabSettings
from quorate_isaaclab.worlds import make_worlds, simulator

_REWARDS = {
    RewardRule.SHARED: "team reward, shared by all agents",
    RewardRule.SUM: "sum of the agents' rewards",
    RewardRule.MEAN: "mean of the agents' rewards",
}


class IsaacLab(BatchedEnvironment):
    """B worlds of one task; there can be one such object in a process.

    Isaac Lab draws from global generators, for all worlds together, so that its episodes can not be stored: a run that
    is resumed begins new ones.

    Args:
        settings: what `IsaacLabSettings` documents.
        batch: B.
        device: of the tensors; also of the simulation, unless the settings say another.
        allow: the packages whose modules settings may name.

    Raises:
        QuorateError: the task, its assets or its spaces can not be used.
    """

    render_mode: str | None = "rgb_array"

    def __init__(
        self,
        settings: IsaacLabSettings,
        batch: int = 1,
        device: torch.device | str = "cpu",
        allow: Sequence[str] = (),
    ) -> None:
        root = find_root(settings)
        place = settings.device or str(device)
        self._worlds: Any = make_worlds(settings, batch, "cuda:0" if place == "cuda" else place, allow, root)
        self._settings = settings
        try:
            self._begin(batch, device, simulator(settings, root))
        except BaseException:
            self.close()
            raise

    def _begin(self, batch: int, device: torch.device | str, described: str) -> None:
        worlds, settings = self._worlds, self._settings
        self._agents = tuple(worlds.possible_agents)
        observed = [_box(worlds.observation_spaces, agent, "observation", settings.task) for agent in self._agents]
        acted = [_box(worlds.action_spaces, agent, "action", settings.task) for agent in self._agents]
        self._sizes = tuple(int(space.shape[0]) for space in observed)
        self._widths = tuple(int(space.shape[0]) for space in acted)
        self._own_state = not (isinstance(worlds.cfg.state_space, int) and worlds.cfg.state_space <= 0)
        self._ends = Ends(worlds, self._agents, self._own_state)
        self._picture = Picture(getattr(worlds.sim, "physics_manager", None))
        self._ends.watch(self._picture)
        self._begun = False
        size = int(worlds.state_space.shape[0]) if self._own_state else sum(self._sizes)
        super().__init__(self._make_spec(size, [_bounded(space) for space in acted], described), batch, device)
        self._limits = _padded_limits(self._spec.action_spaces, self._device)
        self._warm()

    @override
    def reset(self, seed: int | None = None) -> Step:
        self._check_open()
        worlds = self._worlds
        if seed is not None:
            seed = derive_seed(seed, "isaaclab", self._settings.task) % 2**32
        observations, _ = worlds.reset(seed=seed)
        self._begun = True
        nothing = torch.zeros(self._batch, device=self._device)
        never = torch.zeros(self._batch, dtype=torch.bool, device=self._device)
        agent_reward = nothing[:, None].expand(-1, len(self._agents)).clone() if self._spec.agent_rewards else None
        observation = self._observation(observations)
        return Step(observation, self._state(observation), nothing, never, never.clone(), agent_reward=agent_reward)

    @override
    def step(self, actions: Tensor) -> Step:
        """Take one joint action per environment; actions outside their bounds are clipped.

        Raises:
            RuntimeError: before the first `reset`.
            ValueError: where the shape of the actions is not that of the action spaces.
        """
        self._check_open()
        self.check_actions(actions, begun=self._begun)
        low, high = self._limits
        clipped = actions.to(self._device).clamp(low, high)
        given = {agent: clipped[:, i, : self._widths[i]] for i, agent in enumerate(self._agents)}
        observations, rewards, terminated, timed_out, _ = self._worlds.step(given)
        paid = torch.stack([self._here(rewards[agent]).float() for agent in self._agents], dim=1)
        over = self._all(terminated)
        step = Step(
            observation := self._observation(observations),
            self._state(observation),
            self._team(paid),
            over,
            self._all(timed_out) & ~over,
            agent_reward=paid if self._spec.agent_rewards else None,
        )
        self._conclude(step)
        return step

    def render(self, *, final: bool = False) -> Any:
        """See `quorate.interfaces.Filmable`."""
        self._check_open()
        return self._picture.frame(final=final)

    @override
    def close(self) -> None:
        """Close the simulation. Calling it twice does no harm."""
        if self._worlds is not None:
            worlds, self._worlds = self._worlds, None
            worlds.close()

    def _conclude(self, step: Step) -> None:
        """Last observations and states of rows that ended."""
        ended = step.ended
        if not bool(ended.any()):
            return
        observations, state = self._ends.last()
        rows = ended[:, None]
        observation = self._observation(observations)
        step.final_observation = torch.where(rows[:, :, None], observation, step.observation)
        last = self._joined(observation) if state is None else self._here(state).float()
        step.final_state = torch.where(rows, last, step.state)

    def _warm(self) -> None:
        """Everything is compiled while the environment is built, which may take long, and not in some later step."""
        tell("taking a first step, which compiles what is not compiled yet")
        self.reset(self._settings.seed)
        low, high = self._limits
        self.step(torch.zeros(self._batch, *low.shape, device=self._device).clamp(low, high))
        self._begun = False

    def _observation(self, observations: dict[str, Tensor]) -> Tensor:
        """[B, n, o], new memory: Isaac Lab hands out its own."""
        result = torch.zeros(self._batch, len(self._agents), max(self._sizes), device=self._device)
        for i, agent in enumerate(self._agents):
            result[:, i, : self._sizes[i]] = observations[agent]
        return result

    def _state(self, observation: Tensor) -> Tensor:
        if not self._own_state:
            return self._joined(observation)
        return self._here(self._worlds.state()).float().clone()

    def _joined(self, observation: Tensor) -> Tensor:
        return torch.cat([observation[:, i, :size] for i, size in enumerate(self._sizes)], dim=1)

    def _team(self, paid: Tensor) -> Tensor:
        rule = self._settings.reward
        if rule is RewardRule.SUM:
            return paid.sum(dim=1)
        if rule is RewardRule.SHARED and not bool((paid == paid[:, :1]).all()):
            problem = f"The agents of {self._settings.task} are paid differently."
            raise RunError(problem, where="environment.reward", fix="Set reward: sum, or mean.")
        return paid[:, 0].clone() if rule is RewardRule.SHARED else paid.mean(dim=1)

    def _all(self, flags: dict[str, Tensor]) -> Tensor:
        """All agents of a world end together."""
        return torch.stack([self._here(flags[agent]).bool() for agent in self._agents]).all(dim=0)

    def _here(self, tensor: Tensor) -> Tensor:
        return tensor.detach().to(self._device)

    def _check_open(self) -> None:
        if self._worlds is None:
            raise QuorateError("the environment is closed", where=self._settings.task, fix="build it again")

    def _make_spec(self, state_size: int, spaces: list[Box], described: str) -> EnvironmentSpec:
        settings, worlds = self._settings, self._worlds
        known = type(worlds).__module__.startswith("isaaclab_tasks")
        return EnvironmentSpec(
            name=f"isaaclab/{settings.task}",
            agents=self._agents,
            observation_sizes=self._sizes,
            state_size=state_size,
            action_spaces=tuple(spaces),
            # Isaac Lab's own tasks run out of time a step before their length is full; others' do as they like.
            horizon=int(worlds.max_episode_length) - 1 if known else None,
            observability=settings.observability,
            reward=_REWARDS[settings.reward],
            simulator=described,
            state_source="state of the task" if self._own_state else "the agents' observations, one after the other",
            reward_rule=settings.reward,
            agent_rewards=settings.reward is not RewardRule.SHARED,
        )


def _box(spaces: Any, agent: str, what: str, task: str) -> Box:
    space = spaces[agent]
    if isinstance(space, Box) and len(space.shape) == 1:
        return space
    problem = f"The {what} space of {agent} in {task} is {space}; it must be a box of one dimension."
    raise QuorateError(problem, where="environment.task", fix="Use a task whose spaces are such boxes.")


def _bounded(space: Box) -> Box:
    """Isaac Lab leaves the bounds of actions open, and means [-1, 1]."""
    low, high = space.low.astype(np.float32), space.high.astype(np.float32)
    return Box(np.where(np.isfinite(low), low, -1.0), np.where(np.isfinite(high), high, 1.0), dtype=np.float32)


def _padded_limits(spaces: Sequence[Any], device: torch.device) -> tuple[Tensor, Tensor]:
    """The bounds [n, a] of all agents; padding is held at 0."""
    shape = len(spaces), max(space.shape[0] for space in spaces)
    low, high = torch.zeros(shape, device=device), torch.zeros(shape, device=device)
    for i, space in enumerate(spaces):
        low[i, : space.shape[0]] = torch.from_numpy(space.low)
        high[i, : space.shape[0]] = torch.from_numpy(space.high)
    return low, high
