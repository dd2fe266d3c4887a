"""Why Gaussian policies do not reach s1: the recursion of 2605.07101, Theorem 3.1, in numbers. Imports no torch.

Before s1 is reached, the policy stays N(0, v) and one epoch of Algorithm 1 takes v to a v' with

    1 / v' = 1 / v - 2 c g(v'),    g(v) = d/dv E[r_start(a)],  a ~ N(0, v),    c = eta / (1 - gamma)

(Eq. 9). The theorem: the increment -2 c g is at least 0.128 for every v, so the probability of s1 is at most 0.45.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass, field

from quorate_decision_games.settings import DecisionGameSettings

CLAIMED_INCREMENT = 0.128
CLAIMED_BOUND = 0.45
SMALLEST_CHANCE = 1e-14
"""Epochs are followed until the chance of reaching s1 in one of them is below this."""


@dataclass(frozen=True)
class Theory:
    """The quantities of Theorem 3.1 for one game.

    Attributes:
        game: the constants.
        weight: c = eta / (1 - gamma).
        initial_variance: of the first policy.
    """

    game: DecisionGameSettings = field(default_factory=lambda: DecisionGameSettings(agents=1))
    weight: float = 0.01
    initial_variance: float = 0.1

    def increment(self, variance: float) -> float:
        """-2 c g(v): what the precision grows by in an update that ends at variance v (Eq. 8)."""
        game = self.game
        spread = 1 + 2 * game.bump_sharpness * variance
        moved = 2 * game.bump_sharpness * game.bump_offset**2
        bumps = game.bump_sharpness * (moved - spread) / math.pow(spread, 2.5) * math.exp(-moved / (2 * spread))
        return 2 * self.weight * (game.curvature - 2 * game.bump_height * bumps)

    def smallest_increment(self) -> tuple[float, float]:
        """The least increment over all variances, and the variance where it is found (to about 1e-4 of itself)."""
        variances = (10 ** (-4 + 5 * index / 50000) for index in range(50001))
        return min((self.increment(variance), variance) for variance in variances)

    def precisions(self, least: float | None = None) -> Iterator[float]:
        """1 / v of epochs 0, 1, 2, ...; each increment exact, or always `least`."""
        precision = 1 / self.initial_variance
        while True:
            yield precision
            precision = self._update(precision) if least is None else precision + least

    def success(self, variance: float) -> float:
        """p_k: the chance that an action of N(0, v) reaches s1 (Eq. 12, the window included)."""
        game = self.game
        spread = 1 + 2 * game.bump_sharpness * variance
        centre = -2 * game.bump_sharpness * game.bump_offset * variance / spread
        deviation = math.sqrt(variance / spread)
        size = game.success_peak / math.sqrt(spread) * math.exp(-game.bump_sharpness * game.bump_offset**2 / spread)
        if game.success_window is None:
            return size
        ends = (-game.bump_offset + side * game.success_window - centre for side in (1, -1))
        upper, lower = (0.5 * math.erfc(-end / deviation / math.sqrt(2)) for end in ends)
        return size * (upper - lower)

    def reach_probability(self, batch: int, least: float | None = None, epochs: int | None = None) -> float:
        """The probability that Gaussian policies ever reach s1 (Eq. 15).

        Args:
            batch: B, actions of an epoch.
            least: replace every increment by this one, for the worst case of the theorem.
            epochs: stop after so many; None: when nothing more can come.
        """
        missed = 0.0
        for epoch, precision in enumerate(self.precisions(least)):
            chance = self.success(1 / precision)
            if epoch == epochs or (epochs is None and chance < SMALLEST_CHANCE):
                break
            missed += batch * math.log1p(-chance)
        return -math.expm1(missed)

    def _update(self, precision: float) -> float:
        """Solve 1 / v' = 1 / v - 2 c g(v') by iteration; it contracts strongly."""
        new = precision
        for _ in range(100):
            old, new = new, precision + self.increment(1 / new)
            if abs(new - old) < 1e-13 * new:
                break
        return new
