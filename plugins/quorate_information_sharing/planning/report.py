"""What ``quorate information values`` computes, prints and draws."""

import io
import math
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from quorate.config import compose_component
from quorate.errors import QuorateError
from quorate.information import InformationStructure, information_structure
from quorate.interfaces.algorithm import Report as Progress
from quorate.output import heading, say, table
from quorate.registry import Registry
from quorate.run import write_bytes
from quorate_information_sharing.planning.backward import Report, named
from quorate_information_sharing.planning.bounds import Bounds, bound_structures
from quorate_information_sharing.planning.effort import Effort
from quorate_information_sharing.planning.settings import Solution
from quorate_information_sharing.planning.solutions import Task, independent_plan, largest_gap, solution_of
from quorate_information_sharing.planning.source import game_of
from quorate_information_sharing.posg import TabularPOSG

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
class Found:
    """What was found of a game.

    Attributes:
        game: its name.
        horizon: steps of an episode.
        solution: what was planned.
        bounds: of a team, for each structure.
        equilibria: of others, for each structure that could be planned.
        notes: which structures were not planned, and why.
    """

    game: str
    horizon: int
    solution: Solution
    bounds: list[Bounds] = field(default_factory=list)
    equilibria: list[Equilibrium] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def values(
    registry: Registry,
    name: str,
    overrides: Sequence[str],
    structures: Sequence[str],
    horizon: int | None,
    effort: Effort,
    progress: Progress,
    solution: Solution | None = None,
) -> Found:
    """Bounds, or equilibria, for each structure.

    Raises:
        QuorateError: the game, its settings or a structure is unknown, it is no game of tables, or no structure that
            was asked for could be planned.
    """
    game = game_of(compose_component("environment", name, registry, overrides=overrides))
    asked = [information_structure(word, game.agents, "--structure") for word in structures]
    steps, wanted = horizon or game.horizon, solution_of(game, solution)
    if wanted is Solution.TEAM:
        found = bound_structures(game, asked, steps, effort, named(progress))
        return Found(name, steps, wanted, bounds=found.bounds, notes=found.notes)
    equilibria, notes = _equilibria(game, asked, steps, wanted, effort, named(progress))
    return Found(name, steps, wanted, equilibria=equilibria, notes=notes)


def _equilibria(
    game: TabularPOSG,
    structures: Sequence[InformationStructure],
    horizon: int,
    solution: Solution,
    effort: Effort,
    report: Callable[[str], Report],
) -> tuple[list[Equilibrium], list[str]]:
    """Of those structures that can be planned; of the others, why not."""
    found: list[Equilibrium] = []
    refused: list[QuorateError] = []
    for structure in structures:
        try:
            planned = independent_plan(Task(game, structure, horizon, solution), effort, report(structure.name))
            found.append(Equilibrium(structure.name, planned.values.tolist(), largest_gap(planned.gaps)))
        except QuorateError as error:
            refused.append(error)
    if refused and not found:
        raise refused[0]
    return found, [error.problem for error in refused]


def as_data(found: Found) -> dict[str, Any]:
    """For JSON; bounds that are not known are null."""
    bounds = [{"exact": each.exact, **_finite(asdict(each))} for each in found.bounds]
    equilibria = [asdict(each) for each in found.equilibria]
    named = {"game": found.game, "horizon": found.horizon, "solution": found.solution.value}
    return {**named, "structures": bounds or equilibria, "notes": found.notes}


def _finite(data: dict[str, Any]) -> dict[str, Any]:
    def number(value: Any) -> Any:
        return None if isinstance(value, float) and not math.isfinite(value) else value

    return {key: _finite(value) if isinstance(value, dict) else number(value) for key, value in data.items()}


def show(found: Found) -> None:
    """Print a table, and why some structures were not planned."""
    if found.solution is Solution.TEAM:
        heading(f"{found.game}, {found.horizon} steps: the best expected return of a team")
        rows = [["structure", "at least", "at most", "because"]]
        for each in found.bounds:
            why = dict.fromkeys([each.lower.because, each.upper.because])
            rows.append([each.name, f"{each.lower.value:.6f}", f"{each.upper.value:.6f}", "; ".join(why)])
    else:
        heading(f"{found.game}, {found.horizon} steps: what agents expect ({found.solution.value})")
        rows = [["structure", "agent 1", "agent 2", "gap"]]
        rows += [[one.name, *(f"{value:.6f}" for value in one.values), f"{one.gap:.1e}"] for one in found.equilibria]
    table(rows)
    for note in found.notes:
        say(note)


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
        panel.annotate(f"{low:.2f}", (place, low), (0, -14), textcoords="offset points", ha="center", fontsize=8)


def _draw_equilibria(panel: Axes, equilibria: Sequence[Equilibrium]) -> None:
    for agent, (colour, sign) in enumerate(((BLUE, "o"), (ORANGE, "s"))):
        heights = [each.values[agent] for each in equilibria]
        panel.plot(range(len(heights)), heights, sign, color=colour, label=f"agent {agent + 1}")
    panel.axhline(0, color="0.8", lw=0.8, zorder=0)
    panel.legend(frameon=False)
