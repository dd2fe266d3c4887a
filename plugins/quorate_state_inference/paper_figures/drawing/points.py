"""Fixed points: how far from the consistent states, how stable, and how many are missing."""

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from quorate_state_inference.paper_figures.consistency import RADIUS, FixedPoints
from quorate_state_inference.paper_figures.drawing.style import BLUE, GREEN, GREY, INK, RED, legend_below, new_figure

MOST_NAMES = 32
SMALLEST = 1e-5


def draw_fixed_points(report: FixedPoints, name: str) -> Figure:
    """Attractors by deviation and eigenvalue; consistent states with and without an attractor, by history."""
    title = f"Fixed points of {name}: {report.missing} of {int(report.checked.sum())} consistent states have none"
    names = min(len(report.labels), MOST_NAMES)
    figure = new_figure(12, max(4.6, 2.2 + 0.21 * names), title)
    left, right = figure.subplots(1, 2, width_ratios=[1.15, 1])
    _draw_attractors(left, report)
    _draw_histories(right, report, names)
    legend_below(figure, [left, right])
    return figure


def _draw_attractors(axes: Axes, report: FixedPoints) -> None:
    good = report.good.cpu().numpy()
    deviation = report.deviation.cpu().numpy().clip(SMALLEST)
    eigenvalue = report.eigenvalue.cpu().numpy().clip(1e-8)
    size = 25 + 350 * report.mass.cpu().numpy()
    for chosen, colour, marker, label in (
        (good, BLUE, "o", "attractors at a consistent state"),
        (~good, RED, "X", "attractors elsewhere, or unstable"),
    ):
        if chosen.any():
            places, shown = (deviation[chosen], eigenvalue[chosen]), f"{label} ({chosen.sum()})"
            axes.scatter(*places, s=size[chosen], c=colour, marker=marker, alpha=0.55)
            axes.scatter([], [], s=60, c=colour, marker=marker, label=shown)
    axes.axvline(RADIUS, color=GREY, ls="--", lw=1)
    axes.axhline(1, color=GREY, ls="--", lw=1)
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xlabel(f"distance to the nearest consistent state (2-norm; at least {SMALLEST:g} drawn)")
    axes.set_ylabel("largest |eigenvalue| of df/dy (stable below 1)")
    axes.set_title("Attractors; area shows the share of noises drawn")


def _draw_histories(axes: Axes, report: FixedPoints, names: int) -> None:
    places = np.arange(names)
    found = report.found.sum(-1)[:names].cpu().numpy()
    spurious = report.spurious_of_history[:names].cpu().numpy()
    axes.barh(places, found, color=GREEN, label="flows that end at a consistent state")
    colours: dict[str, Any] = {"color": RED, "hatch": "///", "edgecolor": "white"}
    axes.barh(places, spurious, left=found, **colours, label="flows that end elsewhere")
    missing = (report.checked & ~report.represented).sum(-1)[:names].tolist()
    checked = report.checked.sum(-1)[:names].tolist()
    for place, lost, total in zip(places, missing, checked, strict=True):
        text = f"{total - lost}/{total}"
        axes.text(1.02, float(place), text, va="center", color=RED if lost else INK, fontsize=8.5)
    axes.text(1.02, -1.1, "states with\nattractor", fontsize=8.5, va="bottom", color=INK)
    axes.set_yticks(places, report.labels[:names], fontsize=8.5)
    axes.set_ylim(names - 0.4, -1)
    axes.set_xlim(0, 1)
    axes.set_xlabel("share of noises")
    axes.set_title("Where flows from noise end, for each history", pad=22)
