"""The algorithms `iql`, `vdn` and `qmix`."""

from torch import Tensor
from typing_extensions import override

from quorate.interfaces import RunContext
from quorate.learning.living import left_to_them
from quorate_value_decomposition.learner import QLearner
from quorate_value_decomposition.lesson import Lesson
from quorate_value_decomposition.mixers import Additive, Independent, Mixer, Monotonic
from quorate_value_decomposition.settings import IQLSettings, QMIXSettings


class IQL(QLearner):
    """Independent Q-learning: each agent's utility is taught by itself."""

    def __init__(self, settings: IQLSettings, context: RunContext) -> None:
        super().__init__(settings, context)
        self._own_rewards = settings.own_rewards and self.environment.spec.agent_rewards

    @override
    def build_mixer(self) -> Mixer:
        return Independent()

    @override
    def reward(self, team: Tensor, own: Tensor | None) -> Tensor:
        """The agents' own where they are paid differently, unless the team's is wanted: [..., n]."""
        if self._own_rewards and own is not None:
            return own
        return team[..., None].expand(*team.shape, self.spec.agents)

    @override
    def going_on(self, values: Tensor, alive: Tensor | None) -> Tensor:
        return left_to_them(values, alive, shared=not self._own_rewards)

    @override
    def weight(self, lesson: Lesson) -> Tensor:
        """What was played by agents that were alive."""
        played = lesson.played.expand(*lesson.reward.shape)
        return (played if lesson.agent_mask is None else played & lesson.agent_mask[:-1]).float()


class VDN(QLearner):
    """Value decomposition networks (arXiv:1706.05296): the team's value is the sum of utilities."""

    mixes = "the agents' utilities"

    @override
    def build_mixer(self) -> Mixer:
        return Additive()


class QMIX(QLearner):
    """QMIX (arXiv:1803.11485): the team's value is a monotonic network of utilities, which depends on the state."""

    needs_state = True
    mixes = "the agents' utilities, and the state"

    def __init__(self, settings: QMIXSettings, context: RunContext) -> None:
        self._mixer_settings = settings.mixer
        super().__init__(settings, context)

    @override
    def build_mixer(self) -> Mixer:
        return Monotonic(self._mixer_settings, self.spec.agents, self.environment.spec.state_size)
