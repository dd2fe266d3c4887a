"""The spec of an environment as plain data, and back, exactly."""

from typing import Any

import numpy as np
import torch
from gymnasium import Space, spaces

from quorate.conventions import RewardRule
from quorate.errors import QuorateError
from quorate.interfaces import EnvironmentSpec, Observability

_PLAIN = ("name", "state_size", "horizon", "reward", "simulator", "binary_state", "state_source", "agent_rewards")


def spec_to_data(spec: EnvironmentSpec) -> dict[str, Any]:
    """A spec as plain data.

    Raises:
        QuorateError: an action space is of a kind that is not known here.
    """
    features = spec.observed_features
    return {
        **{name: getattr(spec, name) for name in _PLAIN},
        "agents": list(spec.agents),
        "outcomes": list(spec.outcomes),
        "observation_sizes": [int(size) for size in spec.observation_sizes],
        "action_spaces": [space_to_data(space) for space in spec.action_spaces],
        "observability": str(spec.observability),
        "reward_rule": spec.reward_rule and str(spec.reward_rule),
        "observed_features": None if features is None else features.tolist(),
    }


def spec_from_data(data: dict[str, Any], device: torch.device) -> EnvironmentSpec:
    """The spec, its tensor on a device."""
    features = data["observed_features"]
    return EnvironmentSpec(
        **{name: data[name] for name in _PLAIN},
        agents=tuple(data["agents"]),
        outcomes=tuple(data["outcomes"]),
        observation_sizes=tuple(data["observation_sizes"]),
        action_spaces=tuple(space_from_data(space) for space in data["action_spaces"]),
        observability=Observability(data["observability"]),
        reward_rule=RewardRule(data["reward_rule"]) if data.get("reward_rule") else None,
        observed_features=None if features is None else torch.tensor(features, dtype=torch.int64, device=device),
    )


def space_to_data(space: Space[Any]) -> dict[str, Any]:
    """A Gymnasium space as plain data; numbers go through JSON without loss.

    Raises:
        QuorateError: it is none of Box, Discrete, MultiBinary, MultiDiscrete, Dict and Tuple.
    """
    if isinstance(space, spaces.Box):
        bounds = {"low": space.low.reshape(-1).tolist(), "high": space.high.reshape(-1).tolist()}
        return {"kind": "Box", **bounds, "shape": list(space.shape), "dtype": str(space.dtype)}
    if isinstance(space, spaces.Discrete):
        return {"kind": "Discrete", "n": int(space.n), "start": int(space.start), "dtype": str(space.dtype)}
    if isinstance(space, spaces.MultiBinary):
        return {"kind": "MultiBinary", "n": space.n if isinstance(space.n, int) else [int(part) for part in space.n]}
    if isinstance(space, spaces.MultiDiscrete):
        lists = {"nvec": space.nvec.tolist(), "start": space.start.tolist()}
        return {"kind": "MultiDiscrete", **lists, "dtype": str(space.dtype)}
    if isinstance(space, spaces.Dict):
        return {"kind": "Dict", "spaces": [[key, space_to_data(inner)] for key, inner in space.spaces.items()]}
    if isinstance(space, spaces.Tuple):
        return {"kind": "Tuple", "spaces": [space_to_data(inner) for inner in space.spaces]}
    known = ["Box", "Discrete", "MultiBinary", "MultiDiscrete", "Dict", "Tuple"]
    problem = f"an action space of the kind {type(space).__name__} can not be told to another interpreter"
    raise QuorateError(problem, choices=known, fix="Use one of these.")


def space_from_data(data: dict[str, Any]) -> Space[Any]:
    """The space."""
    kind = data["kind"]
    if kind == "Box":
        dtype = np.dtype(data["dtype"])
        low, high = (np.array(data[key], dtype).reshape(data["shape"]) for key in ("low", "high"))
        return spaces.Box(low, high, dtype=dtype.type)
    if kind == "Discrete":
        return spaces.Discrete(data["n"], start=data["start"])
    if kind == "MultiBinary":
        return spaces.MultiBinary(data["n"])
    if kind == "MultiDiscrete":
        dtype = np.dtype(data["dtype"])
        return spaces.MultiDiscrete(np.array(data["nvec"], dtype), dtype=dtype.type, start=np.array(data["start"]))
    if kind == "Dict":
        return spaces.Dict([(key, space_from_data(inner)) for key, inner in data["spaces"]])
    return spaces.Tuple([space_from_data(inner) for inner in data["spaces"]])
