"""The global frame says what SMAX shows; and the heuristic plays the same in both."""

import pytest
import torch

from quorate.errors import QuorateError
from quorate.interfaces import PolicySpec
from quorate_smax.frames import relative
from quorate_smax.settings import Frame, HeuristicSettings

from .conftest import BATCH, TEAMS, make

heuristic = pytest.importorskip("quorate_smax.heuristic", reason="the extra smax is not installed")

UNITS, SIGHT = TEAMS["units"], TEAMS["sight"]


class Player:
    """One frame of the battles, and the heuristic that reads it."""

    def __init__(self, frame: Frame) -> None:
        self.game = make(**TEAMS, observation=frame)
        spec = PolicySpec.of(self.game.spec, self.game.spec.observation_size)
        self._policy = heuristic.HeuristicPolicy(HeuristicSettings(units=UNITS, sight=SIGHT), spec)
        self._memory, self.step = torch.zeros(BATCH, 2, 3), self.game.reset(2)

    def act(self) -> torch.Tensor:
        features, self._memory = self._policy.encode(self.step.observation, self._memory, self.step.ended)
        generator = torch.Generator().manual_seed(0)
        return self._policy.sample(features, 1, generator, self.step.action_mask)[0]


def test_both_frames_say_the_same_and_the_heuristic_plays_the_same() -> None:
    own, other = Player(Frame.RELATIVE), Player(Frame.GLOBAL)
    fallen = False
    for _ in range(40):
        shown = relative(other.step.observation, 6, torch.full((2,), SIGHT), torch.tensor([32, 32]))
        torch.testing.assert_close(shown, own.step.observation, atol=1e-5, rtol=0)
        fallen |= not own.step.agent_mask.all()
        actions = own.act()
        assert torch.equal(actions, other.act())
        own.step, other.step = own.game.step(actions), other.game.step(actions)
    assert fallen


def test_a_frame_without_types_is_refused() -> None:
    spec = make(scenario="3m", observation=Frame.GLOBAL).spec
    with pytest.raises(QuorateError, match="6 types") as caught:
        heuristic.HeuristicPolicy(HeuristicSettings(), PolicySpec.of(spec, spec.observation_size))
    assert "observation: relative" in str(caught.value.fix)
