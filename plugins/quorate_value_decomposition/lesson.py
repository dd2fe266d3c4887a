"""What an update learns from: single transitions and whole episodes, in one form."""

from dataclasses import dataclass

import torch
from torch import Tensor

from quorate.learning.multi_step import Sample
from quorate.learning.transitions import Transitions


@dataclass
class Lesson:
    """R rows of L steps, each of one episode, and what followed the last step of it.

    Attributes:
        inputs: [L + 1, R, n, f], what agents saw.
        state: [L + 1, R, s].
        begins: bool [L + 1, R], nothing is remembered from before the step.
        actions: int64 [L, R, n].
        reward: [L, R, v]: of the team, v = 1, or of each agent, v = n.
        discount: [L, R, 1], factor on what followed, 0 after a termination.
        played: bool [L, R, 1], false beyond the end of an episode.
        action_mask: bool [L + 1, R, n, a] of valid actions, or None.
        agent_mask: bool [L + 1, R, n] of agents that are alive, or None.
    """

    inputs: Tensor
    state: Tensor
    begins: Tensor
    actions: Tensor
    reward: Tensor
    discount: Tensor
    played: Tensor
    action_mask: Tensor | None = None
    agent_mask: Tensor | None = None

    @property
    def going(self) -> Tensor:
        """Bool [L, R, 1]: the next step is of the same episode, and was played."""
        return torch.cat([self.played[1:], torch.zeros_like(self.played[:1])])


def of_transitions(sample: Sample, reward: Tensor) -> Lesson:
    """Lessons of one step, which may be several steps at once (`Sample`); rewards [R, v] of the steps taken."""
    begins = torch.ones(2, len(reward), dtype=torch.bool, device=reward.device)

    def both(now: Tensor | None, later: Tensor | None) -> Tensor | None:
        return None if now is None or later is None else torch.stack([now, later])

    return Lesson(
        inputs=torch.stack([sample.inputs, sample.next_inputs]),
        state=torch.stack([sample.state, sample.next_state]),
        begins=begins,
        actions=sample.actions[None],
        reward=reward[None],
        discount=sample.discount[None, :, None],
        played=begins[:1, :, None],
        action_mask=both(sample.action_mask, sample.next_action_mask),
        agent_mask=both(sample.agent_mask, sample.next_agent_mask),
    )


def of_episodes(episodes: Transitions, reward: Tensor, discount: float) -> Lesson:
    """Lessons of L steps, from what `Replay.episodes` drew; rewards [L, R, v]; `discount` is gamma."""
    valid = torch.ones_like(episodes.terminated) if episodes.valid is None else episodes.valid
    return Lesson(
        inputs=episodes.inputs,
        state=episodes.state,
        begins=episodes.begins,
        actions=episodes.actions,
        reward=reward,
        discount=discount * ~episodes.terminated[..., None],
        played=valid[..., None],
        action_mask=episodes.action_mask,
        agent_mask=episodes.agent_mask,
    )
