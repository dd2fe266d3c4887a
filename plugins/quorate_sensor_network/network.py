"""Who watches what: sensors on the vertices of a grid, areas on its edges. Plain Python."""

from dataclasses import dataclass
from functools import cache

Position = tuple[int, int]


@dataclass(frozen=True)
class Network:
    """The geometry of an H x W grid with n sensors and A areas.

    Sensors are numbered row by row, areas with the horizontal edges first, row by row, and then the vertical
    ones, row by row. The 2 x 2 grid is numbered clockwise from the top left corner and the top edge, as in
    2410.13953 (Fig. 1), so that the first sensor watches areas 1 and 4 and the third areas 2 and 3.

    Attributes:
        height: H, rows of sensors.
        width: W, columns of sensors.
        positions: (row, column) of each sensor.
        ends: the two sensors of each area.
    """

    height: int
    width: int
    positions: tuple[Position, ...]
    ends: tuple[tuple[int, int], ...]

    @property
    def sensors(self) -> int:
        """n."""
        return len(self.positions)

    @property
    def areas(self) -> int:
        """A."""
        return len(self.ends)

    @property
    def names(self) -> tuple[str, ...]:
        """A name for each sensor, by its position."""
        return tuple(f"sensor_{row}_{column}" for row, column in self.positions)

    @property
    def views(self) -> tuple[tuple[int, ...], ...]:
        """The areas of each sensor in the order of their numbers: its observation slots and its scan actions."""
        views: list[list[int]] = [[] for _ in self.positions]
        for area, ends in enumerate(self.ends):
            for sensor in ends:
                views[sensor].append(area)
        return tuple(tuple(view) for view in views)

    @property
    def neighbours(self) -> tuple[tuple[int, ...], ...]:
        """The areas that share a sensor with each area, in the order of their numbers."""
        views = self.views
        near = [{*views[first], *views[second]} - {area} for area, (first, second) in enumerate(self.ends)]
        return tuple(tuple(sorted(areas)) for areas in near)


@cache
def grid_network(height: int, width: int) -> Network:
    """The network of an H x W grid."""
    if (height, width) == (2, 2):
        return Network(2, 2, ((0, 0), (0, 1), (1, 1), (1, 0)), ((0, 1), (1, 2), (2, 3), (3, 0)))
    positions = tuple((row, column) for row in range(height) for column in range(width))
    across = [(_number(row, column, width), 1) for row in range(height) for column in range(width - 1)]
    down = [(_number(row, column, width), width) for row in range(height - 1) for column in range(width)]
    return Network(height, width, positions, tuple((first, first + stride) for first, stride in across + down))


def pad(rows: tuple[tuple[int, ...], ...], fill: int) -> list[list[int]]:
    """Rows of unequal length as a rectangle."""
    longest = max(len(row) for row in rows)
    return [[*row, *[fill] * (longest - len(row))] for row in rows]


def _number(row: int, column: int, width: int) -> int:
    return row * width + column
