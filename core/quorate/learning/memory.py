"""Memory of what computes for n agents: carried from step to step, and zeroed where episodes begin."""

from typing import Any, Protocol

import torch
from torch import Tensor

from quorate.errors import QuorateError
from quorate.interfaces.network import Network


class Remembering(Protocol):
    """What may remember: a policy, or a critic of n agents (see `Policy.encode`)."""

    @property
    def memory_size(self) -> int:
        """k, numbers that each agent remembers; 0: none."""
        ...

    def encode(self, inputs: Tensor, memory: Tensor, begins: Tensor) -> tuple[Tensor, Tensor]:
        """See `Policy.encode`."""
        ...


class Recollection:
    """What n agents of B environments remember of their episodes so far.

    Rows in which new episodes began out of turn, as after `quorate resume`, need no more than `begins`.

    Args:
        remembers: whose memory it is.

    Attributes:
        memory: [B, n, k], after what was seen last; None before anything.
    """

    def __init__(self, remembers: Remembering) -> None:
        self._remembers = remembers
        self.memory: Tensor | None = None

    def features(self, inputs: Tensor, begins: Tensor) -> Tensor:
        """Go on by one step.

        Args:
            inputs: [B, n, f].
            begins: bool [B]: the step is the first of an episode.

        Returns:
            [B, n, h]; of what remembers nothing, the inputs themselves.
        """
        if not self._remembers.memory_size:
            return inputs
        features, self.memory = self._remembers.encode(inputs, self.before(inputs), begins)
        return features

    def before(self, inputs: Tensor) -> Tensor:
        """What was remembered before inputs [B, n, f]: [B, n, k]."""
        if self.memory is not None:
            return self.memory
        return inputs.new_zeros(*inputs.shape[:-1], self._remembers.memory_size)

    def state_dict(self) -> dict[str, Any]:
        """What is remembered."""
        return {"memory": self.memory}

    def load_state_dict(self, state: dict[str, Any], device: torch.device | str) -> None:
        """Go on from what `state_dict` returned."""
        memory = state["memory"]
        self.memory = None if memory is None else memory.to(device)


def encode_agents(
    network: Network, inputs: Tensor, memory: Tensor, begins: Tensor, *, shared: bool
) -> tuple[Tensor, Tensor]:
    """`Network.encode` of n agents: they are the network's members or, where they share parameters, rows of its one.

    Args:
        network: of n members, or of one.
        inputs: [B, n, f], or [T, B, n, f].
        memory: [B, n, k], before the first of the steps.
        begins: bool [B], or [T, B].
        shared: whether the agents share parameters.

    Returns:
        Features [B, n, h] or [T, B, n, h], and the memory after the last of the steps.
    """
    agents = inputs.shape[-2]
    if not shared:
        features, memory = network.encode(inputs.transpose(-3, -2), memory.transpose(0, 1), begins)
        return features.transpose(-3, -2), memory.transpose(0, 1)
    rows = begins.repeat_interleave(agents, -1)
    features, memory = network.encode(inputs.flatten(-3, -2).unsqueeze(-3), memory.flatten(0, 1)[None], rows)
    return features.squeeze(-3).unflatten(-2, (-1, agents)), memory[0].unflatten(0, (-1, agents))


def refuse_memory(remembers: Remembering | Network, setting: str) -> None:
    """Refuse a network that remembers where nothing teaches it to.

    Args:
        remembers: the network, or a policy on one.
        setting: the full path of the setting that chose it.

    Raises:
        QuorateError: it remembers.
    """
    if remembers.memory_size:
        problem = "this algorithm learns from single steps, and the network remembers what was seen before"
        fix = "choose a network that remembers nothing, or an algorithm that learns from sequences, such as `mappo`"
        raise QuorateError(problem, where=setting, choices=["mlp"], fix=fix)
