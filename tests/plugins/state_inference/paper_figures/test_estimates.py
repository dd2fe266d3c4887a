"""What groups of agents infer, with the exact denoiser, of which theory tells the answer."""

import pytest

from quorate_state_inference.paper_figures import Effort, Subject, estimates
from quorate_state_inference.paper_figures.drawing.estimates import draw_estimates


def test_all_agents_infer_the_state_that_one_agent_can_not(build) -> None:
    algorithm = build("sensor-network/2x2-v1", "algorithm.denoiser=exact")
    report = estimates(Subject.of(algorithm, effort=Effort(rows=50)))
    assert report.sizes == [1, 2, 3, 4]
    assert report.exact[-1] == 1
    assert report.exact[0] < 0.9
    assert report.psnr[-1] > report.psnr[0] + 10
    assert [each.label for each in report.inferred][1:] == ["2 of 4 agents", "all 4 agents"]
    assert report.inferred[-1].exact
    figure = draw_estimates(report, algorithm.environment, "exact")
    assert len(figure.axes) == 4


@pytest.mark.parametrize("grid", ["[1, 2]", "[1, 3]"])
def test_the_smallest_networks_have_groups_too(build, grid: str) -> None:
    algorithm = build("sensor-network/2x2-v1", f"environment.grid={grid}", "algorithm.denoiser=exact")
    report = estimates(Subject.of(algorithm, effort=Effort(rows=10)))
    assert report.sizes[0] == 1
    assert report.sizes[-1] == algorithm.layout.agents
