"""What a PettingZoo environment looks like as tensors: agents, sizes, codecs, masks and state."""

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any

import numpy as np
from gymnasium import Space, spaces

from quorate.environments.spaces import ActionCodec, Array, Leaf, SpaceError, action_codec, features, leaves, split_mask
from quorate.errors import QuorateError


@dataclass(frozen=True)
class Layout:
    """The static shape of one environment; equal for all copies of a batch.

    Attributes:
        ids: the agents' PettingZoo names, in the order of ``possible_agents``.
        observations: each agent's own observation space, without the mask.
        actions: each agent's action codec.
        masked: each agent's observation is a Dict of "observation" and "action_mask".
        info_masked: the masks are in the infos instead.
        state: the space of ``state()``, or None where there is none.
        metadata: ``env.metadata["quorate"]``.
        title: ``env.metadata["name"]`` or the class.
        module: where the environment's class is defined.
    """

    ids: tuple[Hashable, ...]
    observations: tuple[Space[Any], ...]
    actions: tuple[ActionCodec, ...]
    masked: tuple[bool, ...]
    info_masked: bool
    state: Space[Any] | None
    metadata: dict[str, Any]
    title: str
    module: str

    @property
    def agents(self) -> tuple[str, ...]:
        """The agents' names as text."""
        return tuple(str(agent) for agent in self.ids)

    @property
    def observation_sizes(self) -> tuple[int, ...]:
        """Real features of each agent."""
        return tuple(features(space) for space in self.observations)

    @property
    def observation_leaves(self) -> tuple[list[Leaf], ...]:
        """What each agent's observation is flattened from."""
        return tuple(leaves(space) for space in self.observations)

    @property
    def state_size(self) -> int:
        """s: features of the state, or of all observations where there is none."""
        return sum(self.observation_sizes) if self.state is None else features(self.state)

    @property
    def discrete(self) -> bool:
        """Whether actions are indices."""
        return self.actions[0].discrete

    @property
    def action_size(self) -> int:
        """a: padded to the largest agent."""
        return max(codec.size for codec in self.actions)

    @property
    def needs_mask(self) -> bool:
        """Whether steps carry an action mask: the environment gives some, or the agents' action counts differ."""
        unequal = len({codec.size for codec in self.actions}) > 1
        return self.discrete and (any(self.masked) or self.info_masked or unequal)

    @property
    def padding_mask(self) -> Array:
        """bool [n, a]: the actions that each agent has."""
        sizes = np.array([codec.size for codec in self.actions])
        return np.arange(self.action_size)[None] < sizes[:, None]


def signature(env: Any) -> tuple[Any, ...]:
    """Agents and spaces: what must be the same in every copy."""
    ids = tuple(env.possible_agents)
    return ids, tuple(env.observation_space(a) for a in ids), tuple(env.action_space(a) for a in ids)


def inspect(env: Any) -> Layout:
    """The layout of an environment; resets it once, to see whether it has a state and gives masks in its infos.

    Raises:
        QuorateError: where it is no ParallelEnv, its agents are not known in advance, or a space can not be used.
    """
    _check_parallel(env)
    ids, observations, actions = signature(env)
    _check_agents(ids)
    unmasked = [split_mask(space) for space in observations]
    codecs = tuple(action_codec(space) for space in actions)
    if len({codec.discrete for codec in codecs}) > 1:
        raise SpaceError("some agents have discrete and some continuous actions", fix="give all agents one kind")
    for space, _ in unmasked:
        features(space)
    _, infos = env.reset()
    return Layout(
        ids=ids,
        observations=tuple(space for space, _ in unmasked),
        actions=codecs,
        masked=tuple(mask for _, mask in unmasked),
        info_masked=any("action_mask" in infos.get(agent, {}) for agent in ids),
        state=_state_space(env),
        metadata=dict(getattr(env, "metadata", {}).get("quorate", {})),
        title=str(getattr(env, "metadata", {}).get("name", type(env.unwrapped).__name__)),
        module=type(env.unwrapped).__module__,
    )


def _check_parallel(env: Any) -> None:
    if hasattr(env, "agent_iter"):
        fix = "return a ParallelEnv: wrap it in pettingzoo.utils.aec_to_parallel"
        raise QuorateError("the factory returned a turn-based AECEnv, not a ParallelEnv", fix=fix)
    needed = ("reset", "step", "observation_space", "action_space")
    missing = [name for name in needed if not callable(getattr(env, name, None))]
    if missing:
        problem = f"the factory returned a {type(env).__name__}, which is no ParallelEnv: it has no {missing[0]}()"
        raise QuorateError(problem, fix="return a pettingzoo.ParallelEnv")
    if not getattr(env, "possible_agents", None):
        fix = "set possible_agents to every agent that may ever appear, in a fixed order"
        raise QuorateError("the environment has no possible_agents", fix=fix)


def _check_agents(ids: tuple[Hashable, ...]) -> None:
    names = [str(agent) for agent in ids]
    twice = [name for name in names if names.count(name) > 1]
    if twice:
        raise QuorateError(f"two agents are called {twice[0]!r}", fix="give every agent its own name")


def _state_space(env: Any) -> Space[Any] | None:
    declared = getattr(env, "state_space", None)
    try:
        value = env.state()
    except Exception:
        # PettingZoo's base class has a state() that raises; some classics have a state that is no method at all.
        if declared is None:
            return None
        raise
    shape = np.shape(value)
    return declared if isinstance(declared, Space) else spaces.Box(-np.inf, np.inf, shape, np.float32)
