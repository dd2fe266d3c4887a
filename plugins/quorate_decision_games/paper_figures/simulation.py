"""Theorem 3.1 by playing: how often Gaussian policies reach s1 when all is drawn, and nothing integrated."""

from dataclasses import dataclass, replace

import torch
from torch import Tensor

from quorate.interfaces.algorithm import Report
from quorate.seeding import derive_seed, generator
from quorate_decision_games.classes.gaussian import GaussianPolicies
from quorate_decision_games.environment import DecisionGame
from quorate_decision_games.grid import Grid
from quorate_decision_games.paper_figures.theory import Theory

NEGLIGIBLE = 1e-6
"""Epochs are played until the chance that an agent of a run raises its flag in one of them is below this."""


@dataclass(frozen=True)
class Simulation:
    """What runs of Algorithm 1 met before its policies learn of it.

    Attributes:
        reached: bool [R, n], whether each agent ever raised its flag.
        variances: of the policy at each epoch, as the projection found them.
    """

    reached: Tensor
    variances: list[float]

    def share(self, agents: int) -> tuple[float, float]:
        """The share of runs in which all of some agents raised their flags, and its standard error.

        The n agents make n // agents disjoint groups of each run, which are independent.
        """
        groups = self.reached.shape[1] // agents
        together = self.reached[:, : groups * agents].view(-1, groups, agents).all(-1).double()
        share = float(together.mean())
        return share, max((share * (1 - share) / together.numel()) ** 0.5, 0.5 / together.numel())


@torch.no_grad()
def simulate(theory: Theory, runs: int, agents: int, batch: int, seed: int, report: Report) -> Simulation:
    """Play runs of n agents at once: B actions in the game, then one Gaussian projection of exp(c r_start), each epoch.

    Until a flag is raised, the policies do not depend on what was drawn, so all runs share one sequence of them; what
    follows a first flag is of no interest here.

    Args:
        theory: the game and the constants; the projection is the algorithm's own, by quadrature.
        runs: R.
        agents: n.
        batch: B.
        seed: of all draws.
        report: told the progress.
    """
    game = DecisionGame(replace(theory.game, agents=agents), batch=runs * batch)
    points = torch.linspace(-2, 2, 801, dtype=torch.float64)
    policies = GaussianPolicies(1, 1, Grid(points), theory.initial_variance, iterations=20)
    randomness = generator(seed, "simulation")
    game.reset(derive_seed(seed, "simulation", "game"))
    reached = torch.zeros(runs, agents, dtype=torch.bool)
    variances = [float(policies.variance)]
    last = _epochs(theory, batch)
    for epoch in range(last):
        actions = torch.randn(game.batch, agents, 1, generator=randomness) * variances[-1] ** 0.5
        game.reset()
        step = game.step(actions)
        assert step.final_state is not None
        reached |= step.final_state[:, 1:].bool().view(runs, batch, agents).any(1)
        policies.project(lambda a: theory.weight * game.payoff.start_reward(a), randomness)
        variances.append(float(policies.variance))
        report("playing", epoch + 1, last)
    return Simulation(reached, variances)


def _epochs(theory: Theory, batch: int) -> int:
    """Epochs until what may still come is negligible."""
    for epoch, precision in enumerate(theory.precisions()):
        if batch * theory.success(1 / precision) < NEGLIGIBLE:
            return epoch
    raise AssertionError("precisions do not end")
