"""The surrogate regression's residual against deviations, as in Fig. 2(g) of 2410.13953."""

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from quorate_state_inference.paper_figures.drawing.style import BLUE, CYCLE, GREEN, GREY, INK, ORANGE, RED, new_figure
from quorate_state_inference.paper_figures.regression import Surrogate
from quorate_state_inference.paper_figures.response import Ranks

SMALLEST = 1e-4
DECADES = 20


def draw_surrogate(report: Surrogate, ranks: Ranks | None, name: str) -> Figure:
    """R and D against eps; where there are ranks, also the fixed points under the lines R."""
    middle = report.bounds[len(report.bounds) // 2]
    title = f"Surrogate regression of {name}: {middle.covered:.0%} of deviations are below R at the median eps"
    figure = new_figure(12, 4.8, title)
    left, right = figure.subplots(1, 2, sharey=True)
    _draw_against_epsilon(left, report)
    _draw_lines(right, report, ranks)
    low, high = left.get_ylim()
    if high < DECADES * low:  # a logarithmic axis would have hardly a tick
        left.set_yscale("linear")
        left.set_ylim(bottom=0)
    return figure


def _draw_against_epsilon(axes: Axes, report: Surrogate) -> None:
    places = range(len(report.bounds))
    low, high = zip(*(bound.residual_quartiles for bound in report.bounds), strict=True)
    axes.fill_between(places, [max(value, SMALLEST) for value in low], high, color=BLUE, alpha=0.15, lw=0)
    for attribute, colour, marker, label in (
        ("residual", BLUE, "o", "R, mean and quartiles over centres (squared error)"),
        ("root", ORANGE, "s", "square root of R"),
        ("deviation", RED, "D", "D, mean over neighbourhoods"),
    ):
        values = [max(getattr(bound, attribute), SMALLEST) for bound in report.bounds]
        axes.plot(places, values, marker=marker, color=colour, label=label)
    for place, bound in enumerate(report.bounds):
        text = f"{bound.covered:.0%}\n|M| {bound.members:.0f}" + ("*" if bound.interpolated > 0.5 else "")
        axes.annotate(text, (place, 1.02), xycoords=("data", "axes fraction"), ha="center", fontsize=8.5)
    axes.set_yscale("log")
    names = [f"{bound.epsilon:.3g}\n({bound.quantile:.0%} quantile)" for bound in report.bounds]
    axes.set_xticks(places, names, fontsize=8.5)
    axes.set_xlim(-0.35, len(names) - 0.65)
    axes.set_xlabel("eps: largest distance ||dJ||_F from the centre's Jacobian")
    axes.set_ylabel("R, its root, and deviation D")
    axes.set_title("Share of D below R, and neighbours (* so few that R is interpolated)", pad=34, fontsize=10)
    axes.legend(loc="best", frameon=True, framealpha=0.9, edgecolor="none")


def _draw_lines(axes: Axes, report: Surrogate, ranks: Ranks | None) -> None:
    if ranks is None:
        deviation = report.deviation.cpu().clamp(min=SMALLEST)
        axes.scatter(range(len(deviation)), deviation, s=14, color=GREEN, alpha=0.6, edgecolors="none")
        axes.set_xlabel("sample")
    else:
        deviation = ranks.deviation.cpu().clamp(min=SMALLEST)
        axes.scatter(ranks.relative.cpu(), deviation, s=16, color=GREEN, alpha=0.5, edgecolors="none")
        axes.set_xlabel("rank of J* (relative tolerance)")
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    chosen = [report.bounds[0], report.bounds[len(report.bounds) // 2], report.bounds[-1]]
    for bound, colour, style in zip(chosen, CYCLE, (":", "--", "-"), strict=False):
        label = f"R at eps {bound.epsilon:.3g}: {bound.residual:.2f}"
        axes.axhline(max(bound.residual, SMALLEST), color=colour, ls=style, lw=1.6, label=label)
    axes.set_title("Deviations of single fixed points under R", color=INK)
    axes.legend(loc="best", frameon=True, framealpha=0.9, edgecolor=GREY)
