"""What ``quorate exploration theory`` checks."""

from itertools import islice, pairwise

from quorate.interfaces.algorithm import Report
from quorate_decision_games.paper_figures.checks import Check, at_least, at_most, near
from quorate_decision_games.paper_figures.simulation import simulate
from quorate_decision_games.paper_figures.theory import CLAIMED_BOUND, CLAIMED_INCREMENT, Theory

BATCH, FIGURE_BATCH = 32, 200
"""B of Theorem 3.1, and of the paper's figures."""
FOLLOWED = 1000
"""Epochs whose increments are looked at one by one."""
ERRORS = 4
"""A simulation may be off by so many standard errors."""


def check_theory(runs: int, agents: int, seed: int, report: Report, theory: Theory | None = None) -> list[Check]:
    """Theorem 3.1 and Proposition 3.2 of 2605.07101, in numbers.

    Args:
        runs: of the simulation.
        agents: the largest number of agents.
        seed: of the simulation.
        report: told the progress.
        theory: the game and the constants; None: the paper's.
    """
    theory = theory or Theory()
    return [*_recursion(theory), *_bounds(theory, agents), *_simulation(theory, runs, agents, seed, report)]


def _recursion(theory: Theory) -> list[Check]:
    least, variance = theory.smallest_increment()
    path = islice(theory.precisions(), FOLLOWED + 1)
    followed = min(after - before for before, after in pairwise(path))
    return [
        at_least("least increment of 1/variance", least, CLAIMED_INCREMENT),
        Check("  at the variance", variance),
        at_least(f"least in epochs 1 to {FOLLOWED}", followed, CLAIMED_INCREMENT),
    ]


def _bounds(theory: Theory, agents: int) -> list[Check]:
    exact, worst = theory.reach_probability(BATCH), theory.reach_probability(BATCH, CLAIMED_INCREMENT)
    name = f"P(reach s1), B={BATCH}"
    return [
        at_most(f"{name}, exact", exact, CLAIMED_BOUND),
        at_most(f"{name}, all {CLAIMED_INCREMENT}", worst, CLAIMED_BOUND),
        *(at_most(f"P(each of {n} agents does), B={BATCH}", exact**n, CLAIMED_BOUND**n) for n in range(2, agents + 1)),
        Check(f"P(reach s1), B={FIGURE_BATCH} as in figures", theory.reach_probability(FIGURE_BATCH)),
    ]


def _simulation(theory: Theory, runs: int, agents: int, seed: int, report: Report) -> list[Check]:
    played = simulate(theory, runs, agents, BATCH, seed, report)
    exact = theory.reach_probability(BATCH)
    checks = []
    for n in range(1, agents + 1):
        share, error = played.share(n)
        checks.append(near(f"share of {runs} played runs, n={n}", share, exact**n, ERRORS * error))
    return checks
