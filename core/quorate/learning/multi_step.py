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
        agent_returns: [R, n], the discounted rewards of each agent, or None where all are paid the same.
        outcomes: [R, k] of episodes that ended with those steps, NaN in other rows; None where there are none.
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
    agent_returns: Tensor | None = None
    outcomes: Tensor | None = None


@torch.no_grad()
def multi_step(replay: Replay, index: Tensor, steps: int, discount: float) -> Sample:
    """Transitions of one or more steps, from rows of a memory.

    A return ends early with its episode, or at the newest row; it then bootstraps after fewer steps, with the
    discount of those. As in HARL's off-policy buffer.

    Args:
        replay: the memory.
        index: int64 [R], of the first steps.
        steps: the most steps of a return.
        discount: gamma.
    """
    ahead = torch.arange(steps, device=index.device)[:, None]
    rows = (index + ahead * replay.batch) % replay.rows
    going = _going(replay, index, rows, ahead)
    taken = going.sum(0)
    last = rows.gather(0, taken[None] - 1)[0]
    factors, masks = discount**ahead, [name for name in ("agent_mask", "action_mask") if name in replay.names]
    paid = replay.get("agent_reward", rows) if "agent_reward" in replay.names else None
    return Sample(
        **{name: replay.get(name, index) for name in ("inputs", "state", "actions", *masks)},
        **{f"next_{name}": replay.following(name, last) for name in ("inputs", "state", *masks)},
        returns=(factors * replay.get("reward", rows)).where(going, 0.0).sum(0),
        discount=discount**taken * ~replay.get("terminated", last),
        agent_returns=None if paid is None else (factors[..., None] * paid).where(going[..., None], 0.0).sum(0),
        outcomes=replay.outcomes(last),
    )


def _going(replay: Replay, index: Tensor, rows: Tensor, ahead: Tensor) -> Tensor:
    """Bool [steps, R]: the row belongs to the same episode as the first one and is no older."""
    ended = replay.get("terminated", rows) | replay.get("truncated", rows)
    before = torch.cat([torch.zeros_like(ended[:1]), ended[:-1]])
    return (before.cumsum(0) == 0) & (ahead <= replay.left(index))
