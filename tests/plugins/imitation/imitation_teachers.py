"""Policies by rule: what they do is known."""

import torch

from quorate.interfaces import Policy


class Linear(Policy):
    """Half of the mean of what is seen, but for one agent the negative."""

    def __init__(self, settings, spec):
        super().__init__()
        self._shape = spec.agents, spec.action_size

    def sample(self, inputs, count, generator, action_mask=None):
        sign = torch.ones(self._shape[0], 1)
        sign[0] = -1
        value = (inputs.tanh().mean(-1, keepdim=True) * 0.5 * sign).expand(*inputs.shape[:-1], self._shape[1])
        return value.expand(count, *value.shape)


class Counting(Linear):
    """A hundredth of the number of steps since the episode began."""

    memory_size = 1

    def encode(self, inputs, memory, begins):
        memory = memory.masked_fill(begins[:, None, None], 0.0) + 1
        return memory, memory

    def sample(self, inputs, count, generator, action_mask=None):
        return (inputs / 100).expand(count, *inputs.shape[:-1], self._shape[1])
