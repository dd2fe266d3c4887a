"""What a PettingZoo environment looks like as tensors: agents, sizes, codecs, masks and state."""

from collections.abc import Collection, Hashable, Mapping, Set
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from gymnasium import Space, spaces

from quorate.environments import masks, returns
from quorate.environments.blame import raised
from quorate.environments.spaces import MASK, ActionCodec, Leaf, action_codec, features, leaves, split_mask
from quorate.environments.values import Array, SpaceError, as_array, described
from quorate.errors import QuorateError
from quorate.failures import place_of

OBSERVATIONS = "observations"
"""What is declared of the state where it is to be the observations of all agents, and not the environment's own."""

STATE_FIX = f"repair state(), or declare `state: {OBSERVATIONS}`, which makes the state of the agents' observations"


@dataclass(frozen=True)
class Layout:
    """The static shape of one environment; equal for all copies of a batch.

    Attributes:
        ids: the agents' PettingZoo names, in the order of ``possible_agents``.
        observations: each agent's observation space, as declared, a mask included.
        actions: each agent's action codec.
        info_masked: some masks are in the infos.
        state: the space of ``state()``, or None where there is none, or none is wanted.
        metadata: ``env.metadata["quorate"]``.
        title: ``env.metadata["name"]`` or the class.
        module: where the environment's class is defined.
        lookalikes: what is called like a mask, but is none that is found.
        render_mode: of the environment.
    """

    ids: tuple[Hashable, ...]
    observations: tuple[Space[Any], ...]
    actions: tuple[ActionCodec, ...]
    info_masked: bool
    state: Space[Any] | None
    metadata: dict[str, Any]
    title: str
    module: str
    lookalikes: tuple[str, ...] = field(default=(), compare=False)
    render_mode: str | None = None

    @property
    def agents(self) -> tuple[str, ...]:
        """The agents' names as text."""
        return tuple(str(agent) for agent in self.ids)

    @property
    def observation_sizes(self) -> tuple[int, ...]:
        """Real features of each agent."""
        return tuple(features(split_mask(space)[0]) for space in self.observations)

    @property
    def masked(self) -> tuple[bool, ...]:
        """Which agents' observations hold a mask."""
        return tuple(split_mask(space)[1] for space in self.observations)

    @property
    def observation_leaves(self) -> tuple[list[Leaf], ...]:
        """What each agent's observation is flattened from."""
        return tuple(
            [leaf for leaf in leaves(space) if not masked or leaf[0][0] != MASK]
            for space, masked in zip(self.observations, self.masked, strict=True)
        )

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


def inspect(env: Any, state: str | None = None) -> Layout:
    """The layout of an environment; resets it once, to see whether it has a state and gives masks in its infos.

    Args:
        env: any.
        state: what is declared of its state, which wins over its metadata.

    Raises:
        QuorateError: where it is no ParallelEnv, its agents are not known in advance, or a space can not be used.
    """
    _check_parallel(env)
    ids, observations, actions = signature(env)
    _check_agents(ids)
    codecs = tuple(action_codec(space) for space in actions)
    if len({codec.discrete for codec in codecs}) > 1:
        raise SpaceError("some agents have discrete and some continuous actions", fix="give all agents one kind")
    for agent, space in zip(ids, observations, strict=True):
        features(space)
        masks.check_spaces(agent, space, codecs[0].discrete)
    _, infos = returns.of_reset(env.reset())
    metadata, declared = _metadata(env)
    unmasked = [index for index in range(len(ids)) if not _has_mask(observations[index], infos.get(ids[index], {}))]
    if len(unmasked) == len(ids):
        masks.check_attributes(env)
    return Layout(
        ids=ids,
        observations=observations,
        actions=codecs,
        info_masked=any(masks.in_info(infos.get(agent, {})) is not None for agent in ids),
        state=None if (state or declared.get("state")) == OBSERVATIONS else _state_space(env),
        metadata=declared,
        title=str(metadata.get("name", type(_inner(env)).__name__)),
        module=type(_inner(env)).__module__,
        lookalikes=(
            *(
                f"{place} (agent {ids[index]!r})"
                for index in unmasked
                for place in masks.lookalikes(observations[index], infos.get(ids[index]), codecs[index].size)
            ),
            *(masks.attributes(env) if len(unmasked) == len(ids) else ()),
        ),
        render_mode=getattr(env, "render_mode", None),
    )


def _has_mask(space: Space[Any], info: Any) -> bool:
    return split_mask(space)[1] or masks.in_info(info) is not None


def _inner(env: Any) -> Any:
    return getattr(env, "unwrapped", env)


def _metadata(env: Any) -> tuple[Mapping[str, Any], dict[str, Any]]:
    """``env.metadata``, and what is declared in it."""
    metadata = _mapping(getattr(env, "metadata", None) or {}, "env.metadata")
    return metadata, dict(_mapping(metadata.get("quorate", {}), 'env.metadata["quorate"]'))


def _mapping(value: Any, what: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise QuorateError(f"{what} is {described(value)}, but must be a dict")
    return value


def _check_parallel(env: Any) -> None:
    if hasattr(env, "agent_iter"):
        fix = "return a ParallelEnv: wrap it in pettingzoo.utils.aec_to_parallel"
        raise QuorateError("the factory returned a turn-based AECEnv, not a ParallelEnv", fix=fix)
    needed = ("reset", "step", "observation_space", "action_space", "close")
    missing = [name for name in needed if not callable(getattr(env, name, None))]
    if missing:
        problem = f"the factory returned a {type(env).__name__}, which is no ParallelEnv: it has no {missing[0]}()"
        raise QuorateError(problem, fix="return a pettingzoo.ParallelEnv")
    agents = getattr(env, "possible_agents", None)
    fix = "set possible_agents to every agent that may ever appear, in a fixed order"
    if agents is None or (isinstance(agents, list | tuple) and not agents):
        raise QuorateError("the environment has no possible_agents", fix=fix)
    if isinstance(agents, str | Mapping | Set) or not isinstance(agents, Collection):
        raise QuorateError(f"env.possible_agents is {described(agents)}, but must be a list", fix=fix)


def _check_agents(ids: tuple[Hashable, ...]) -> None:
    names = [str(agent) for agent in ids]
    twice = [name for name in names if names.count(name) > 1]
    if twice:
        raise QuorateError(f"two agents are called {twice[0]!r}", fix="give every agent its own name")


def _state_space(env: Any) -> Space[Any] | None:
    declared = getattr(env, "state_space", None)
    try:
        value = env.state()
    except Exception as error:
        # PettingZoo's base class has a state() that raises; some classics have a state that is no method at all.
        if declared is None:
            return None
        where = place_of(error.__traceback__)
        raise SpaceError(f"there is a state_space, but state() {raised(error)}", where=where, fix=STATE_FIX) from error
    if isinstance(declared, Space):
        return declared
    return spaces.Box(-np.inf, np.inf, as_array(value, "state").shape, np.float32)
