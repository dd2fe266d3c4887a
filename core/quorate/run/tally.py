"""What is counted of the episodes of an evaluation."""

import torch
from torch import Tensor

from quorate.errors import QuorateError
from quorate.interfaces import EnvironmentSpec, Step


class Tally:
    """Returns and outcomes of the first `rounds` episodes of each of B environments.

    Attributes:
        done: episodes that have ended.
        total: episodes that are counted.
    """

    def __init__(self, spec: EnvironmentSpec, batch: int, rounds: int, discount: float, device: torch.device) -> None:
        self._spec, paid = spec, spec.agents if spec.agent_rewards else ()
        self._more_names = [*(f"outcome/{name}" for name in spec.outcomes), *(f"return/{agent}" for agent in paid)]
        self._paid = torch.zeros(batch, len(paid), device=device)
        self._more = torch.zeros(batch, rounds, len(self._more_names), device=device)
        self._rounds, self._discount, self.total = rounds, discount, batch * rounds
        self._played = torch.zeros(batch, dtype=torch.int64, device=device)
        self._running = torch.zeros(batch, 3, device=device)  # return, discounted return, length
        self._factor = torch.ones(batch, device=device)
        self._episodes = torch.zeros(batch, rounds, 4, device=device)
        self.done = 0

    @property
    def full(self) -> bool:
        """Whether all episodes have ended."""
        return self.done == self.total

    def add(self, step: Step) -> None:
        """Count a step of all environments."""
        ones = torch.ones_like(step.reward)
        self._running += torch.stack([step.reward, self._factor * step.reward, ones], dim=-1)
        self._factor *= self._discount
        if self._spec.agent_rewards:
            self._paid += self._given(
                step.agent_reward, "agent_reward, although it says that they are paid differently"
            )
        counts = step.ended & (self._played < self._rounds)
        rows = counts.nonzero()[:, 0]
        ending = step.terminated[rows, None].float()
        self._episodes[rows, self._played[rows]] = torch.cat([self._running[rows], ending], dim=-1)
        if self._more_names and len(rows):
            self._more[rows, self._played[rows]] = self._ends(step)[rows]
            self._paid.masked_fill_(step.ended[:, None], 0.0)
        self._played += counts
        self._running.masked_fill_(step.ended[:, None], 0.0)
        self._factor.masked_fill_(step.ended, 1.0)
        self.done += len(rows)

    def summary(self) -> dict[str, float]:
        """The metrics by name, over episodes."""
        episodes = self._episodes.flatten(0, 1)
        mean = episodes.mean(0).tolist()
        spread = float(episodes[:, 0].std()) if self.total > 1 else 0.0
        names = ("return/mean", "return/discounted", "length/mean", "terminated")
        known = dict(zip(names, mean, strict=True)) | {"return/std": spread}
        more = zip(self._more_names, self._more.flatten(0, 1).mean(0).tolist(), strict=True)
        return known | dict(more) | known  # an agent may have any name, such as mean

    def _ends(self, step: Step) -> Tensor:
        """What came of the episodes that end in a step, [B, outcomes and agents]."""
        if not self._spec.outcomes:
            return self._paid
        outcomes = self._given(step.outcomes, f"outcomes, although it names {', '.join(self._spec.outcomes)}")
        return torch.cat([outcomes, self._paid], dim=-1)

    def _given(self, value: Tensor | None, what: str) -> Tensor:
        if value is None:
            fix = "Give it in the Step; `quorate check` finds such mistakes."
            raise QuorateError(f"The environment {self._spec.name} gave no {what}.", fix=fix)
        return value
