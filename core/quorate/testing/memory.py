"""What the checks of networks and of policies share: memory is of one episode, and is carried on through it."""

from dataclasses import dataclass

import torch
from torch import Tensor

from quorate.learning.memory import Remembering
from quorate.testing.framework import expect
from quorate.testing.support import close, largest_change


@dataclass
class Episodes:
    """One episode after the other in each of R rows.

    Attributes:
        remembers: what reads them.
        inputs: [T, ...], of all steps.
        memory: before the first step.
        begins: bool [T, R].
    """

    remembers: Remembering
    inputs: Tensor
    memory: Tensor
    begins: Tensor

    def features(self) -> Tensor:
        """Of all steps."""
        return self.remembers.encode(self.inputs, self.memory, self.begins)[0]


def expect_forgetting(episodes: Episodes) -> None:
    """Where an episode begins, what was remembered before is nothing: as if the memory were zero."""
    encode, inputs, every = episodes.remembers.encode, episodes.inputs[0], torch.ones_like(episodes.begins[0])
    fresh, _ = encode(inputs, torch.zeros_like(episodes.memory), every)
    found, _ = encode(inputs, episodes.memory, every)
    off = f"a change of {largest_change(found, fresh):.2g}"
    expect(close(found, fresh), "features that forget what was before the episode", off)


def expect_remembering(episodes: Episodes) -> None:
    """Within an episode, what was seen some steps ago changes the features: the memory is carried on, and used."""
    episodes.begins[:] = False
    before = episodes.features()
    episodes.inputs[0] += 1.0
    later = (episodes.features() - before).abs().flatten(1).amax(1)[1:]
    expect(bool((later > 0).all()), "features that depend on what was seen before", "the same whatever was seen")


def expect_steps(episodes: Episodes) -> None:
    """A sequence equals its steps, one after the other, episodes that begin inside it included (within 1e-5)."""
    encode, memory = episodes.remembers.encode, episodes.memory
    whole, end = encode(episodes.inputs, memory, episodes.begins)
    for step, (inputs, begins) in enumerate(zip(episodes.inputs, episodes.begins, strict=True)):
        features, memory = encode(inputs, memory, begins)
        off = f"a change of {largest_change(features, whole[step]):.2g}"
        expect(close(features, whole[step]), f"the same features of step {step} in a sequence", off)
    expect(close(memory, end), "the same memory after a sequence as after its steps", "another")
