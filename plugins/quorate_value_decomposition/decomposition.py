"""Utilities and what mixes them, together: what is trained, and as a copy, what tells the targets."""

from torch import Tensor, nn

from quorate_value_decomposition.lesson import Lesson
from quorate_value_decomposition.mixers import Mixer
from quorate_value_decomposition.targets import chosen
from quorate_value_decomposition.utilities import Utilities


class Decomposition(nn.Module):
    """Values of joint actions, of the utilities of each agent's own.

    Attributes:
        policy: the utilities.
        mixer: of them.
    """

    def __init__(self, policy: Utilities, mixer: Mixer) -> None:
        super().__init__()
        self.policy, self.mixer = policy, mixer

    def features(self, lesson: Lesson) -> Tensor:
        """What utilities are computed of, in all steps: [L + 1, R, n, h]; the inputs, where nothing is remembered."""
        if not self.policy.memory_size:
            return lesson.inputs
        nothing = lesson.inputs.new_zeros(*lesson.inputs.shape[1:3], self.policy.memory_size)
        return self.policy.encode(lesson.inputs, nothing, lesson.begins)[0]

    def values(self, utilities: Tensor, actions: Tensor, state: Tensor, alive: Tensor | None) -> Tensor:
        """Of joint actions int64 [..., n] in states [..., s], by utilities [..., n, a]: [..., v]."""
        mixed: Tensor = self.mixer(chosen(utilities, actions, alive), state)
        return mixed
