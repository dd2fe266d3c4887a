"""The arrays that copies of an environment read actions from and write results to, in any memory."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from quorate.environments.layout import Layout
from quorate.environments.spaces import Array

ALIGNMENT = 64


@dataclass
class Buffers:
    """Arrays of B rows, named as in `quorate.interfaces.Step`; action masks have no columns where none are needed."""

    actions: Array
    observation: Array
    state: Array
    final_observation: Array
    final_state: Array
    final_action_mask: Array
    final_agent_mask: Array
    reward: Array
    agent_reward: Array
    outcomes: Array
    terminated: Array
    truncated: Array
    agent_terminated: Array
    agent_truncated: Array
    agent_mask: Array
    action_mask: Array

    @classmethod
    def allocate(cls, layout: Layout, batch: int, outcomes: int, memory: Any = None) -> "Buffers":
        """Arrays in `memory` (any writable buffer of at least `size` bytes), or in new memory."""
        memory = bytearray(size(layout, batch, outcomes)) if memory is None else memory
        arrays, offset = {}, 0
        for name, (tail, dtype) in _shapes(layout, outcomes).items():
            count = batch * math.prod(tail)
            arrays[name] = (
                np.frombuffer(memory, dtype, count, offset).reshape(batch, *tail)
                if count
                else (np.zeros((batch, *tail), dtype))
            )
            offset += _aligned(count * np.dtype(dtype).itemsize)
        return cls(**arrays)

    def rows(self, rows: range) -> "Buffers":
        """Views of some rows."""
        return Buffers(**{f.name: getattr(self, f.name)[rows.start : rows.stop] for f in fields(self)})


def size(layout: Layout, batch: int, outcomes: int) -> int:
    """Bytes that the arrays of a batch take."""
    shapes = _shapes(layout, outcomes).values()
    return sum(_aligned(batch * math.prod(tail) * np.dtype(dtype).itemsize) for tail, dtype in shapes)


def _aligned(count: int) -> int:
    return -(-count // ALIGNMENT) * ALIGNMENT


def _shapes(layout: Layout, outcomes: int) -> Mapping[str, tuple[tuple[int, ...], Any]]:
    n, s, o = len(layout.ids), layout.state_size, max(layout.observation_sizes)
    a = layout.action_size
    masks = (n, a if layout.needs_mask else 0), np.bool_
    return {
        "actions": ((n,), np.int64) if layout.discrete else ((n, a), np.float32),
        "observation": ((n, o), np.float32),
        "state": ((s,), np.float32),
        "final_observation": ((n, o), np.float32),
        "final_state": ((s,), np.float32),
        "final_action_mask": masks,
        "final_agent_mask": ((n,), np.bool_),
        "reward": ((), np.float32),
        "agent_reward": ((n,), np.float32),
        "outcomes": ((outcomes,), np.float32),
        "terminated": ((), np.bool_),
        "truncated": ((), np.bool_),
        "agent_terminated": ((n,), np.bool_),
        "agent_truncated": ((n,), np.bool_),
        "agent_mask": ((n,), np.bool_),
        "action_mask": masks,
    }
