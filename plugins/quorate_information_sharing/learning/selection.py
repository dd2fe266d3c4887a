"""Which of some candidates is taken: the one with the smallest estimated gap (2308.08705, its learning part)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from quorate_information_sharing.learning.model import Model
from quorate_information_sharing.learning.plan import best_response
from quorate_information_sharing.learning.policy import Policy, WindowPolicy

Try = Callable[[Policy], tuple[float, float]]
"""Plays a policy; the team's mean return and its standard error."""


@dataclass(frozen=True)
class Candidate:
    """A policy, and what is known of it without the game's rules.

    Attributes:
        policy: of both agents.
        planned: what it is worth by the model that it was planned in.
        estimated: its mean return in episodes that were played.
        error: the standard error of that.
        gap: how much more the best answer or rival was seen to bring; 0 where none brought more.
        memory: L, that it was planned with.
    """

    policy: WindowPolicy
    planned: float
    estimated: float = float("-inf")
    error: float = 0.0
    gap: float = float("inf")

    @property
    def memory(self) -> int:
        """L."""
        return self.policy.windows.memory


def selected(candidates: Sequence[Candidate], models: list[Model], lowest: float, attempt: Try) -> Candidate:
    """Try candidates and each agent's best answer to them; a team is tempted by all other candidates, too.

    Args:
        candidates: some.
        models: of rising memory, in which answers are planned.
        lowest: the least that was ever paid.
        attempt: plays a policy.
    """
    tried = [attempt(each.policy) for each in candidates]
    best = max(mean for mean, _ in tried)
    found = []
    for each, (mean, error) in zip(candidates, tried, strict=True):
        answers = [attempt(best_response(models, lowest, each.policy, agent))[0] for agent in range(2)]
        gap = max(best, *answers) - mean
        found.append(Candidate(each.policy, each.planned, mean, error, gap))
    return min(found, key=lambda one: (one.gap, -one.estimated))
