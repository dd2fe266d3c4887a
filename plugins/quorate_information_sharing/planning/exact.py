"""Exact values of a team under the information structures whose common beliefs allow it."""

import math

from quorate.errors import QuorateError
from quorate.information import InformationStructure
from quorate_information_sharing.planning.backward import Report, action_values, beginning
from quorate_information_sharing.planning.beliefs import BeliefGraph
from quorate_information_sharing.planning.effort import Effort, TooLargeError
from quorate_information_sharing.planning.settings import Solution
from quorate_information_sharing.planning.solutions import BOUNDS, Task, check_independent, independent_plan
from quorate_information_sharing.planning.stages import CELLS, Delayed, OneDirectional, Shared, Stage
from quorate_information_sharing.posg import TabularPOSG

NODES = 1 << 16
"""The most that a rule of one agent may have, to be counted."""
_SHORTER = f"Ask for a shorter delay, or for bounds (`{BOUNDS} ...`)."


def exact_value(
    game: TabularPOSG,
    structure: InformationStructure,
    horizon: int,
    report: Report,
    effort: Effort | None = None,
    cells: int = CELLS,
) -> float:
    """The best expected return of a team in an episode of this horizon.

    Args:
        game: of a team.
        structure: who is told what, and when.
        horizon: steps of an episode.
        report: told how many steps are done, of how many.
        effort: how much may be kept; None: as much as usual.
        cells: the most pairs of a rule and an answer in a stage.

    Raises:
        QuorateError: rewards differ, or the structure has no exact planner.
        TooLargeError: it has one, but beliefs or trees are too many.
    """
    check_team(game)
    effort = effort or Effort()
    if planned_in_common(game, structure):
        return float(independent_plan(Task(game, structure, horizon, Solution.TEAM), effort, report).values[0])
    stage = stage_of(game, structure)
    roots, first = beginning(game)
    check_memory(game, stage, cells)
    graph = BeliefGraph(game, roots, effort.most(stage_size(stage)), report)
    for values in action_values(graph, stage, horizon, report):
        last = values
    return float(stage.solve(first, last).max())


def stage_size(stage: Stage) -> int:
    """Values of each belief."""
    first, second = stage.trees
    return first.count * second.count


def check_team(game: TabularPOSG) -> None:
    """Refuse a game whose agents are paid differently.

    Raises:
        QuorateError: they are.
    """
    if not game.team:
        problem = f"{game.name} pays its agents differently: this planner looks for what is best for a team."
        raise QuorateError(problem, where="environment", fix="Choose a game of a team.")


def check_memory(game: TabularPOSG, stage: Stage, cells: int) -> None:
    """Refuse stage games of more rules than fit.

    Raises:
        TooLargeError: they do not.
    """
    first, second = stage.trees
    pairs = (first, second), (second, first)
    rules = min(leader.count**leader.observations * other.count * other.observations for leader, other in pairs)
    if first.depth > 1 and rules > cells:
        problem = (
            f"A stage of {game.name} has {_shown(rules)} pairs of rules and answers at a delay of {first.depth} steps."
        )
        raise TooLargeError(problem, where="structure", fix=_SHORTER)


def _shown(count: int) -> str:
    return f"{count:.1e}" if count < 1e300 else f"10^{math.log10(count):.0f}"


def own_stage(game: TabularPOSG, structure: InformationStructure) -> Stage | None:
    """What solves the stage games of a structure that is planned over beliefs on the state alone; None: of others.

    Raises:
        TooLargeError: its rules can not even be counted.
    """
    actions = len(game.actions[0]), game.joint_actions // len(game.actions[0])
    observations = len(game.observations[0]), game.joint_observations // len(game.observations[0])
    pairs = [(i, j) for i in range(structure.agents) for j in range(structure.agents) if i != j]
    seen = {structure.observation_delay[i][j] for i, j in pairs}
    done = {structure.action_delay[i][j] for i, j in pairs}
    if seen == {0} and done == {1}:
        return Shared(actions)
    if structure.agents == 2 and seen == {0, 1} and done == {1}:
        return OneDirectional(actions, 0 if structure.observation_delay[1][0] == 0 else 1)
    if structure.agents == 2 and len(seen) == 1 and seen == done and max(seen) < float("inf"):
        delay = max(seen)
        if delay * math.log2(max(2, *observations)) > math.log2(NODES):
            problem = f"A stage of {game.name} has more rules than can be counted at a delay of {delay:g} steps."
            raise TooLargeError(problem, where="structure", fix=_SHORTER)
        return Delayed(actions, observations, int(delay))
    return None


def plannable(game: TabularPOSG, structure: InformationStructure) -> bool:
    """Whether there is an exact planner, whatever it needs to keep."""
    try:
        return own_stage(game, structure) is not None or structure.strategy_independent(game.controls)
    except TooLargeError:
        return True


def stage_of(game: TabularPOSG, structure: InformationStructure) -> Stage:
    """As `own_stage`.

    Raises:
        QuorateError: there is none; says which planner fits.
    """
    if (stage := own_stage(game, structure)) is not None:
        return stage
    if structure.agents != 2:
        name = structure.name or "This information structure"
        problem = f"{name}: stage games of {structure.agents} agents are planned where all is shared at once alone."
        raise QuorateError(problem, where="structure", choices=("full",), fix="Choose it.")
    check_independent(Task(game, structure, 1, Solution.TEAM))
    raise QuorateError(f"{structure.name} is planned over common beliefs.", where="structure")


def planned_in_common(game: TabularPOSG, structure: InformationStructure) -> bool:
    """Whether a structure needs beliefs on what agents know alone, which do not depend on strategies."""
    return (
        structure.agents == 2 and own_stage(game, structure) is None and structure.strategy_independent(game.controls)
    )
