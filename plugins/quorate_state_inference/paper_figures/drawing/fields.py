"""Vector fields, as in Fig. 1 of 2410.13953."""

from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from quorate.interfaces import Environment, Renderable
from quorate_state_inference.paper_figures.drawing.style import BLUE, GREY, INK, KINDS, new_figure
from quorate_state_inference.paper_figures.field import Field, Point, VectorFields

CLOSE = 0.2
"""Attractors this close in the two features get one label."""
NUMBERS = "numbers: share of noises that an attractor draws (exact posterior probability)"
LIMITS = (-2.0, 2.6)


def draw_vector_fields(report: VectorFields, environment: Environment, name: str) -> Figure:
    """The state, then each agent's field."""
    can_draw = isinstance(environment, Renderable)
    count = len(report.fields) + can_draw
    figure = new_figure(3.2 * count, 4.5, f"Where each agent's denoiser sends noisy states ({name})\n{NUMBERS}")
    axes = list(figure.subplots(1, count, squeeze=False)[0])
    if isinstance(environment, Renderable):
        environment.draw(axes[0], report.state)
        axes[0].set_title("the true state")
    for one, field in zip(axes[int(can_draw) :], report.fields, strict=True):
        _draw_field(one, field, report)
    _add_legend(figure, report)
    return figure


def _draw_field(axes: Axes, field: Field, report: VectorFields) -> None:
    start, end = field.start.cpu().numpy(), field.end.cpu().numpy()
    shift = end - start
    arrows: dict[str, Any] = {
        "angles": "xy",
        "scale_units": "xy",
        "scale": 1,
        "width": 0.004,
        "headwidth": 6,
        "headlength": 7,
    }
    axes.quiver(start[:, 0], start[:, 1], shift[:, 0], shift[:, 1], color=GREY, alpha=0.5, zorder=1, **arrows)
    for point in reversed(field.points):  # the largest on top
        marker, colour, _ = KINDS[point.kind]
        size = (190 if marker == "*" else 90) * (0.6 + 0.4 * point.mass)
        axes.scatter(
            point.at[0], point.at[1], marker=marker, s=size, color=colour, edgecolors="white", linewidths=0.9, zorder=4
        )
    truth = [float(report.state[feature]) for feature in report.features]
    axes.scatter(truth[0], truth[1], marker="o", s=420, facecolors="none", edgecolors=BLUE, linewidths=1.6, zorder=3)
    for group in _together(field.points):
        _label(axes, group)
    axes.set_xlim(LIMITS)
    axes.set_ylim(LIMITS)
    axes.set_aspect("equal")
    axes.set_title(field.label.replace(":", " sees"))
    axes.set_xlabel(f"state feature {report.features[0] + 1}")
    axes.set_ylabel(f"state feature {report.features[1] + 1}")


def _together(points: list[Point]) -> list[list[Point]]:
    groups: list[list[Point]] = []
    for point in points:
        group = next((group for group in groups if _distance(group[0], point) < CLOSE), None)
        if group is None:
            groups.append([point])
        else:
            group.append(point)
    return groups


def _distance(first: Point, second: Point) -> float:
    return max(abs(a - b) for a, b in zip(first.at, second.at, strict=True))


def _label(axes: Axes, group: list[Point]) -> None:
    """Beside the attractors, away from the middle of the unit square."""
    lines = [_text(point) for point in group]
    if len(group) > 2:
        lines = [f"{len(group)} attractors:", f"{sum(point.mass for point in group):.2f} in all"]
    right, above = group[0].at[0] > 0.5, group[0].at[1] > 0.5
    axes.annotate(
        "\n".join(lines),
        (group[0].at[0], group[0].at[1]),
        xytext=(9 if right else -9, 9 if above else -9),
        textcoords="offset points",
        ha="left" if right else "right",
        va="bottom" if above else "top",
        fontsize=9,
        color=INK,
        zorder=5,
        bbox={"boxstyle": "round,pad=0.2", "facecolor": "white", "alpha": 0.8, "edgecolor": "none"},
    )


def _text(point: Point) -> str:
    return f"{point.mass:.2f}" if point.exact is None else f"{point.mass:.2f} ({point.exact:.2f})"


def _add_legend(figure: Figure, report: VectorFields) -> None:
    from matplotlib.lines import Line2D

    used = {point.kind for field in report.fields for point in field.points}
    handles = [
        Line2D([], [], ls="", marker=marker, ms=12 if marker == "*" else 8, color=colour, label=meaning)
        for kind, (marker, colour, meaning) in KINDS.items()
        if kind in used
    ]
    ring = Line2D([], [], ls="", marker="o", ms=13, mfc="none", mec=BLUE, mew=1.6, label="true state")
    arrow = Line2D([], [], color=GREY, lw=1.2, label="noisy state to denoised state")
    figure.legend(handles=[*handles, ring, arrow], loc="outside lower center", ncols=5, frameon=False)
