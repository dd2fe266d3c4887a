"""Bounds on what a team can get under any information structure, with what certifies them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from quorate.errors import QuorateError
from quorate.information import InformationStructure, information_structure
from quorate_information_sharing.planning.backward import Report
from quorate_information_sharing.planning.effort import Effort, TooLargeError
from quorate_information_sharing.planning.exact import check_memory, check_team, exact_value, own_stage, stage_size
from quorate_information_sharing.planning.explored import Explored, gap_of
from quorate_information_sharing.planning.extraction import exact_policy, unshared_policy
from quorate_information_sharing.planning.joint_policy import JointPolicy
from quorate_information_sharing.planning.policy import Step
from quorate_information_sharing.planning.revealed import revealed_value
from quorate_information_sharing.planning.stages import Stage
from quorate_information_sharing.planning.unshared import best_found
from quorate_information_sharing.posg import TabularPOSG

SOLVED = ("full", "one-directional(1)", "one-directional(2)", "one-step", "delayed(2)")
NOTHING = "none"
ONE_STEP = "one-step"
CELLS = 1 << 20
"""Longer delays are left to the planner itself."""


@dataclass(frozen=True)
class Bound:
    """A number, and why it holds."""

    value: float
    because: str


@dataclass(frozen=True)
class Bounds:
    """What a team can get under one structure; exact, where both meet."""

    exact: bool
    name: str
    lower: Bound
    upper: Bound

    @classmethod
    def of(cls, game: TabularPOSG, horizon: int, name: str, lower: Bound, upper: Bound) -> "Bounds":
        """Bounds on what is returned in so many steps of a game."""
        return cls(upper.value - lower.value <= gap_of(game, horizon), name, lower, upper)


_Known = list[tuple[InformationStructure, Bound]]


@dataclass(frozen=True)
class Values:
    """Bounds for several structures.

    Attributes:
        bounds: of each.
        policy: the best one without sharing that was found; empty where there is none.
        notes: which structures could not be planned exactly, and why.
        lower: what certifies lower bounds.
        policies: by the names of structures, those that were found on the way.
    """

    bounds: list[Bounds]
    policy: list[Step]
    notes: list[str] = field(default_factory=list)
    lower: _Known = field(default_factory=list)
    policies: dict[str, JointPolicy] = field(default_factory=dict)

    def certificate(
        self, game: TabularPOSG, structure: InformationStructure, horizon: int, effort: Effort, report: Report
    ) -> JointPolicy | None:
        """A policy that has the lower bound of a structure; None where none was found."""
        below = [(bound.value, other) for other, bound in self.lower if structure.knows_more_than(other)]
        if not below:
            return None
        _, best = max(below, key=lambda one: one[0])
        if best.name in self.policies:
            return self.policies[best.name]
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
    solved = _Solved(game, horizon, effort, report)
    for structure in [*names, *others]:
        solved.add(structure)
    value, policy = best_found(game, horizon, effort, report("policies without sharing"), solved.explored.get(ONE_STEP))
    lower = [*solved.lower, (information_structure(NOTHING, game.agents), Bound(value, "a policy that shares nothing"))]
    pairs = [(one.name, *_between(one, solved.upper, lower)) for one in structures]
    bounds = [Bounds.of(game, horizon, *pair) for pair in pairs]
    return Values(bounds, policy, solved.notes, lower, solved.policies)


def _same(one: InformationStructure, other: InformationStructure) -> bool:
    return one.knows_more_than(other) and other.knows_more_than(one)


class _Solved:
    """Upper and lower bounds from the structures that can be planned, or explored as far as they fit.

    Attributes:
        upper: of some.
        lower: of some.
        notes: why others are bounded alone, or not at all.
        policies: of some of those that do not fit, by name.
        explored: what was explored of these.
    """

    def __init__(self, game: TabularPOSG, horizon: int, effort: Effort, report: Callable[[str], Report]) -> None:
        self._game, self._horizon, self._effort, self._report = game, horizon, effort, report
        self.upper: _Known = []
        self.lower: _Known = []
        self.notes: list[str] = []
        self.policies: dict[str, JointPolicy] = {}
        self.explored: dict[str, Explored] = {}

    def add(self, structure: InformationStructure) -> None:
        """Bound the value of one."""
        name = structure.name
        try:
            value = exact_value(self._game, structure, self._horizon, self._report(name), self._effort, CELLS)
        except TooLargeError as error:
            if not self._explore(structure):
                self.notes.append(f"{name} is bounded, not planned: {error.problem}")
        except QuorateError as error:
            self.notes.append(error.problem)
        else:
            found = (structure, Bound(value, f"planned: {name}"))
            self.upper.append(found)
            self.lower.append(found)

    def _explore(self, structure: InformationStructure) -> bool:
        """Whether bounds meet where not all fits."""
        game, name, effort = self._game, structure.name, self._effort
        try:
            stage = own_stage(game, structure)
            if stage is None:
                return False
            check_memory(game, stage, CELLS)
            explored = Explored(game, stage, self._horizon, effort)
        except TooLargeError:
            return False
        found = explored.bracket(effort.rounds, self._report(f"{name}, explored"))
        self.explored[name] = explored
        self.upper.append((structure, Bound(found.upper, f"explored: {name}")))
        if found.policy is not None:
            self.lower.append((structure, Bound(found.lower, f"a policy under {name}")))
            self.policies[name] = found.policy
        if not found.meets and stage.trees[0].depth == 1:
            self._tell(structure, stage)
        return found.meets

    def _tell(self, structure: InformationStructure, stage: Stage) -> None:
        """An upper bound by telling the state every few steps, if that can be planned."""
        effort, name = self._effort, structure.name
        report, limit = self._report(f"{name}, state told"), effort.most(stage_size(stage))
        try:
            value = revealed_value(self._game, stage, self._horizon, effort.reveal, report, limit)
        except TooLargeError:
            return
        why = f"planned: {name}, the state told every {effort.reveal} steps"
        self.upper.append((structure, Bound(value, why)))


def _between(structure: InformationStructure, upper: _Known, lower: _Known) -> tuple[Bound, Bound]:
    """The best bounds that hold for a structure."""
    above = [bound for other, bound in upper if other.knows_more_than(structure)]
    below = [bound for other, bound in lower if structure.knows_more_than(other)]
    nothing = Bound(float("inf"), "no structure that knows more could be planned")
    least = Bound(float("-inf"), "no policy was found")
    highest = min(above, key=lambda bound: bound.value, default=nothing)
    return max(below, key=lambda bound: bound.value, default=least), highest
