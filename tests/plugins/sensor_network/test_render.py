import subprocess
import sys

import pytest
import torch
from matplotlib.figure import Figure

from quorate_sensor_network.environment import SensorNetwork
from quorate_sensor_network.settings import SensorNetworkSettings


@pytest.mark.parametrize("grid", [[1, 2], [4, 1], [2, 2], [3, 5]])
@pytest.mark.parametrize("with_estimate", [False, True])
def test_draws_any_grid(grid, with_estimate, tmp_path):
    environment = SensorNetwork(SensorNetworkSettings(grid=grid))
    state = environment.reset(0).state[0]
    figure = Figure()
    axes = figure.subplots()
    environment.draw(axes, state, torch.full_like(state, 1.7) if with_estimate else None)
    figure.savefig(tmp_path / "state.png")
    assert len(axes.collections) == (4 if with_estimate else 3)
    sensors, targets = axes.collections[-2:]
    assert len(sensors.get_offsets()) == grid[0] * grid[1]
    assert len(targets.get_offsets()) == 1
    labels = [text.get_text() for text in axes.get_legend().get_texts()]
    assert labels[:2] == ["sensor", "target"]
    assert ("estimate 1" in labels) == with_estimate


def test_a_target_is_drawn_in_the_middle_of_its_area():
    environment = SensorNetwork(SensorNetworkSettings())
    axes = Figure().subplots()
    environment.draw(axes, torch.tensor([0.0, 1.0, 0.0, 0.0]))
    assert axes.collections[-1].get_offsets().tolist() == [[1.0, -0.5]]


def test_a_likelier_area_is_wider():
    environment = SensorNetwork(SensorNetworkSettings())
    axes = Figure().subplots()
    environment.draw(axes, torch.zeros(4), torch.tensor([0.0, 0.3, 0.6, 1.0]))
    widths = list(axes.collections[1].get_linewidths())
    assert widths == sorted(widths)
    assert widths[0] < widths[-1]


def test_the_environment_does_not_import_matplotlib():
    code = "import sys, quorate_sensor_network.environment; sys.exit('matplotlib' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_scans_are_lines_and_who_is_scanned_twice_is_caught():
    environment = SensorNetwork(SensorNetworkSettings())  # the first area is between the sensors 0 and 1
    for choices, beams, caught in (([1, 1, 0, 0], 2, True), ([1, 0, 0, -1], 1, False)):
        axes = Figure().subplots()
        environment.draw(axes, torch.tensor([1.0, 0, 0, 0]), actions=torch.tensor(choices))
        assert axes.collections[3].get_segments().__len__() == beams
        assert len(axes.collections) == (5 if caught else 4)
        assert [text.get_text() for text in axes.get_legend().get_texts()][2:4] == ["scan", "caught"]
