"""Fig. 1 and 2 of 2605.07101: what they show, in our style (colours: Okabe and Ito)."""

from collections.abc import Sequence
from typing import Any

import matplotlib
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from quorate_decision_games.paper_figures.curves import SHOWN, SINGLE, Curves
from quorate_decision_games.payoff import Payoff
from quorate_decision_games.settings import Projection

GREY = "#9aa1ab"
LOOKS = {
    Projection.ALL_POLICIES: ("#0072b2", "-", "all policies"),
    Projection.GAUSSIAN: ("#d55e00", "--", "Gaussian policies"),
    Projection.DDPM: ("#009e73", "-.", "DDPM policies"),
}
"""Colour, line and name of each policy class; the line repeats what the colour says."""
STYLE: dict[Any, Any] = {
    "font.size": 10,
    "axes.titlesize": 11,
    "legend.fontsize": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": GREY,
    "figure.facecolor": "white",
}


def draw_policies(curves: Sequence[Curves], title: str) -> Figure:
    """One panel for each epoch that all curves hold: an agent in the run that reached s1 last; bumps in grey."""
    epochs = sorted(set.intersection(*(set(one.densities) for one in curves)))
    with matplotlib.rc_context(STYLE):
        figure = _figure(3.1 * len(epochs), 3.4, title)
        panels = figure.subplots(1, len(epochs), squeeze=False)[0]
        for panel, epoch in zip(panels, epochs, strict=True):
            _mark_bumps(panel)
            for one in curves:
                colour, line, name = LOOKS[one.projection]
                panel.plot(SHOWN, one.densities[epoch][one.latest].cpu(), line, color=colour, lw=1.8, label=name)
            panel.set(title=f"epoch {epoch}", xlabel="action", xlim=(-1, 1), ylim=(0, None))
        panels[0].set_ylabel("probability density")
        figure.legend(*panels[0].get_legend_handles_labels(), loc="outside lower center", ncols=4, frameon=False)
    return figure


def draw_returns(groups: Sequence[Sequence[Curves]], title: str) -> Figure:
    """One panel for each number of agents: mean expected return (thick) and each run (thin), over epochs."""
    with matplotlib.rc_context(STYLE):
        figure = _figure(max(7.0, 5.0 * len(groups)), 4.0, title)
        panels = figure.subplots(1, len(groups), squeeze=False)[0]
        for panel, group in zip(panels, groups, strict=True):
            optimum, agents = group[0].optimum, group[0].agents
            panel.axhline(optimum, color=GREY, lw=1, ls=":")
            panel.annotate(f"optimum {optimum:.1f}", (0, optimum), color="#3a3f47", va="bottom", fontsize=9)
            for one in group:
                _draw_runs(panel, one)
            panel.set(title=f"n = {agents} agent{'s' * (agents > 1)}", xlabel="epoch", ylabel="expected return")
            panel.set_ylim(top=1.1 * optimum)
        figure.legend(*panels[0].get_legend_handles_labels(), loc="outside lower center", ncols=3, frameon=False)
    return figure


def _draw_runs(panel: Axes, one: Curves) -> None:
    colour, line, name = LOOKS[one.projection]
    returns = one.returns.cpu()
    panel.plot(returns, color=colour, lw=0.7, alpha=0.4)
    panel.plot(returns.mean(-1), line, color=colour, lw=2.2, label=name)


def _mark_bumps(panel: Axes) -> None:
    """Where r_start has its bumps; the one that leads to s1 is darker."""
    payoff, offset = Payoff(SINGLE), SINGLE.bump_offset
    width = float(SHOWN[payoff.success(SHOWN) > 0.5 * SINGLE.success_peak].max()) + offset
    for place, alpha in ((-offset, 0.45), (offset, 0.2)):
        panel.axvspan(place - width, place + width, color=GREY, alpha=alpha, lw=0)


def _figure(width: float, height: float, title: str) -> Figure:
    figure = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(figure)
    figure.suptitle(title, fontsize=12)
    return figure
