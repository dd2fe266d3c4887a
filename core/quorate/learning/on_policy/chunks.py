"""What is learned by those who remember: chunks of successive steps, and the memory before them."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from quorate.learning.memory import Remembering


@dataclass
class Chunks:
    """R chunks of L steps, each with b steps before it that bring its memory up to date.

    Attributes:
        inputs: [R, b + L, n, f].
        begins: bool [R, b + L]: an episode begins with the step.
        memory: [R, n, k], before the first of all these steps.
        burn_in: b.
        first: bool [R]: nothing is known of the steps before the chunk, and the memory is that at its own start.
    """

    inputs: Tensor
    begins: Tensor
    memory: Tensor
    burn_in: int
    first: Tensor

    def __len__(self) -> int:
        return len(self.inputs)

    def __getitem__(self, index: Tensor) -> "Chunks":
        inputs, begins, memory = self.inputs[index], self.begins[index], self.memory[index]
        return Chunks(inputs, begins, memory, self.burn_in, self.first[index])

    def agent(self, agent: int) -> "Chunks":
        """Those of one agent, n = 1."""
        inputs, memory = self.inputs[:, :, agent, None], self.memory[:, agent, None]
        return Chunks(inputs.contiguous(), self.begins, memory.contiguous(), self.burn_in, self.first)

    def features(self, remembers: Remembering) -> Tensor:
        """What the memory makes of the L steps by present parameters: [R, L, n, h]."""
        inputs, begins, memory, before = self.inputs.transpose(0, 1), self.begins.T, self.memory, self.burn_in
        if before:
            with torch.no_grad():
                burnt = remembers.encode(inputs[:before], memory, begins[:before])[1]
            memory = torch.where(self.first[:, None, None], memory, burnt)
        features, _ = remembers.encode(inputs[before:], memory, begins[before:])
        return features.transpose(0, 1)


def features_of(inputs: Tensor | Chunks, remembers: Remembering) -> Tensor:
    """What chooses, or values, is shown: the features of chunks, or the inputs as they are."""
    return inputs.features(remembers) if isinstance(inputs, Chunks) else inputs


class Cutter:
    """Cuts T steps of B environments into chunks of L; all that concerns a chunk is one row of C * B.

    Args:
        steps: T.
        length: L, a divisor of T; None: T.
        burn_in: b, at most L.
    """

    def __init__(self, steps: int, length: int | None, burn_in: int) -> None:
        self._length, self._burn_in = length or steps, burn_in
        self._starts = range(0, steps, self._length)

    def rows(self, x: Tensor) -> Tensor:
        """[T, B, ...] -> [C * B, L, ...]."""
        return _by_row(x.unflatten(0, (-1, self._length)))

    def chunks(self, inputs: Tensor, begins: Tensor, memories: Sequence[Tensor]) -> Chunks:
        """Chunks to learn from.

        Args:
            inputs: [T, B, n, f].
            begins: bool [T, B].
            memories: before each step, [B, n, k].
        """
        batch, first = inputs.shape[1], torch.arange(len(self._starts), device=inputs.device) == 0
        memory = torch.cat([memories[max(0, start - self._burn_in)] for start in self._starts])
        inputs, begins = self._with_those_before(inputs), self._with_those_before(begins)
        return Chunks(inputs, begins, memory, self._burn_in, first.repeat_interleave(batch))

    def _with_those_before(self, x: Tensor) -> Tensor:
        """[T, B, ...] -> [C * B, b + L, ...]; what would be before the first chunk is of no meaning."""
        if not self._burn_in:
            return self.rows(x)
        own = x.unflatten(0, (-1, self._length))
        before = own.roll(1, 0)[:, self._length - self._burn_in :]
        return _by_row(torch.cat([before, own], dim=1))


def _by_row(x: Tensor) -> Tensor:
    """[C, L, B, ...] -> [C * B, L, ...]."""
    return x.transpose(1, 2).flatten(0, 1)
