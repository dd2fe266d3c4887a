"""The data of Fig. 1 and 2 of 2605.07101: policies and expected returns over epochs, for several seeds at once."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from quorate.interfaces.algorithm import Report
from quorate.seeding import derive_seed
from quorate_decision_games.environment import DecisionGame
from quorate_decision_games.grid import Grid
from quorate_decision_games.learner import Learner
from quorate_decision_games.settings import DecisionGameSettings, DecSPGSettings, Projection

SINGLE = DecisionGameSettings(agents=1, goal_reward=20000.0, goal_bonus=0.0)
SHOWN = torch.linspace(-1, 1, 801, dtype=torch.float64)
"""Actions at which densities are drawn."""


@dataclass(frozen=True)
class Curves:
    """Algorithm 1 in S runs.

    Attributes:
        projection: of the updates.
        agents: n.
        returns: [K + 1, S], expected returns before the first epoch and after each.
        first: int64 [S], the epoch in which the last of a run's agents first raised its flag, 0 where one never did.
        densities: of each run's first agent at `SHOWN`, [S, 801], by epoch.
        optimum: the best return.
    """

    projection: Projection
    agents: int
    returns: Tensor
    first: Tensor
    densities: dict[int, Tensor]
    optimum: float

    @property
    def latest(self) -> int:
        """The run that raised its flags last, whose policies show best what leads there."""
        return int(self.first.argmax())

    @property
    def final(self) -> Tensor:
        """[S], after the last epoch."""
        return self.returns[-1]


def learn(
    settings: DecSPGSettings, agents: int, seeds: int, epochs: int, shown: Sequence[int], seed: int, report: Report
) -> Curves:
    """Run Algorithm 1 on M_sa (one agent) or M_ma, S seeds as one batch.

    Args:
        settings: of the algorithm.
        agents: n.
        seeds: S.
        epochs: K.
        shown: epochs whose policies are kept.
        seed: the root of all S.
        report: told the progress.
    """
    game = SINGLE if agents == 1 else replace(DecisionGameSettings(), agents=agents)
    environment = DecisionGame(game, seeds * settings.batch_size)
    learner = Learner(settings, environment, seeds, derive_seed(seed, agents, settings.projection))
    returns, densities = [learner.measure()["expected_return"]], {}
    what = f"{settings.projection}, n={agents}"
    for epoch in range(1, epochs + 1):
        learner.step()
        returns.append(learner.measure()["expected_return"])
        if epoch in shown:
            densities[epoch] = learner.policies.density(Grid(SHOWN))[:, 0]
        report(what, epoch, epochs)
    first = learner.first.amax(-1) * (learner.first > 0).all(-1)
    return Curves(settings.projection, agents, torch.stack(returns), first, densities, learner.payoff.optimum())
