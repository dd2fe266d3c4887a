import pytest

from quorate_sensor_network.network import grid_network, pad


def test_two_by_two_is_numbered_as_in_the_paper():
    network = grid_network(2, 2)
    assert network.positions == ((0, 0), (0, 1), (1, 1), (1, 0))
    one_based = [{area + 1 for area in view} for view in network.views]
    assert one_based == [{1, 4}, {1, 2}, {2, 3}, {3, 4}]
    assert network.names == ("sensor_0_0", "sensor_0_1", "sensor_1_1", "sensor_1_0")


def test_five_by_five():
    network = grid_network(5, 5)
    degrees = sorted(len(view) for view in network.views)
    assert (network.sensors, network.areas) == (25, 40)
    assert degrees == [2] * 4 + [3] * 12 + [4] * 9


@pytest.mark.parametrize(("height", "width"), [(1, 2), (1, 5), (4, 1), (2, 2), (2, 3), (3, 2), (5, 5), (3, 7)])
def test_every_area_joins_two_adjacent_sensors(height, width):
    network = grid_network(height, width)
    assert network.areas == height * (width - 1) + width * (height - 1) == len(set(map(frozenset, network.ends)))
    for area, (first, second) in enumerate(network.ends):
        (row, column), (other_row, other_column) = network.positions[first], network.positions[second]
        assert abs(row - other_row) + abs(column - other_column) == 1
        assert [sensor for sensor in range(network.sensors) if area in network.views[sensor]] == sorted((first, second))
    assert all(list(view) == sorted(view) for view in network.views)


@pytest.mark.parametrize(("height", "width"), [(1, 2), (1, 4), (2, 2), (3, 4)])
def test_neighbours_share_a_sensor(height, width):
    network = grid_network(height, width)
    for area, near in enumerate(network.neighbours):
        sharing = [b for b, ends in enumerate(network.ends) if b != area and set(ends) & set(network.ends[area])]
        assert list(near) == sharing


def test_horizontal_areas_come_first():
    network = grid_network(2, 3)
    across = [network.positions[first][0] == network.positions[second][0] for first, second in network.ends]
    assert across == [True] * 4 + [False] * 3


def test_pad_makes_a_rectangle():
    assert pad(((1, 2), (3,), ()), -1) == [[1, 2], [3, -1], [-1, -1]]
