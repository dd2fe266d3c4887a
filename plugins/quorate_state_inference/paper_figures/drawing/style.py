"""What the pictures have in common: a colour-blind safe palette (Okabe and Ito)."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import matplotlib
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

BLUE, ORANGE, GREEN, RED = "#0072b2", "#e69f00", "#009e73", "#d55e00"
SKY, PINK, INK, GREY = "#56b4e9", "#cc79a7", "#3a3f47", "#9aa1ab"
CYCLE = (BLUE, RED, GREEN, PINK, ORANGE, SKY, INK)
KINDS = {
    "true": ("*", BLUE, "attractor at the true state"),
    "consistent": ("o", GREEN, "attractor at another consistent state"),
    "spurious": ("X", RED, "attractor at no consistent state"),
    "other": ("o", GREEN, "attractor elsewhere"),
}
"""Marker, colour and meaning of each kind of attractor; the marker repeats what the colour says."""
RESOLUTION = 140
_SETTINGS: dict[Any, Any] = {
    "font.size": 10,
    "axes.titlesize": 11,
    "axes.labelsize": 10,
    "legend.fontsize": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": GREY,
    "figure.facecolor": "white",
}


@contextmanager
def style() -> Iterator[None]:
    """The settings of all pictures, inside of the context only."""
    with matplotlib.rc_context(_SETTINGS):
        yield


def new_figure(width: float, height: float, title: str) -> Figure:
    """A figure that needs no display, in inches, with room for the title."""
    figure = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(figure)
    figure.suptitle(title, fontsize=13)
    return figure


def empty_grid(figure: Figure, count: int, columns: int, **keywords: Any) -> list[Axes]:
    """`count` axes in rows of `columns`; places without one stay blank."""
    rows = -(-count // columns)
    axes = figure.subplots(rows, min(columns, count), squeeze=False, **keywords).flatten().tolist()
    for blank in axes[count:]:
        blank.set_axis_off()
    return list(axes[:count])


def legend_below(figure: Figure, axes: Axes | list[Axes], columns: int = 4) -> None:
    """One legend for all axes, below them, each label once."""
    named: dict[str, Any] = {}
    for one in axes if isinstance(axes, list) else [axes]:
        handles, labels = one.get_legend_handles_labels()
        for handle, label in zip(handles, labels, strict=True):
            named.setdefault(label, handle)
    if named:
        figure.legend(named.values(), named.keys(), loc="outside lower center", ncols=columns, frameon=False)
