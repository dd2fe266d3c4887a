"""Boxes with every kind of bounds, and environments that hold their actions against them. Imports no torch."""

from typing import Any, ClassVar

import numpy as np
from gymnasium import spaces
from hypothesis import strategies as st
from pettingzoo import ParallelEnv

F32, F64 = float(np.finfo(np.float32).max), float(np.finfo(np.float64).max)

BOXES = [
    spaces.Box(-0.4, 0.4, (2,), np.float64),  # whose float32 bounds are outside
    spaces.Box(-F32, F32, (2,), np.float32),
    spaces.Box(-F64, F64, (2,), np.float64),
    spaces.Box(np.array([0.1, -np.inf]), np.array([np.inf, 0.1]), dtype=np.float64),
    spaces.Box(np.array([[0.1], [7.0]]), np.array([[0.1], [7.0]]), dtype=np.float64),
    spaces.Box(-0.1, 0.3, (2,), np.float16),
    spaces.Box(-np.inf, np.inf, (2,), np.float16),
    spaces.Box(1e300, 1e301, (1,), np.float64),
    spaces.Box(np.nextafter(F32, F64), np.inf, (1,), np.float64),
    spaces.Box(np.array([-1e-300, 5e-324]), np.array([1e-300, 1e-323]), dtype=np.float64),
]


@st.composite
def boxes(draw: st.DrawFn) -> spaces.Box:
    """Boxes of floats, whose features have bounds of different kinds."""
    dtype = draw(st.sampled_from([np.float16, np.float32, np.float64]))
    numbers = st.floats(width=np.dtype(dtype).itemsize * 8, allow_nan=False)
    shape = draw(st.sampled_from([(1,), (3,), (2, 2)]))
    ends = draw(st.lists(st.tuples(numbers, numbers), min_size=4, max_size=4))
    low, high = (
        np.array([bound(pair) for pair in ends], dtype)[: np.prod(shape)].reshape(shape) for bound in (min, max)
    )
    equal = np.isinf(low) & (low == high)
    low, high = np.where(equal, -np.inf, low).astype(dtype), np.where(equal, np.inf, high).astype(dtype)
    return spaces.Box(np.where(low == np.inf, 0, low).astype(dtype), high, dtype=dtype)


class Boxed(ParallelEnv):
    """One agent for each box, which refuses actions that are not in it; it observes how many were."""

    metadata: ClassVar[dict[str, Any]] = {"name": "boxed"}

    def __init__(self, given: list[spaces.Box] | None = None) -> None:
        self.boxes = BOXES if given is None else given
        self.possible_agents = [f"agent_{index}" for index in range(len(self.boxes))]
        self.space = spaces.Box(-1, 1, (1,), np.float32)
        self.agents: list[str] = []

    def observation_space(self, agent: str) -> Any:
        return self.space

    def action_space(self, agent: str) -> Any:
        return self.boxes[self.possible_agents.index(agent)]

    def _all(self, value: Any) -> dict[str, Any]:
        return dict.fromkeys(self.agents, value)

    def reset(self, seed: int | None = None, options: Any = None) -> Any:
        self.agents = list(self.possible_agents)
        return self._all(np.zeros(1, np.float32)), self._all({})

    def step(self, actions: dict[str, Any]) -> Any:
        for agent, action in actions.items():
            space = self.action_space(agent)
            assert space.contains(action), f"{action!r} is not in {space}"
            assert np.isfinite(action).all()
        return self._all(np.zeros(1, np.float32)), self._all(0.0), self._all(False), self._all(False), self._all({})
