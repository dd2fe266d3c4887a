"""Steps to remember, whose every number tells when it was and in which row."""

import torch

from quorate.learning.replay import Replay
from quorate.learning.transitions import Situation, Transition


class Steps:
    """Steps of `batch` rows, counted from 0; the state after step t is t, that of a new episode -100 - t.

    Args:
        batch: B.
        terminated: (step, row) that end an episode by the rules.
        truncated: likewise, cut.
        width: features of what is seen.
        outcomes: whether episodes come to something.
    """

    def __init__(self, batch=2, terminated=(), truncated=(), width=1, outcomes=False):
        self.batch, self.terminated, self.truncated = batch, set(terminated), set(truncated)
        self.width, self.outcomes, self.count = width, outcomes, 0
        self.now = self._situation(torch.full((batch,), -1.0), torch.ones(batch, dtype=torch.bool))

    def next(self) -> Transition:
        """One more."""
        step, before, none = self.count, self.now, torch.zeros(self.batch, dtype=torch.bool)
        terminated, truncated = (
            torch.tensor([(step, row) in where for row in range(self.batch)])
            for where in (self.terminated, self.truncated)
        )
        ended, last = terminated | truncated, torch.full((self.batch,), float(step))
        self.now = self._situation(torch.where(ended, -100.0 - step, last), ended)
        final = self._situation(last, none) if bool(ended.any()) else None
        reward = torch.arange(self.batch) + 10.0 * step
        told = torch.where(ended[:, None], last[:, None], torch.nan) if self.outcomes else None
        actions, paid = reward.reshape(-1, 1, 1).expand(-1, 2, 1), torch.stack([reward, -reward], 1)
        self.count += 1
        return Transition(before, actions, reward, terminated, truncated, self.now, final, paid, told)

    def fill(self, replay: Replay, count: int) -> Replay:
        """Remember so many."""
        for _ in range(count):
            replay.add(self.next())
        return replay

    def _situation(self, values, begins) -> Situation:
        inputs = values.reshape(-1, 1, 1).expand(-1, 2, self.width).clone()
        mask = (values[:, None] % 2 == torch.tensor([0.0, 1.0]))[:, None].expand(-1, 2, -1)
        return Situation(inputs, values[:, None].clone(), begins, mask)
