"""Bounds on what a team can get under any information structure, with what certifies them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from quorate.errors import QuorateError
from quorate.information import InformationStructure, information_structure
from quorate_information_sharing.planning.backward import Report
from quorate_information_sharing.planning.effort import Effort, TooLargeError
from quorate_information_sharing.planning.exact import check_team, exact_value, own_stage, stage_size
from quorate_information_sharing.planning.extraction import exact_policy, unshared_policy
from quorate_information_sharing.planning.joint_policy import JointPolicy
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


_Known = list[tuple[InformationStructure, Bound]]


@dataclass(frozen=True)
class Values:
    """Bounds for several structures.

    Attributes:
        bounds: of each.
        policy: the best one without sharing that was found; empty where there is none.
        notes: which structures could not be planned exactly, and why.
        lower: what certifies lower bounds.
    """

    bounds: list[Bounds]
    policy: list[Step]
    notes: list[str] = field(default_factory=list)
    lower: _Known = field(default_factory=list)

    def certificate(
        self, game: TabularPOSG, structure: InformationStructure, horizon: int, effort: Effort, report: Report
    ) -> JointPolicy | None:
        """A policy that has the lower bound of a structure; None where none was found."""
        below = [(bound.value, other) for other, bound in self.lower if structure.knows_more_than(other)]
        if not below:
            return None
        _, best = max(below, key=lambda one: one[0])
        if best.name == NOTHING:
            return unshared_policy(game, self.policy) if self.policy else None
        return exact_policy(game, best, horizon, report, effort)


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
    names = [information_structure(name, game.agents) for name in SOLVED]
    others = [one for one in structures if not any(_same(one, other) for other in names)]
    upper, lower, notes = _solved(game, [*names, *others], horizon, effort, report)
    value, policy = best_found(game, horizon, effort, report("policies without sharing"))
    lower.append((information_structure(NOTHING, game.agents), Bound(value, "a policy that shares nothing")))
    return Values([_between(one, upper, lower) for one in structures], policy, notes, lower)


def _same(one: InformationStructure, other: InformationStructure) -> bool:
    return one.knows_more_than(other) and other.knows_more_than(one)


def _solved(
    game: TabularPOSG,
    structures: Sequence[InformationStructure],
    horizon: int,
    effort: Effort,
    report: Callable[[str], Report],
) -> tuple[_Known, _Known, list[str]]:
    """Upper and lower bounds from the structures that can be planned, or from telling the state."""
    upper: _Known = []
    lower: _Known = []
    notes: list[str] = []
    for structure in structures:
        name = structure.name
        try:
            value = exact_value(game, structure, horizon, report(name), effort, CELLS)
        except TooLargeError as error:
            notes.append(f"{name} is bounded, not planned: {error.problem}")
            upper += _told(game, structure, horizon, effort, report(f"{name}, state told"))
        except QuorateError as error:
            notes.append(error.problem)
        else:
            found = (structure, Bound(value, f"planned: {name}"))
            upper, lower = [*upper, found], [*lower, found]
    return upper, lower, notes


def _told(game: TabularPOSG, structure: InformationStructure, horizon: int, effort: Effort, report: Report) -> _Known:
    """An upper bound by telling the state every few steps, if that can be planned."""
    stage = own_stage(game, structure)
    if stage is None or stage.trees[0].depth > 1:
        return []
    try:
        value = revealed_value(game, stage, horizon, effort.reveal, report, effort.most(stage_size(stage)))
    except TooLargeError:
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
