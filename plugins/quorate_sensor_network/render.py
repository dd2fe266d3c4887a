"""Pictures of a sensor network: its state, what is scanned, and an estimate of the state."""

from typing import TYPE_CHECKING, Any

from torch import Tensor

from quorate_sensor_network.network import Network

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.colors import Colormap

INK = "#3a3f47"
IDLE = "#c9ced6"
TARGET = "#d55e00"
SCAN = "#009e73"
LEVELS = (0.0, 0.2, 0.5, 1.0)
MARGIN = 0.3
"""Room around the outer sensors, in steps of the grid; the symbols of a single row need it."""
ROOMY = 6
"""Rows or columns beyond which symbols shrink."""

Point = tuple[float, float]


def draw(
    axes: "Axes", network: Network, state: Tensor, estimate: Tensor | None = None, actions: Tensor | None = None
) -> None:
    """Draw sensors as circles, areas as edges, targets as stars, and an estimate as the edges' colour and width.

    A scan is a line from its sensor into the area; a target that both its sensors scan has a ring.

    The colours (orange on blue) stay apart for colour-blind readers, and the estimate's width repeats its colour.

    Args:
        axes: matplotlib axes; they are cleared of ticks and frame.
        network: the geometry.
        state: [A], 1 where a target is.
        estimate: [A]; values outside of [0, 1] are drawn as the nearest bound. None draws the areas alike.
        actions: [n], the area that each sensor scans, counted from 1 among its own.
    """
    segments = [(_place(network, first), _place(network, second)) for first, second in network.ends]
    scale = min(1.0, ROOMY / max(network.height, network.width))
    _draw_areas(axes, segments, estimate, scale)
    sensors = [_place(network, sensor) for sensor in range(network.sensors)]
    columns, rows = zip(*sensors, strict=True)
    axes.scatter(columns, rows, s=150 * scale**2, color="white", edgecolors=INK, linewidths=1.6, zorder=3)
    _draw_targets(axes, segments, state, scale)
    if actions is not None:
        _draw_scans(axes, network, state, actions, scale)
    _add_legend(axes, estimate is not None, actions is not None)
    axes.set_aspect("equal")
    axes.set_xlim(-MARGIN, network.width - 1 + MARGIN)
    axes.set_ylim(1 - network.height - MARGIN, MARGIN)
    axes.set_axis_off()


def _place(network: Network, sensor: int) -> Point:
    row, column = network.positions[sensor]
    return float(column), float(-row)


def _draw_areas(axes: "Axes", segments: list[tuple[Point, Point]], estimate: Tensor | None, scale: float) -> None:
    from matplotlib.collections import LineCollection

    axes.add_collection(LineCollection(segments, colors=IDLE, linewidths=1.5, zorder=1))
    if estimate is not None:
        levels = estimate.detach().cpu().clamp(0, 1).tolist()
        widths = [_width(level, scale) for level in levels]
        lines = LineCollection(segments, colors=_blues()(levels), linewidths=widths, capstyle="round", zorder=2)
        axes.add_collection(lines)


def _draw_targets(axes: "Axes", segments: list[tuple[Point, Point]], state: Tensor, scale: float) -> None:
    occupied = (state.detach().cpu() > 0.5).tolist()
    middles = [_middle(segment) for segment, here in zip(segments, occupied, strict=True) if here]
    if middles:
        columns, rows = zip(*middles, strict=True)
        axes.scatter(columns, rows, s=330 * scale**2, marker="*", color=TARGET, edgecolors="white", zorder=4)


def _draw_scans(axes: "Axes", network: Network, state: Tensor, actions: Tensor, scale: float) -> None:
    from matplotlib.collections import LineCollection

    scanned = [
        (sensor, view[choice - 1])
        for sensor, (view, choice) in enumerate(zip(network.views, actions.tolist(), strict=True))
        if 0 < choice <= len(view)
    ]
    beams = []
    for sensor, area in scanned:
        (x, y), (u, v) = _place(network, sensor), _middle_of(network, area)
        beams.append([(x + near * (u - x), y + near * (v - y)) for near in (0.18, 0.62)])
    axes.add_collection(LineCollection(beams, colors=SCAN, linewidths=5 * scale, zorder=3.5))
    areas = [area for _, area in scanned]
    caught = [_middle_of(network, area) for area in {*areas} if areas.count(area) == 2 and state[area] > 0.5]
    if caught:
        looks: dict[str, Any] = {
            "s": 560 * scale**2,
            "facecolors": "none",
            "edgecolors": SCAN,
            "linewidths": 2.2,
            "zorder": 4,
        }
        axes.scatter(*zip(*caught, strict=True), **looks)


def _middle_of(network: Network, area: int) -> Point:
    first, second = network.ends[area]
    return _middle((_place(network, first), _place(network, second)))


def _add_legend(axes: "Axes", with_estimate: bool, with_scans: bool) -> None:
    from matplotlib.lines import Line2D

    handles = [
        Line2D([], [], ls="", marker="o", ms=9, mfc="white", mec=INK, mew=1.6, label="sensor"),
        Line2D([], [], ls="", marker="*", ms=15, mfc=TARGET, mec="white", label="target"),
    ]
    if with_scans:
        ring = Line2D([], [], ls="", marker="o", ms=13, mfc="none", mec=SCAN, mew=2.2, label="caught")
        handles += [Line2D([], [], color=SCAN, lw=5, label="scan"), ring]
    if with_estimate:
        shades = _blues()(LEVELS)
        handles += [
            Line2D([], [], color=shade, lw=_width(level), solid_capstyle="round", label=f"estimate {level:g}")
            for level, shade in zip(LEVELS, shades, strict=True)
        ]
    else:
        handles.append(Line2D([], [], color=IDLE, lw=1.5, label="area"))
    looks: dict[str, Any] = {
        "frameon": False,
        "handlelength": 1.6,
        "ncols": (4 if with_estimate else 5) if with_scans else 3,
    }
    if with_scans:  # more to say in the same room
        looks |= {"fontsize": 9, "columnspacing": 1.0}
    axes.legend(handles=handles, loc="upper center", bbox_to_anchor=(0.5, 0.0), **looks)


def _blues() -> "Colormap":
    from matplotlib.colors import LinearSegmentedColormap

    return LinearSegmentedColormap.from_list("estimate", [IDLE, "#56a0d3", "#08306b"])


def _width(level: float, scale: float = 1.0) -> float:
    return 1.5 + 8.5 * level * scale


def _middle(segment: tuple[Point, Point]) -> Point:
    (x, y), (u, v) = segment
    return (x + u) / 2, (y + v) / 2
