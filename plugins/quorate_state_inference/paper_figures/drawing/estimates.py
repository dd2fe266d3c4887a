"""The true state, what growing groups of agents infer of it, and the error by number of agents."""

import math

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from quorate.interfaces import Environment, Renderable
from quorate_state_inference.paper_figures.drawing.style import BLUE, GREY, RED, empty_grid, new_figure
from quorate_state_inference.paper_figures.estimates import Estimates


def draw_estimates(report: Estimates, environment: Environment, name: str) -> Figure:
    """Panels side by side; without a picture of the state, only the error."""
    panels = len(report.inferred) if isinstance(environment, Renderable) else 0
    title = f"Together agents infer what none of them knows ({name})"
    figure = new_figure(3.6 * (panels + 1.25), 4.6, title)
    axes = empty_grid(figure, panels + 1, panels + 1, width_ratios=[1.0] * panels + [1.25])
    if isinstance(environment, Renderable):
        for one, inferred in zip(axes[:-1], report.inferred, strict=True):
            environment.draw(one, report.state, inferred.estimate)
            verdict = "the true state" if inferred.exact else "not the true state"
            one.set_title(f"{inferred.label}:\n{verdict}", color=BLUE if inferred.exact else RED)
    _draw_errors(axes[-1], report)
    return figure


def _draw_errors(axes: Axes, report: Estimates) -> None:
    axes.plot(report.sizes, report.psnr, "-o", color=BLUE, lw=2)
    for size, decibels, share in zip(report.sizes, report.psnr, report.exact, strict=True):
        if not math.isnan(share):
            axes.annotate(
                f"{share:.0%}", (size, decibels), textcoords="offset points", xytext=(-4, 7), ha="right", color=GREY
            )
    axes.margins(x=0.12, y=0.15)
    axes.set_xlabel("agents that take part (random groups)")
    axes.set_ylabel("PSNR (dB)")
    axes.set_title(f"error over {report.rows} states\n(grey: share inferred exactly)")
