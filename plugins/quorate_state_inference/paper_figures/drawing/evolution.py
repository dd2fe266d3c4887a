"""The evolution of estimates, as in Fig. 4 of 2410.13953, and error against iteration."""

from typing import Any

from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure

from quorate_state_inference.paper_figures.drawing.style import BLUE, CYCLE, GREEN, GREY, ORANGE, new_figure
from quorate_state_inference.paper_figures.trajectories import SHOWN, Evolution, Evolutions

ROOM = 20
"""Decibels shown above the highest line; quartiles of binary states can be far higher still."""


def draw_evolution(report: Evolutions, name: str) -> Figure:
    """A row for each order and subset, a column for each iteration, and the end."""
    rows = [*report.orders, *report.subsets]
    figure = new_figure(2.05 * (SHOWN + 1), 2.25 * len(rows) + 1, f"Estimates while agents take turns ({name})")
    axes = figure.subplots(len(rows), SHOWN + 1, squeeze=False, sharex=True, sharey=True)
    for line, evolution in zip(axes, rows, strict=True):
        _draw_row(line, evolution, report)
        line[0].set_ylabel(f"{evolution.label}\nstate feature {report.features[1] + 1}")
    for one in axes[-1]:
        one.set_xlabel(f"state feature {report.features[0] + 1}")
    _add_legend(figure, bool(len(report.subsets) and len(report.subsets[0].allowed)))
    return figure


def draw_errors(report: Evolutions, name: str) -> Figure:
    """PSNR against iteration: all agents on the left, fewer on the right."""
    title = f"Error against iteration ({name})\nlines: dB of the mean squared error; shaded: quartiles of the rows"
    figure = new_figure(12, 5.1, title)
    axes = figure.subplots(1, 2, sharey=True)
    whole = [curve for curve in report.curves if "order" in curve.label]
    fewer = [whole[0], *(curve for curve in report.curves if "order" not in curve.label)]
    titles = ("All agents take turns", "Fewer agents take turns")
    for one, curves, title in zip(axes, (whole, fewer), titles, strict=True):
        for index, curve in enumerate(curves):
            colour = CYCLE[index % len(CYCLE)]
            steps = range(len(curve.psnr))
            one.fill_between(steps, curve.low.cpu(), curve.high.cpu(), color=colour, alpha=0.13, lw=0)
            label = "all agents, order 1" if one is axes[1] and index == 0 else curve.label
            one.plot(steps, curve.psnr.cpu(), color=colour, lw=2, ls=("-", "--", ":", "-.")[index % 4], label=label)
        one.set_title(title)
        one.set_xlabel("iteration: denoiser calls in sequence")
        one.legend(frameon=True, framealpha=0.9, edgecolor="none", loc="lower right")
    axes[0].set_ylabel("PSNR (dB)")
    highest = max(float(curve.psnr.max()) for curve in report.curves)
    axes[0].set_ylim(top=min(highest + ROOM, max(float(curve.high.max()) for curve in report.curves) + 2))
    return figure


def _draw_row(axes: list[Axes], evolution: Evolution, report: Evolutions) -> None:
    path = evolution.path.cpu()
    steps = [(step, step + 1) for step in range(SHOWN)] + [(SHOWN, len(path) - 1)]
    truth = [float(report.state[feature]) for feature in report.features]
    for one, (before, after) in zip(axes, steps, strict=True):
        start, end = path[before], path[after]
        lines = list(zip(start.tolist(), end.tolist(), strict=True))
        one.add_collection(LineCollection(lines, colors=GREY, linewidths=0.5, alpha=0.5, zorder=1))
        one.scatter(start[:, 0], start[:, 1], s=12, facecolors="none", edgecolors=ORANGE, linewidths=0.7, zorder=2)
        one.scatter(end[:, 0], end[:, 1], s=12, color=BLUE, alpha=0.7, edgecolors="none", zorder=3)
        if len(evolution.allowed):
            triangle: dict[str, Any] = {
                "marker": "^",
                "s": 150,
                "facecolors": "none",
                "edgecolors": GREEN,
                "lw": 1.5,
                "zorder": 4,
            }
            one.scatter(evolution.allowed[:, 0].cpu(), evolution.allowed[:, 1].cpu(), **triangle)
        one.scatter(truth[0], truth[1], marker="*", s=130, color="black", edgecolors="white", zorder=5)
        agent = evolution.agents[before % len(evolution.agents)] + 1
        single = after == before + 1 and one is not axes[-1]
        one.set_title(f"{after}: agent {agent}" if single else f"{before + 1} to {after}", fontsize=10)
        one.set_xlim(-2.2, 2.6)
        one.set_ylim(-2.2, 2.6)
        one.set_aspect("equal")


def _add_legend(figure: Figure, with_allowed: bool) -> None:
    from matplotlib.lines import Line2D

    handles = [
        Line2D([], [], ls="", marker="o", ms=5, mfc="none", mec=ORANGE, label="before the iteration"),
        Line2D([], [], ls="", marker="o", ms=5, color=BLUE, label="after it"),
        Line2D([], [], ls="", marker="*", ms=12, color="black", label="true state"),
    ]
    if with_allowed:
        label = "states consistent with what these agents observed"
        handles.append(Line2D([], [], ls="", marker="^", ms=8, mfc="none", mec=GREEN, label=label))
    figure.legend(handles=handles, loc="outside lower center", ncols=4, frameon=False)
