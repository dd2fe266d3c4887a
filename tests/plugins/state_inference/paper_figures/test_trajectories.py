from collections.abc import Callable

import pytest
import torch

from quorate.errors import QuorateError
from quorate_state_inference.algorithm import StateInference
from quorate_state_inference.paper_figures import Subject, evolutions, vector_fields
from quorate_state_inference.paper_figures.trajectories import make_curve


def test_a_curve_is_the_decibel_of_the_mean_with_quartiles_of_rows() -> None:
    truth = torch.zeros(4, 1)
    trajectory = torch.tensor([1.0, 1.0, 1.0, 1.0, 0.1, 0.1, 1.0, 1.0]).reshape(2, 4, 1, 1)
    curve = make_curve("x", trajectory, truth)
    assert curve.psnr.tolist() == pytest.approx([0.0, 2.967], abs=1e-3)  # -10 log10(0.505)
    assert (curve.low[1].item(), curve.high[1].item()) == pytest.approx((0.0, 20.0), abs=1e-4)


def test_every_order_ends_at_the_true_state(exact: Subject) -> None:
    report = evolutions(exact)
    truth = report.state[list(report.features)]
    for evolution in report.orders:
        assert sorted(evolution.agents) == [0, 1, 2, 3]
        torch.testing.assert_close(evolution.path[-1], truth.expand_as(evolution.path[-1]), atol=1e-2, rtol=0)
    assert report.orders[0].agents != report.orders[1].agents


def test_fewer_agents_end_at_states_that_they_allow(exact_noisy: Subject) -> None:
    for evolution in evolutions(exact_noisy).subsets:
        assert len(evolution.agents) == 2
        nearest = torch.cdist(evolution.path[-1], evolution.allowed).amin(-1)
        assert float((nearest < 0.1).float().mean()) > 0.95


def test_one_feature_can_not_be_drawn(make: Callable[..., StateInference]) -> None:
    tiny = ["environment.grid=[1,2]", "environment.targets=1", "algorithm.denoiser.width=8"]
    with pytest.raises(QuorateError, match="one feature"):
        vector_fields(Subject.of(make("sensor-network/2x2-v1", *tiny)))


def test_all_agents_do_better_than_one(exact: Subject) -> None:
    psnr = evolutions(exact).summary()
    assert psnr["psnr order 1"] > psnr["psnr one agent alone"] + 20


def test_the_fields_of_figure_1(exact: Subject, exact_noisy: Subject) -> None:
    report = vector_fields(exact)
    assert report.features == (0, 1)
    assert report.state.tolist() == [1, 0, 0, 0]
    kinds = [[point.kind for point in field.points] for field in report.fields]
    assert [sorted(kind) for kind in kinds] == [["true"], ["true"], ["consistent", "true"], ["consistent", "true"]]
    blind = vector_fields(exact_noisy)
    assert [field.label.split(":")[1] for field in blind.fields] == [" 0 0"] * 4
    assert [len(field.points) for field in blind.fields] == [3, 4, 3, 2]
    weights = sorted(point.exact for point in blind.fields[1].points if point.exact is not None)
    assert weights == pytest.approx([1 / 6, 1 / 6, 1 / 3, 1 / 3], abs=1e-4)  # 0.33 is printed in Fig. 1
