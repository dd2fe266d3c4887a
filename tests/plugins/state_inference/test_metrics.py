import pytest
import torch

from quorate.interfaces import Estimate
from quorate_state_inference.metrics import (
    PSNR_CAP,
    exact_states,
    frequencies,
    nearest,
    posterior_distance,
    psnr,
    summarise,
    total_variation,
)
from quorate_state_inference.schemes.individual import Individual
from quorate_state_inference.settings import IndividualSettings


def test_psnr_is_the_decibels_of_the_mean_squared_error() -> None:
    truth = torch.zeros(2, 10)
    assert psnr(truth + 0.1, truth) == pytest.approx(20, abs=1e-3)
    mixed = torch.cat([truth[:1], truth[1:] + 0.1])
    assert psnr(mixed, truth) == pytest.approx(23.01, abs=1e-2), "not the mean of 20 and infinite decibels"
    assert psnr(truth, truth) == PSNR_CAP


def test_a_state_is_exact_when_every_feature_is_on_its_side() -> None:
    truth = torch.tensor([[1.0, 0, 0], [1, 0, 0]])
    assert exact_states(torch.tensor([[0.6, 0.4, 0.0], [0.6, 0.6, 0.0]]), truth).tolist() == [True, False]


def test_accepted_and_rejected_estimates_are_measured_apart() -> None:
    truth = torch.zeros(2, 4)
    estimate = Estimate(torch.stack([truth[0] + 0.1, truth[1] + 1.0])[:, None], torch.tensor([[True], [False]]))
    metrics = summarise(estimate, truth, binary=True)
    assert metrics["accepted"] == 0.5
    assert metrics["accepted_psnr"] == pytest.approx(20, abs=1e-3)
    assert metrics["rejected_psnr"] == pytest.approx(0, abs=1e-3)
    assert metrics["exact"] == 0.5
    assert "exact" not in summarise(estimate, truth, binary=False)


def test_nearest_states_and_their_frequencies() -> None:
    states = torch.eye(3)
    points = torch.tensor([[0.9, 0, 0], [0.8, 0.1, 0], [0, 0.2, 0.9], [0, 1.1, 0]])
    assert nearest(points, states).tolist() == [0, 0, 2, 1]
    assert frequencies(points[:, None], states).tolist() == [[0.5, 0.25, 0.25]]


def test_total_variation_of_distributions() -> None:
    first, second = torch.tensor([0.5, 0.5, 0.0]), torch.tensor([0.0, 0.5, 0.5])
    assert total_variation(first, second).item() == pytest.approx(0.5)
    assert total_variation(first, first).item() == 0


def test_distance_to_the_posterior_tells_right_frequencies_from_wrong_ones(build) -> None:
    right = build("sensor-network/2x2-noisy-v1", "algorithm.denoiser=exact")
    wrong = build("sensor-network/2x2-noisy-v1", "algorithm.denoiser={name: exact, noise: {name: fixed, sigma: 1.0}}")
    distances = []
    for algorithm in (right, wrong):
        scheme = Individual(IndividualSettings(checks=False))
        posterior = algorithm.environment.posterior(algorithm.layout)
        histories = algorithm.histories(algorithm.splits["test"])[:12]
        arguments = posterior, histories, 500, torch.Generator().manual_seed(0)
        distances.append(posterior_distance(scheme, algorithm.denoiser, *arguments))
    assert distances[0]["total_variation"] < 0.06
    assert distances[0]["total_variation_floor"] < 0.03
    assert distances[1]["total_variation"] > 0.15
