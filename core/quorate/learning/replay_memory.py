"""How much memory a replay will take, before it is there."""

import torch
from torch import Tensor

from quorate.interfaces import EnvironmentSpec, PolicySpec
from quorate.learning.endings import room_for
from quorate.learning.replay import Replay
from quorate.learning.transitions import Situation, Transition


def replay_bytes(capacity: int, now: Situation, policy: PolicySpec, spec: EnvironmentSpec) -> int:
    """What a full replay takes, with the ends of episodes that last as long as they may, if that is known.

    Nothing of it is allocated.

    Args:
        capacity: transitions.
        now: a situation of the environments that it is filled from.
        policy: sizes of the actions.
        spec: of the environment.
    """
    batch, agents = len(now.begins), policy.agents
    shape = (batch, agents) if policy.discrete else (batch, agents, policy.action_size)
    actions = _imagined(shape, torch.int64 if policy.discrete else torch.float32)
    none, paid = _imagined((batch,), torch.bool), _imagined((batch,), torch.float32)
    given = {name: None if value is None else value.to("meta") for name, value in vars(now).items()}
    seen = Situation(**given)  # type: ignore[arg-type]
    agent_reward = _imagined((batch, agents), torch.float32) if spec.agent_rewards else None
    replay = Replay(capacity, "meta")
    replay.add(Transition(seen, actions, paid, none, none, seen, agent_reward=agent_reward))
    if spec.horizon is None:
        return replay.bytes
    ends = room_for(-(-replay.capacity // spec.horizon) + batch, batch, replay.rows)
    width: int = sum(value[0].nbytes for value in vars(seen).values() if value is not None)
    return replay.bytes + ends * width


def _imagined(shape: tuple[int, ...], dtype: torch.dtype) -> Tensor:
    return torch.empty(shape, dtype=dtype, device="meta")
