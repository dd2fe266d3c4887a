"""Returns of several steps, found in a replay memory."""

from dataclasses import dataclass

import torch
from torch import Tensor

from quorate.learning.replay import Replay


@dataclass
class Sample:
    """R transitions of one or more steps.

    Attributes:
        inputs: [R, n, f], what the policies saw.
        state: [R, s].
        actions: [R, n, a], normalised, or [R, n].
        returns: [R], the discounted rewards of the steps that were taken.
        discount: [R], factor on the value of what followed: gamma to the number of steps, 0 after a termination.
        next_inputs: [R, n, f], after the last of those steps.
        next_state: [R, s], likewise.
        agent_mask: bool [R, n] of agents that were alive, or None.
        next_agent_mask: bool [R, n] of agents that are alive after those steps, or None.
        action_mask: bool [R, n, a] of the choices that were valid, or None.
        next_action_mask: bool [R, n, a] of those that are valid after those steps, or None.
    """

    inputs: Tensor
    state: Tensor
    actions: Tensor
    returns: Tensor
    discount: Tensor
    next_inputs: Tensor
    next_state: Tensor
    agent_mask: Tensor | None = None
    next_agent_mask: Tensor | None = None
    action_mask: Tensor | None = None
    next_action_mask: Tensor | None = None


@torch.no_grad()
def multi_step(replay: Replay, index: Tensor, steps: int, discount: float) -> Sample:
    """Transitions from rows of a memory that holds `quorate.learning.collector.Transition.rows`.

    A return ends early with its episode, or at the newest row; it then bootstraps after fewer steps, with the
    discount of those. As in HARL's off-policy buffer.

    Args:
        replay: the memory.
        index: int64 [R], of the first steps.
        steps: the most steps of a return.
        discount: gamma.
    """
    ahead = torch.arange(steps, device=index.device)[:, None]
    rows = (index + ahead * replay.batch) % replay.capacity
    going = _going(replay, index, rows, ahead)
    rewards = discount**ahead * replay.column("reward")[rows]
    taken = going.sum(0)
    last = rows.gather(0, taken[None] - 1)[0]
    first = {name: replay.column(name)[index] for name in ("inputs", "state", "actions")}
    return Sample(
        **first,
        returns=rewards.where(going, 0.0).sum(0),
        discount=discount**taken * ~replay.column("terminated")[last],
        next_inputs=replay.column("next_inputs")[last],
        next_state=replay.column("next_state")[last],
        **{name: replay.column(name)[index] for name in ("agent_mask", "action_mask") if name in replay.names},
        **{name: replay.column(name)[last] for name in ("next_agent_mask", "next_action_mask") if name in replay.names},
    )


def _going(replay: Replay, index: Tensor, rows: Tensor, ahead: Tensor) -> Tensor:
    """Bool [steps, R]: the row belongs to the same episode as the first one and is no older."""
    blocks = replay.capacity // replay.batch
    newest = replay.position // replay.batch - 1
    left = (newest - index // replay.batch) % blocks
    ended = replay.column("terminated")[rows] | replay.column("truncated")[rows]
    before = torch.cat([torch.zeros_like(ended[:1]), ended[:-1]])
    return (before.cumsum(0) == 0) & (ahead <= left)
