"""Pictures of the first world, from Newton's model: the outlines of all shapes, the nearest drawn last."""

from itertools import cycle
from typing import Any

import numpy as np

PIXELS = 480
_VIEW = np.array([-1.0, 0.4, -0.35])
"""Where the camera looks; it stands far away, so that nothing grows with nearness."""
_COLOURS = ("#4c78a8", "#f58518", "#54a24b", "#e45756", "#72b7b2", "#b279a2", "#eeca3b", "#9d755d")
_CORNERS = np.array([[x, y, z] for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)], dtype=float)
_MOST = 400
"""Points of a mesh that its outline is taken from."""


class Picture:
    """Draws the first world as it is, or as its last episode ended. Without Newton there is a blank picture.

    Args:
        manager: Isaac Lab's, of the physics.
    """

    def __init__(self, manager: Any) -> None:
        self._manager: Any = manager if hasattr(manager, "get_state_0") else None
        self._shapes: list[tuple[int, str, Any]] | None = None
        self._last: Any = None
        self._frame: tuple[Any, float] | None = None

    def before_reset(self, rows: Any) -> None:
        """Keep where everything is, if the first world is among those that are reset."""
        if bool((rows == 0).any()) and (poses := self._poses()) is not None:
            self._last = poses

    def frame(self, *, final: bool = False) -> Any:
        """uint8 [480, 480, 3]."""
        poses = self._last if final and self._last is not None else self._poses()
        return _blank() if poses is None else self._draw(poses)

    def _draw(self, poses: Any) -> Any:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
        from matplotlib.patches import Polygon

        if self._shapes is None:
            self._shapes = _shapes_of_first_world(self._manager.get_model())
        placed = [(colour, _placed(points, poses[body])) for body, colour, points in self._shapes]
        if not placed:
            return _blank()
        right, up, ahead = _camera()
        figure = Figure((4.8, 4.8), dpi=100)
        canvas: Any = FigureCanvasAgg(figure)
        axes = figure.add_axes((0, 0, 1, 1))
        axes.axis("off")
        centre, reach = self._window(np.concatenate([points for _, points in placed]) @ np.stack([right, up]).T)
        axes.set_xlim(centre[0] - reach, centre[0] + reach)
        axes.set_ylim(centre[1] - reach, centre[1] + reach)
        for colour, points in sorted(placed, key=lambda one: -float((one[1] @ ahead).mean())):
            outline = _outline(np.stack([points @ right, points @ up], axis=1))
            axes.add_patch(Polygon(outline, closed=True, facecolor=colour, edgecolor="#2b2f36", linewidth=0.6))
        canvas.draw()
        return np.asarray(canvas.buffer_rgba())[..., :3].copy()

    def _poses(self) -> Any:
        """Positions and rotations (xyzw) of all bodies, float [bodies, 7]; None where Newton does not simulate."""
        state = None if self._manager is None else self._manager.get_state_0()
        return None if state is None else state.body_q.numpy().copy()

    def _window(self, flat: Any) -> tuple[Any, float]:
        """The part of the world that is shown; the same in all pictures of a film."""
        if self._frame is None:
            low, high = flat.min(axis=0), flat.max(axis=0)
            self._frame = (low + high) / 2, float((high - low).max()) * 0.6 + 1e-3
        return self._frame


def _blank() -> Any:
    return np.full((PIXELS, PIXELS, 3), 255, np.uint8)


def _shapes_of_first_world(model: Any) -> list[tuple[int, str, Any]]:
    """Bodies, colours, and the points [k, 3] of their shapes in the frame of the body.

    What belongs to one asset has one colour; where there is one asset only, its bodies have their own.
    """
    worlds, bodies, kinds = (getattr(model, f"shape_{name}").numpy() for name in ("world", "body", "type"))
    places, scales = model.shape_transform.numpy(), model.shape_scale.numpy()
    shown = [int(shape) for shape in np.flatnonzero((worlds == 0) & (bodies >= 0))]
    owners = {shape: _owner(model.shape_label[shape]) for shape in shown}
    if len(set(owners.values())) == 1:
        owners = {shape: str(bodies[shape]) for shape in shown}
    colours = dict(zip(dict.fromkeys(owners.values()), cycle(_COLOURS), strict=False))
    found = []
    for shape in shown:
        points = _points(int(kinds[shape]), scales[shape], model.shape_source[shape])
        if points is not None:
            found.append((int(bodies[shape]), colours[owners[shape]], _placed(points, places[shape])))
    return found


def _owner(label: str) -> str:
    """The asset in ``/World/envs/env_0/Robot/...``."""
    parts = label.split("/")
    return parts[4] if len(parts) > 4 else label


def _points(kind: int, scale: Any, source: Any) -> Any:
    """Points whose hull is the shape's; the numbers of kinds are Newton's."""
    from newton import GeoType

    if kind == GeoType.SPHERE:
        return _ball(np.repeat(scale[0], 3))
    if kind == GeoType.ELLIPSOID:
        return _ball(scale)
    if kind in (GeoType.CAPSULE, GeoType.CYLINDER):
        ball = _ball(np.array([scale[0]] * 3 if kind == GeoType.CAPSULE else [scale[0], scale[0], 0.0]))
        end = np.array([0.0, 0.0, scale[1]])
        return np.concatenate([ball + end, ball - end])
    if kind == GeoType.BOX:
        return _CORNERS * scale
    vertices = getattr(source, "vertices", None)
    if vertices is None or not len(vertices):
        return None
    vertices = np.asarray(vertices, dtype=float).reshape(-1, 3) * scale
    return vertices[:: max(1, len(vertices) // _MOST)]


def _ball(radii: Any) -> Any:
    """Points of an ellipsoid, evenly spread (Fibonacci's spiral)."""
    number = np.arange(60) + 0.5
    height, angle = 1 - 2 * number / 60, np.pi * (1 + 5**0.5) * number
    flat = np.sqrt(1 - height**2)
    return np.stack([flat * np.cos(angle), flat * np.sin(angle), height], axis=1) * radii


def _placed(points: Any, pose: Any) -> Any:
    """Points after a rotation (x, y, z, w) and a shift."""
    axis, w = pose[3:6], pose[6]
    across = 2 * np.cross(axis, points)
    return points + w * across + np.cross(axis, across) + pose[:3]


def _camera() -> tuple[Any, Any, Any]:
    ahead = _VIEW / np.linalg.norm(_VIEW)
    right = np.cross(ahead, [0.0, 0.0, 1.0])
    right = right / np.linalg.norm(right)
    return right, np.cross(right, ahead), ahead


def _outline(flat: Any) -> Any:
    """The convex hull of points in the plane, in order."""
    from scipy.spatial import ConvexHull, QhullError

    try:
        return flat[ConvexHull(flat).vertices]
    except QhullError:  # all on one line
        return flat
