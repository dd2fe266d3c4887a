"""Posterior probabilities against the frequencies of the attractors."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from quorate_state_inference.paper_figures.drawing.style import (
    BLUE,
    GREY,
    ORANGE,
    RED,
    empty_grid,
    legend_below,
    new_figure,
)
from quorate_state_inference.paper_figures.frequencies import Frequencies

MOST_PANELS = 16
MOST_STATES = 12
LOWEST = 1e-3


def draw_frequencies(report: Frequencies, name: str) -> Figure:
    """Bars for each history where there are few, else two scatters."""
    numbers = report.summary()
    title = (
        f"Posterior and frequencies of attractors ({name})\n"
        f"total variation {numbers['total_variation_mean']:.3f} on average"
        f" ({numbers['floor_mean']:.3f} from sampling alone)"
    )
    histories, states = report.exact.shape
    if histories <= MOST_PANELS and states <= MOST_STATES:
        return _draw_bars(report, title)
    figure = new_figure(11.5, 4.8, title)
    left, right = figure.subplots(1, 2)
    _draw_marginals(left, report)
    _draw_states(right, report)
    return figure


def _draw_bars(report: Frequencies, title: str) -> Figure:
    columns = 3 if len(report.labels) % 3 == 0 else 4
    rows = -(-len(report.labels) // columns)
    figure = new_figure(3.2 * columns, 1.2 + 1.75 * rows, title)
    axes = empty_grid(figure, len(report.labels), columns, sharex=True, sharey=True)
    elsewhere = report.elsewhere.tolist()
    for index, (one, label) in enumerate(zip(axes, report.labels, strict=True)):
        exact, found = [*report.exact[index].tolist(), 0.0], [*report.found[index].tolist(), elsewhere[index]]
        places = np.arange(len(exact))
        one.bar(places - 0.2, exact, 0.4, color=GREY, label="exact posterior")
        colours = [BLUE] * (len(exact) - 1) + [RED]
        one.bar(places + 0.2, found, 0.4, color=colours, label="flows from noise" if index == 0 else None)
        one.set_title(label.replace(":", " sees"), fontsize=10)
        one.set_xticks(places, [*(str(state + 1) for state in range(len(exact) - 1)), "none"])
        one.set_ylim(0, 1.08)
    for one in axes[-columns:]:
        one.set_xlabel("state")
    for one in axes[::columns]:
        one.set_ylabel("probability")
    legend_below(figure, axes)
    return figure


def _draw_marginals(axes: Axes, report: Frequencies) -> None:
    exact, found = report.exact_marginal.flatten().cpu().numpy(), report.found_marginal.flatten().cpu().numpy()
    axes.plot([LOWEST, 1], [LOWEST, 1], color=GREY, lw=1, ls="--")
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.scatter(exact.clip(LOWEST), found.clip(LOWEST), s=16, color=BLUE, alpha=0.35, edgecolors="none")
    axes.set_xlabel("posterior mean of the feature")
    axes.set_ylabel("mean over flows from noise")
    axes.set_title(f"State features of each history, no less than {LOWEST:g} drawn")


def _draw_states(axes: Axes, report: Frequencies) -> None:
    lowest = 0.3 / report.noises
    shown = (report.exact > lowest / 10) | (report.found > 0)
    exact, found = report.exact[shown].cpu().numpy(), report.found[shown].cpu().numpy()
    axes.plot([lowest / 3, 1], [lowest / 3, 1], color=GREY, lw=1, ls="--")
    axes.scatter(exact.clip(lowest / 3), found.clip(lowest), s=18, color=ORANGE, alpha=0.45, edgecolors="none")
    axes.axhline(lowest * 1.6, color=GREY, lw=0.8, ls=":")
    axes.text(1, lowest * 1.7, f"below: never met in {report.noises} flows", fontsize=8.5, ha="right", va="bottom")
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xlabel("posterior probability of the state")
    axes.set_ylabel("share of flows from noise")
    axes.set_title(f"Single states; {float(report.elsewhere.mean()):.0%} of the flows end at none")
