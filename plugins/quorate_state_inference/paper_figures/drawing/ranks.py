"""Deviation against the rank of J*, as in Fig. 2(g) and 3 of 2410.13953."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from quorate_state_inference.paper_figures.drawing.style import CYCLE, GREY, new_figure
from quorate_state_inference.paper_figures.response import ABSOLUTE, RELATIVE, Ranks, pool

KINDS = {
    "relative": f"rank of J* (singular values > {RELATIVE:g} of the largest)",
    "entropy": "entropy rank of J*",
    "absolute": f"rank of J* (singular values > {ABSOLUTE:g})",
}
SMALLEST = 1e-4


def draw_ranks(runs: dict[str, Ranks]) -> Figure:
    """One panel for each notion of rank; beside each run's points are the quartiles of its deviations."""
    whole = pool(list(runs.values())).summary()
    subject = next(iter(runs)) if len(runs) == 1 else f"{len(runs)} runs"
    figure = new_figure(13.5, 5.0, f"Deviation of fixed points against Jacobian rank: {subject}")
    marginal, *axes = figure.subplots(1, 4, sharey=True, width_ratios=[0.35 + 0.12 * len(runs), 1, 1, 1])
    for index, (name, ranks) in enumerate(runs.items()):
        deviation = ranks.deviation.cpu().numpy().clip(SMALLEST)
        colour = CYCLE[index % len(CYCLE)]
        _draw_marginal(marginal, deviation, index, colour)
        for one, kind in zip(axes, KINDS, strict=True):
            values = getattr(ranks, kind).cpu().numpy()
            spread = np.random.default_rng(0).uniform(-0.25, 0.25, len(values)) * (kind != "entropy")
            one.scatter(values + spread, deviation, s=14, color=colour, alpha=0.5, edgecolors="none", label=name)
    for one, (kind, label) in zip(axes, KINDS.items(), strict=True):
        rho = whole[f"rho_{kind}"]
        one.set_title("rank does not vary" if rho is None else f"Spearman's rho {rho:+.2f}")
        one.set_xlabel(label)
    marginal.set_yscale("log")
    marginal.set_ylabel("deviation D = |s - y*| (2-norm)")
    marginal.set_title("deviations")
    if len(runs) > 1:
        figure.legend(
            *axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=3, markerscale=2, frameon=False
        )
    return figure


def _draw_marginal(axes: Axes, deviation: np.ndarray, place: int, colour: str) -> None:
    jitter = np.random.default_rng(1).uniform(-0.3, 0.3, len(deviation))
    axes.scatter(place + jitter, deviation, s=6, color=colour, alpha=0.35, edgecolors="none")
    low, middle, high = np.quantile(deviation, [0.25, 0.5, 0.75])
    axes.plot([place, place], [low, high], color="black", lw=3, solid_capstyle="butt")
    axes.plot([place - 0.35, place + 0.35], [middle, middle], color="black", lw=1.6)
    axes.set_xticks([])
    axes.spines["bottom"].set_color(GREY)
