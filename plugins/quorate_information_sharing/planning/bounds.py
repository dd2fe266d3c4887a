"""Bounds on what a team can get under any information structure, with what certifies them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from quorate.errors import QuorateError
from quorate.information import InformationStructure, information_structure
from quorate_information_sharing.planning.backward import Report
from quorate_information_sharing.planning.effort import Effort
from quorate_information_sharing.planning.exact import check_team, exact_value, stage_of
from quorate_information_sharing.planning.policy import Step
from quorate_information_sharing.planning.revealed import revealed_value
from quorate_information_sharing.planning.unshared import best_found
from quorate_information_sharing.posg import TabularPOSG

SOLVED = ("full", "one-directional(1)", "one-directional(2)", "one-step", "delayed(2)")
NOTHING = "none"
GAP = 1e-6
CELLS = 1 << 20
"""Longer delays are left to the planner itself."""


@dataclass(frozen=True)
class Bound:
    """A number, and why it holds."""

    value: float
    because: str


@dataclass(frozen=True)
class Bounds:
    """What a team can get under one structure."""

    name: str
    lower: Bound
    upper: Bound

    @property
    def exact(self) -> bool:
        """Whether both meet."""
        return self.upper.value - self.lower.value < GAP


@dataclass(frozen=True)
class Values:
    """Bounds for several structures, and the best policy without sharing that was found, where there is one."""

    bounds: list[Bounds]
    policy: list[Step]


def bound_structures(
    game: TabularPOSG,
    structures: Sequence[InformationStructure],
    horizon: int,
    effort: Effort,
    report: Callable[[str], Report],
) -> Values:
    """Bound the value of each structure.

    Upper bounds are values of structures that know more; lower ones of structures that know less, or of a policy that
    shares nothing, evaluated in the game itself.

    Args:
        game: of a team of two.
        structures: which.
        horizon: steps of an episode.
        effort: how much is tried.
        report: gives what is told of the progress of a named part.

    Raises:
        QuorateError: rewards differ.
    """
    check_team(game)
    upper, lower = _solved(game, horizon, effort, report)
    value, policy = best_found(game, horizon, effort, report("policies without sharing"))
    lower.append((information_structure(NOTHING, game.agents), Bound(value, "a policy that shares nothing")))
    return Values([_between(one, upper, lower) for one in structures], policy)


_Known = list[tuple[InformationStructure, Bound]]


def _solved(game: TabularPOSG, horizon: int, effort: Effort, report: Callable[[str], Report]) -> tuple[_Known, _Known]:
    """Upper and lower bounds from the structures that can be planned, or from telling the state."""
    upper: _Known = []
    lower: _Known = []
    for name in SOLVED:
        structure = information_structure(name, game.agents)
        try:
            value = exact_value(game, structure, horizon, report(name), effort.beliefs, CELLS)
        except QuorateError:
            upper += _told(game, structure, horizon, effort, report(f"{name}, state told"))
        else:
            found = (structure, Bound(value, f"planned: {name}"))
            upper, lower = [*upper, found], [*lower, found]
    return upper, lower


def _told(game: TabularPOSG, structure: InformationStructure, horizon: int, effort: Effort, report: Report) -> _Known:
    """An upper bound by telling the state every few steps, if that can be planned."""
    try:
        stage = stage_of(game, structure)
        if stage.trees[0].depth > 1:
            return []
        value = revealed_value(game, stage, horizon, effort.reveal, report, effort.beliefs)
    except QuorateError:
        return []
    why = f"planned: {structure.name}, the state told every {effort.reveal} steps"
    return [(structure, Bound(value, why))]


def _between(structure: InformationStructure, upper: _Known, lower: _Known) -> Bounds:
    """The best bounds that hold for a structure."""
    above = [bound for other, bound in upper if other.knows_more_than(structure)]
    below = [bound for other, bound in lower if structure.knows_more_than(other)]
    nothing = Bound(float("inf"), "no structure that knows more could be planned")
    least = Bound(float("-inf"), "no policy was found")
    highest = min(above, key=lambda bound: bound.value, default=nothing)
    return Bounds(structure.name, max(below, key=lambda bound: bound.value, default=least), highest)
