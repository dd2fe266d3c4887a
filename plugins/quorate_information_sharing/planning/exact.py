"""Exact values of a team under the information structures whose common beliefs allow it."""

from quorate.errors import QuorateError
from quorate.information import InformationStructure
from quorate_information_sharing.planning.backward import Report, action_values, beginning
from quorate_information_sharing.planning.beliefs import BeliefGraph
from quorate_information_sharing.planning.effort import BELIEFS
from quorate_information_sharing.planning.stages import CELLS, Delayed, OneDirectional, Shared, Stage
from quorate_information_sharing.posg import TabularPOSG

PLANNED = ("full", "one-directional", "one-step", "delayed(2)")
BOUNDS = "quorate information values"


def exact_value(
    game: TabularPOSG,
    structure: InformationStructure,
    horizon: int,
    report: Report,
    limit: int = BELIEFS,
    cells: int = CELLS,
) -> float:
    """The best expected return of a team in an episode of this horizon.

    Args:
        game: of a team.
        structure: who is told what, and when.
        horizon: steps of an episode.
        report: told how many steps are done, of how many.
        limit: the most beliefs to keep.
        cells: the most pairs of a rule and an answer in a stage.

    Raises:
        QuorateError: rewards differ, the structure has no exact planner, or beliefs or trees are too many.
    """
    check_team(game)
    stage = stage_of(game, structure)
    roots, first = beginning(game)
    graph = BeliefGraph(game, roots, limit, report)
    check_memory(game, stage, cells)
    for values in action_values(graph, stage, horizon, report):
        last = values
    return float(stage.solve(first, last).max())


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
        QuorateError: they do not.
    """
    first, second = stage.trees
    pairs = (first, second), (second, first)
    rules = min(leader.count**leader.observations * other.count * other.observations for leader, other in pairs)
    if first.depth > 1 and rules > cells:
        problem = (
            f"A stage of {game.name} has {rules:.1e} pairs of rules and answers at a delay of {first.depth} steps."
        )
        fix = f"Ask for a shorter delay, or for bounds: `{BOUNDS} ...`."
        raise QuorateError(problem, where="structure", fix=fix)


def stage_of(game: TabularPOSG, structure: InformationStructure) -> Stage:
    """What solves the stage games under this structure.

    Raises:
        QuorateError: there is no exact planner for it; says which one fits.
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
        return Delayed(actions, observations, int(max(seen)))
    raise _refused(game, structure)


def _refused(game: TabularPOSG, structure: InformationStructure) -> QuorateError:
    """Says which planner fits."""
    name = structure.name or "This information structure"
    if structure.agents != 2:
        problem = f"{name}: stage games of {structure.agents} agents are planned where all is shared at once alone."
        return QuorateError(problem, where="structure", choices=("full",), fix="Choose it.")
    if structure.strategy_independent(game.controls):
        problem = f"{name}: common beliefs do not depend on policies, but its stage games are not planned yet."
    else:
        problem = f"{name}: what agents believe in common depends on their policies, so no backward induction is exact."
    fix = f"Bound its value (`{BOUNDS} ...`), or choose a structure that is planned exactly."
    return QuorateError(problem, where="structure", choices=PLANNED, fix=fix)
