import pytest
from gymnasium.spaces import Box
from remembering import Steps

from quorate.interfaces import EnvironmentSpec, Observability, PolicySpec
from quorate.learning.replay import Replay
from quorate.learning.replay_memory import replay_bytes


def world(horizon, width):
    spaces = (Box(-1, 1, (1,)), Box(-1, 1, (1,)))
    return EnvironmentSpec(
        "steps", ("a", "b"), (width, width), 1, spaces, horizon, Observability.FULL, "sum", "none", agent_rewards=True
    )


@pytest.mark.parametrize("horizon", [None, 10])
def test_what_is_planned_is_taken(horizon):
    width, batch = 50, 3
    ends = {(step, row) for step in range(9, 900, 10) for row in range(batch)} if horizon else ()
    steps, replay = Steps(batch, truncated=ends, width=width), Replay(600, "cpu")
    planned = replay_bytes(600, steps.now, PolicySpec(2, width, (1, 1), discrete=False), world(horizon, width))
    steps.fill(replay, 400)
    assert replay.bytes == pytest.approx(planned, rel=0.06)
    assert replay.bytes <= planned * 1.01
