"""What is counted of the episodes of an evaluation."""

import torch

from quorate.interfaces import Step


class Tally:
    """Returns of the first `rounds` episodes of each of B environments.

    Attributes:
        done: episodes that have ended.
    """

    def __init__(self, batch: int, rounds: int, discount: float, device: torch.device) -> None:
        self._rounds, self._discount, self._total = rounds, discount, batch * rounds
        self._played = torch.zeros(batch, dtype=torch.int64, device=device)
        self._running = torch.zeros(batch, 3, device=device)  # return, discounted return, length
        self._factor = torch.ones(batch, device=device)
        self._episodes = torch.zeros(batch, rounds, 4, device=device)
        self.done = 0

    @property
    def full(self) -> bool:
        """Whether all episodes have ended."""
        return self.done == self._total

    def add(self, step: Step) -> None:
        """Count a step of all environments."""
        ones = torch.ones_like(step.reward)
        self._running += torch.stack([step.reward, self._factor * step.reward, ones], dim=-1)
        self._factor *= self._discount
        counts = step.ended & (self._played < self._rounds)
        rows = counts.nonzero()[:, 0]
        ending = step.terminated[rows, None].float()
        self._episodes[rows, self._played[rows]] = torch.cat([self._running[rows], ending], dim=-1)
        self._played += counts
        self._running.masked_fill_(step.ended[:, None], 0.0)
        self._factor.masked_fill_(step.ended, 1.0)
        self.done += len(rows)

    def summary(self) -> dict[str, float]:
        """The metrics by name, over episodes."""
        episodes = self._episodes.flatten(0, 1)
        mean = episodes.mean(0).tolist()
        spread = float(episodes[:, 0].std()) if self._total > 1 else 0.0
        names = ("return/mean", "return/discounted", "length/mean", "terminated")
        return dict(zip(names, mean, strict=True)) | {"return/std": spread}
