"""What is planned, by how agents are paid: for a team, for opponents, or for agents with interests of their own."""

from collections.abc import Mapping
from typing import NamedTuple, Protocol

import numpy as np

from quorate.errors import QuorateError
from quorate.information import InformationStructure
from quorate_information_sharing.planning.backward import Report
from quorate_information_sharing.planning.beliefs import Floats
from quorate_information_sharing.planning.common import CommonModel, common_nodes
from quorate_information_sharing.planning.correlated import coarse_correlated, fully_correlated
from quorate_information_sharing.planning.effort import Effort
from quorate_information_sharing.planning.induction import Plan, Solver, plan
from quorate_information_sharing.planning.prescriptions import team
from quorate_information_sharing.planning.settings import Solution
from quorate_information_sharing.planning.windows import privacy
from quorate_information_sharing.planning.zero_sum import zero_sum
from quorate_information_sharing.posg import TabularPOSG

TOLERANCE = 1e-9
"""How far rewards may sum from zero, as a share of the largest one."""
BOUNDS = "quorate information values"
INDEPENDENT = ("full", "one-directional", "one-step")


class Way(NamedTuple):
    """How stage games are solved."""

    solver: Solver
    knows_its_action: bool = False


WAYS: Mapping[Solution, Way] = {
    Solution.TEAM: Way(team),
    Solution.ZERO_SUM: Way(zero_sum),
    Solution.COARSE_CORRELATED: Way(coarse_correlated),
    Solution.CORRELATED: Way(fully_correlated, knows_its_action=True),
}


def solution_of(game: TabularPOSG, asked: Solution | None) -> Solution:
    """What to plan in a game.

    Raises:
        QuorateError: what is asked for does not fit its rewards, or the number of its agents.
    """
    near = TOLERANCE * np.abs(game.reward).max()
    zero = game.agents == 2 and bool((np.abs(game.reward.sum(0)) <= near).all())
    usual = Solution.TEAM if game.team else Solution.ZERO_SUM if zero else Solution.COARSE_CORRELATED
    found = usual if asked is None else asked
    if found is Solution.TEAM and not game.team:
        _refuse(game, "pays its agents differently: it has no optimum of a team", usual)
    if found is Solution.ZERO_SUM and not zero:
        _refuse(game, "is not of two agents of which each wins what the other one loses", usual)
    if found is not Solution.TEAM and game.agents != 2:
        raise QuorateError(f"{game.name} has {game.agents} agents; equilibria are planned of two.", where="environment")
    return found


def _refuse(game: TabularPOSG, why: str, usual: Solution) -> None:
    choices = (
        usual.value,
        *(one.value for one in (Solution.COARSE_CORRELATED, Solution.CORRELATED) if one is not usual),
    )
    raise QuorateError(f"{game.name} {why}.", where="solution", choices=choices, fix="Choose one that fits, or null.")


class Task(NamedTuple):
    """What is planned.

    Attributes:
        game: of two agents, or of a team that shares all at once.
        structure: who is told what, and when.
        horizon: steps of an episode.
        solution: of the stage games.
    """

    game: TabularPOSG
    structure: InformationStructure
    horizon: int
    solution: Solution


def independent_plan(task: Task, effort: Effort, report: Report) -> Plan:
    """Plan by backward induction over common beliefs that do not depend on strategies; exact.

    Args:
        task: what.
        effort: how much may be kept.
        report: told how many steps are done, of how many.

    Raises:
        QuorateError: beliefs depend on strategies, which no such planner is exact for; or they are too many.
    """
    check_independent(task)
    model = CommonModel(task.game, privacy(task.game, task.structure, task.horizon))
    nodes = common_nodes(model, task.horizon, effort.most(model.common + 2 * task.game.agents), report)
    solver, knows_its_action = WAYS[task.solution]
    return plan(model, nodes, solver, report, knows_its_action=knows_its_action)


def check_independent(task: Task) -> None:
    """Refuse what this planner is not exact for.

    Raises:
        QuorateError: says which planner fits.
    """
    if task.structure.strategy_independent(task.game.controls):
        return
    name = task.structure.name or "This information structure"
    problem = f"{name}: what agents believe in common depends on their policies, so no backward induction is exact."
    fix = "Choose a structure with beliefs that do not."
    if task.solution is Solution.TEAM:
        fix = f"Bound its value (`{BOUNDS} ...`), or choose a structure that is planned exactly."
    choices = (*INDEPENDENT, "delayed(2)") if task.solution is Solution.TEAM else INDEPENDENT
    raise QuorateError(problem, where="structure", choices=choices, fix=fix)


class Assessed(Protocol):
    """What a policy is worth to agents, [n], and what each could gain at most by deviating alone, [n]."""

    @property
    def values(self) -> Floats:
        """What they expect."""
        ...

    @property
    def gaps(self) -> Floats:
        """What they could gain."""
        ...


def opponents_bounds(found: Assessed) -> tuple[float, float]:
    """What the first of two opponents ensures, and what the second one leaves it at most."""
    return float(found.values[0] - found.gaps[1]), float(found.values[0] + found.gaps[0])


def largest_gap(gaps: Floats) -> float:
    """What some agent could gain by deviating."""
    return max(0.0, float(gaps.max()))
