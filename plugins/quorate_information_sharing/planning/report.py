"""What ``quorate information values`` computes, prints and draws."""

import io
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from quorate.config import compose_component
from quorate.information import information_structure
from quorate.interfaces.algorithm import Report as Progress
from quorate.output import heading, table
from quorate.registry import Registry
from quorate.run import write_bytes
from quorate_information_sharing.planning.backward import named
from quorate_information_sharing.planning.bounds import Bounds, bound_structures
from quorate_information_sharing.planning.effort import Effort
from quorate_information_sharing.planning.source import game_of

BLUE = "#0072b2"


@dataclass(frozen=True)
class Found:
    """What was found of a game."""

    game: str
    horizon: int
    bounds: list[Bounds]


def values(
    registry: Registry,
    name: str,
    overrides: Sequence[str],
    structures: Sequence[str],
    horizon: int | None,
    effort: Effort,
    progress: Progress,
) -> Found:
    """Bounds for each structure.

    Raises:
        QuorateError: the game, its settings or a structure is unknown, or it is no team's game of tables.
    """
    game = game_of(compose_component("environment", name, registry, overrides=overrides))
    asked = [information_structure(word, game.agents, "--structure") for word in structures]
    steps = horizon or game.horizon
    return Found(name, steps, bound_structures(game, asked, steps, effort, named(progress)).bounds)


def as_data(found: Found) -> dict[str, Any]:
    """For JSON."""
    bounds = [{"exact": each.exact, **asdict(each)} for each in found.bounds]
    return {"game": found.game, "horizon": found.horizon, "structures": bounds}


def show(found: Found) -> None:
    """Print a table."""
    heading(f"{found.game}, {found.horizon} steps: the best expected return of a team")
    rows = [["structure", "at least", "at most", "because"]]
    for each in found.bounds:
        why = dict.fromkeys([each.lower.because, each.upper.because])
        rows.append([each.name, f"{each.lower.value:.6f}", f"{each.upper.value:.6f}", "; ".join(why)])
    table(rows)


def draw(found: Found, path: Path) -> None:
    """Draw value against sharing; bars where bounds do not meet."""
    figure = Figure(figsize=(1.5 + 1.1 * len(found.bounds), 4), layout="constrained")
    FigureCanvasAgg(figure)
    panel = figure.subplots()
    for place, each in enumerate(found.bounds):
        low, high = each.lower.value, each.upper.value
        panel.plot([place, place], [low, high], color=BLUE, lw=8, alpha=0.35, solid_capstyle="butt")
        panel.plot([place], [high if each.exact else low], "o", color=BLUE, fillstyle="full" if each.exact else "none")
        panel.annotate(f"{low:.2f}", (place, low), (0, -14), textcoords="offset points", ha="center", fontsize=8)
    panel.set_xticks(range(len(found.bounds)), [each.name for each in found.bounds], rotation=20)
    panel.set(title=f"{found.game}, {found.horizon} steps", ylabel="expected return of the team")
    panel.margins(0.12)
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=110, metadata={"Software": None})
    write_bytes(path, buffer.getvalue())
