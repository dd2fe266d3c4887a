"""Plays by a learned policy, in any batch of environments."""

import numpy as np
import torch
from torch import Tensor
from typing_extensions import override

from quorate.conventions import EvaluationActions
from quorate.interfaces import Actor, Step
from quorate_information_sharing.learning.episodes import joint_observation
from quorate_information_sharing.learning.knowledge import Knowledge
from quorate_information_sharing.learning.policy import Policy
from quorate_information_sharing.learning.windows import Ints


class WindowActor(Actor):
    """Both agents act by what all remember and by what each knows beside it.

    Args:
        policy: their rules.
        knowledge: sizes of the game.
    """

    actions: EvaluationActions = EvaluationActions.GREEDY
    words = "the best actions by the learned model, of agents that share as the structure says"

    def __init__(self, policy: Policy, knowledge: Knowledge) -> None:
        self._policy, self._knowledge = policy, knowledge
        self._step = self._window = self._observation = self._taken = np.zeros(0, np.int64)

    @override
    def reset(self, step: Step) -> None:
        self._observation = joint_observation(step, self._knowledge)
        self._step, self._window = np.zeros((2, len(self._observation)), np.int64)

    @override
    def act(self, generator: torch.Generator) -> Tensor:
        own: Ints = self._policy.act(self._step, self._window, self._observation)
        self._taken = self._knowledge.joint_action(own)
        return torch.as_tensor(own.T.copy(), device=generator.device)

    @override
    def observe(self, step: Step) -> None:
        goes_on = ~step.ended.cpu().numpy()
        after = self._policy.windows.after(self._window, self._observation, self._taken)
        self._step, self._window = (self._step + 1) * goes_on, after * goes_on
        self._observation = joint_observation(step, self._knowledge)
