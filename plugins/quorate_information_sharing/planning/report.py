"""What ``quorate information values`` computes, prints and draws."""

import io
import math
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from quorate.config import compose_component
from quorate.errors import QuorateError
from quorate.information import information_structure
from quorate.interfaces.algorithm import Report as Progress
from quorate.output import heading, say, table
from quorate.registry import Registry
from quorate.run import write_bytes
from quorate_information_sharing.planning.approximation import approximate_plan
from quorate_information_sharing.planning.backward import Report, named
from quorate_information_sharing.planning.bounds import Bound, Bounds, bound_structures
from quorate_information_sharing.planning.effort import Effort, check_length
from quorate_information_sharing.planning.settings import Solution
from quorate_information_sharing.planning.solutions import Assessed, Task, independent_plan, largest_gap, solution_of
from quorate_information_sharing.planning.source import game_of

BLUE, ORANGE = "#0072b2", "#e69f00"


@dataclass(frozen=True)
class Equilibrium:
    """What was planned under one structure for agents who are paid differently.

    Attributes:
        name: of the structure.
        values: what each agent expects.
        gap: what an agent could gain at most by deviating alone.
    """

    name: str
    values: list[float]
    gap: float


@dataclass(frozen=True)
class Remembered:
    """What a plan with finite memory is, under one structure (2308.08705, approximate common information).

    Attributes:
        memory: L, steps of what is common that are remembered.
        model: what the first agent expects by the model.
        policy: what each agent has of the policy, in the game itself.
        error_reward: eps_r, the largest of all steps.
        error_common: eps_z, likewise.
        error_bound: how far the model's values are at most from the game's.
    """

    memory: int
    model: float
    policy: list[float]
    error_reward: float
    error_common: float
    error_bound: float


@dataclass(frozen=True)
class Found:
    """What was found of a game.

    Attributes:
        game: its name.
        horizon: steps of an episode.
        solution: what was planned.
        bounds: of a team, for each structure.
        equilibria: of others, for each structure that could be planned.
        remembered: of each of these, if memory is finite.
        notes: which structures were not planned, and why.
    """

    game: str
    horizon: int
    solution: Solution
    bounds: list[Bounds] = field(default_factory=list)
    equilibria: list[Equilibrium] = field(default_factory=list)
    remembered: list[Remembered] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def values(
    registry: Registry,
    name: str,
    overrides: Sequence[str],
    structures: Sequence[object],
    horizon: int | None,
    effort: Effort,
    progress: Progress,
    solution: Solution | None = None,
    memory: int | None = None,
) -> Found:
    """Bounds, or equilibria, for each structure.

    Raises:
        QuorateError: the game, its settings or a structure is unknown, it is no game of tables, or no structure that
            was asked for could be planned.
    """
    game = game_of(compose_component("environment", name, registry, overrides=overrides))
    asked = [information_structure(word, game.agents, "--structure") for word in structures]
    steps, wanted = horizon or game.horizon, solution_of(game, solution)
    check_length(steps)
    tasks, report = [Task(game, structure, steps, wanted) for structure in asked], named(progress)
    if memory is not None:
        return _with_memory(name, tasks, memory, effort, report)
    if wanted is Solution.TEAM:
        found = bound_structures(game, asked, steps, effort, report)
        return Found(name, steps, wanted, bounds=found.bounds, notes=found.notes)
    planned, notes = _planned(tasks, lambda task: independent_plan(task, effort, report(task.structure.name)))
    return Found(name, steps, wanted, equilibria=_equilibria(planned), notes=notes)


def _with_memory(name: str, tasks: list[Task], memory: int, effort: Effort, report: Callable[[str], Report]) -> Found:
    """What plans are that remember a few steps of what is common."""
    steps, wanted = tasks[0].horizon, tasks[0].solution
    planned, notes = _planned(tasks, lambda task: approximate_plan(task, memory, effort, report(task.structure.name)))
    numbers = [
        Remembered(
            memory,
            float(one.plan.values[0]),
            one.values.tolist(),
            float(one.reward_error.max()),
            float(one.common_error.max()),
            one.bound,
        )
        for _, one in planned
    ]
    if wanted is not Solution.TEAM:
        return Found(name, steps, wanted, equilibria=_equilibria(planned), remembered=numbers, notes=notes)
    lower = Bound(0, f"a policy that remembers {memory} steps")
    bounds = [
        Bounds.of(
            tasks[0].game,
            steps,
            structure,
            replace(lower, value=one.policy[0]),
            Bound(one.model + one.error_bound, "the model's value, and its error"),
        )
        for (structure, _), one in zip(planned, numbers, strict=True)
    ]
    return Found(name, steps, wanted, bounds=bounds, remembered=numbers, notes=notes)


_Planned = TypeVar("_Planned")


def _planned(tasks: list[Task], plan: Callable[[Task], _Planned]) -> tuple[list[tuple[str, _Planned]], list[str]]:
    """Of those structures that can be planned, by name; of the others, why not."""
    found: list[tuple[str, _Planned]] = []
    refused: list[QuorateError] = []
    for task in tasks:
        try:
            found.append((task.structure.name, plan(task)))
        except QuorateError as error:
            refused.append(error)
    if refused and not found:
        raise refused[0]
    return found, [error.problem for error in refused]


def _equilibria(planned: Sequence[tuple[str, Assessed]]) -> list[Equilibrium]:
    return [Equilibrium(name, one.values.tolist(), largest_gap(one.gaps)) for name, one in planned]


def as_data(found: Found) -> dict[str, Any]:
    """For JSON; bounds that are not known are null."""
    bounds = [_finite(asdict(each)) for each in found.bounds]
    equilibria = [asdict(each) for each in found.equilibria]
    remembered = [asdict(each) for each in found.remembered]
    planned = bounds or equilibria
    for one, more in zip(planned, remembered, strict=False):
        one.update(more)
    named = {"game": found.game, "horizon": found.horizon, "solution": found.solution.value}
    return {**named, "structures": planned, "notes": found.notes}


def _finite(data: dict[str, Any]) -> dict[str, Any]:
    def number(value: Any) -> Any:
        return None if isinstance(value, float) and not math.isfinite(value) else value

    return {key: _finite(value) if isinstance(value, dict) else number(value) for key, value in data.items()}


def _shown(value: float) -> str:
    """Six decimals; of what is smaller than some of them, as many digits."""
    return f"{value:.6f}" if value == 0 or abs(value) >= 1e-3 else f"{value:.6g}"


def show(found: Found) -> None:
    """Print a table, and why some structures were not planned."""
    if found.remembered:
        title, rows = f"plans that remember {found.remembered[0].memory} of the last steps", _rows_of_memory(found)
    elif found.solution is Solution.TEAM:
        title, rows = "the best expected return of a team", [["structure", "at least", "at most", "because"]]
        for each in found.bounds:
            why = dict.fromkeys([each.lower.because, each.upper.because])
            rows.append([each.name, _shown(each.lower.value), _shown(each.upper.value), "; ".join(why)])
    else:
        title = f"what agents expect ({found.solution.value})"
        rows = [["structure", "agent 1", "agent 2", "gap"]]
        rows += [[one.name, *map(_shown, one.values), f"{one.gap:.1e}"] for one in found.equilibria]
    heading(f"{found.game}, {found.horizon} steps: {title}")
    table(rows)
    for note in found.notes:
        say(note)


def _rows_of_memory(found: Found) -> list[list[str]]:
    team = found.solution is Solution.TEAM
    own = ["policy"] if team else ["agent 1", "agent 2", "gap"]
    rows = [["structure", "model", *own, "eps_r", "eps_z", "off by at most"]]
    ends: list[tuple[str, list[str]]] = [(one.name, []) for one in found.bounds]
    ends += [(one.name, [f"{one.gap:.1e}"]) for one in found.equilibria]
    for (name, gap), one in zip(ends, found.remembered, strict=True):
        worth = [_shown(value) for value in (one.policy[:1] if team else one.policy)]
        errors = [_shown(error) for error in (one.error_reward, one.error_common, one.error_bound)]
        rows.append([name, _shown(one.model), *worth, *gap, *errors])
    return rows


def draw(found: Found, path: Path) -> None:
    """Draw value against sharing; bars where bounds do not meet."""
    names = [each.name for each in (found.bounds or found.equilibria)]
    figure = Figure(figsize=(1.5 + 1.1 * len(names), 4), layout="constrained")
    FigureCanvasAgg(figure)
    panel = figure.subplots()
    if found.bounds:
        _draw_bounds(panel, found.bounds)
    else:
        _draw_equilibria(panel, found.equilibria)
    panel.set_xticks(range(len(names)), names, rotation=20)
    of_whom = "of the team" if found.bounds else "of each agent"
    panel.set(title=f"{found.game}, {found.horizon} steps", ylabel=f"expected return {of_whom}")
    panel.margins(0.12)
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=110, metadata={"Software": None})
    write_bytes(path, buffer.getvalue())


def _draw_bounds(panel: Axes, bounds: Sequence[Bounds]) -> None:
    for place, each in enumerate(bounds):
        low, high = each.lower.value, each.upper.value
        panel.plot([place, place], [low, high], color=BLUE, lw=8, alpha=0.35, solid_capstyle="butt")
        panel.plot([place], [high if each.exact else low], "o", color=BLUE, fillstyle="full" if each.exact else "none")
        panel.annotate(
            f"{low:.2f}" if abs(low) >= 0.1 else f"{low:.2g}",
            (place, low),
            (0, -14),
            textcoords="offset points",
            ha="center",
            fontsize=8,
        )


def _draw_equilibria(panel: Axes, equilibria: Sequence[Equilibrium]) -> None:
    for agent, (colour, sign) in enumerate(((BLUE, "o"), (ORANGE, "s"))):
        heights = [each.values[agent] for each in equilibria]
        panel.plot(range(len(heights)), heights, sign, color=colour, label=f"agent {agent + 1}")
    panel.axhline(0, color="0.8", lw=0.8, zorder=0)
    panel.legend(frameon=False)
