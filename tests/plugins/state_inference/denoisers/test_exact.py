import math

import pytest
import torch

from quorate.errors import QuorateError
from quorate.settings import Component
from quorate_state_inference.denoisers import exact
from quorate_state_inference.settings import ExactSettings, FixedNoiseSettings, LogUniformNoiseSettings

PLUGIN = "quorate_state_inference.noise"


def denoiser(algorithm, noise: str = "log-uniform"):
    part = {
        "fixed": Component("noise", "fixed", FixedNoiseSettings(0.4), f"{PLUGIN}:FixedNoise"),
        "log-uniform": Component("noise", "log-uniform", LogUniformNoiseSettings(), f"{PLUGIN}:LogUniformNoise"),
    }[noise]
    return exact.ExactDenoiser(ExactSettings(part), algorithm.environment, algorithm.layout)


def test_it_is_bayes_rule_over_the_enumerated_states(build) -> None:
    algorithm = build("sensor-network/2x2-noisy-v1")
    histories = algorithm.histories(algorithm.splits["test"])[:20, 1]
    noisy = torch.randn(20, 4, generator=torch.Generator().manual_seed(0))
    sensor = denoiser(algorithm, "fixed")
    prior = algorithm.environment.posterior(algorithm.layout).log_probability(histories[:, None])
    for row in range(20):
        weights = [
            math.exp(prior[row, k] - ((noisy[row] - state) ** 2).sum() / (2 * 0.4**2))
            for k, state in enumerate(sensor.states)
        ]
        expected = sum(w * s for w, s in zip(weights, sensor.states, strict=True)) / sum(weights)
        torch.testing.assert_close(sensor(histories[row], noisy[row]), expected, atol=1e-5, rtol=1e-4)


def test_a_blind_estimate_is_that_of_the_mixture_over_levels(build) -> None:
    algorithm = build("sensor-network/2x2-v1")
    sensor = denoiser(algorithm)
    histories = algorithm.histories(algorithm.splits["test"])[:, 0]
    noisy = torch.randn(len(histories), 4, generator=torch.Generator().manual_seed(0))
    features = sensor.encode(histories)
    distance = ((noisy[:, None] - sensor.states) ** 2).sum(-1)
    likelihood = torch.zeros_like(distance, dtype=torch.float64)
    for level in torch.logspace(-1, 0, 4001, dtype=torch.float64):
        likelihood += level**-4 * torch.exp(-distance.double() / (2 * level**2))
    weights = features.double().exp() * likelihood
    expected = (weights / weights.sum(-1, keepdim=True)) @ sensor.states.double()
    torch.testing.assert_close(sensor.denoise(features, noisy).double(), expected, atol=2e-2, rtol=0)


def test_chunks_do_not_show(build, monkeypatch: pytest.MonkeyPatch) -> None:
    algorithm = build("sensor-network/2x2-v1")
    sensor = denoiser(algorithm)
    histories = algorithm.histories(algorithm.splits["test"])
    noisy = torch.randn(50, 4, 4, generator=torch.Generator().manual_seed(0))
    whole = sensor(histories, noisy)
    monkeypatch.setattr(exact, "ELEMENTS_AT_ONCE", 1000)
    torch.testing.assert_close(sensor(histories, noisy), whole)


def test_an_environment_without_a_posterior_is_refused(build) -> None:
    algorithm = build("sensor-network/2x2-v1")

    class Opaque:
        spec = algorithm.environment.spec

    algorithm.environment = Opaque()
    with pytest.raises(QuorateError, match="exact posterior"):
        denoiser(algorithm)


def test_on_5x5_one_cycle_is_exact_alone_is_not_and_fixed_noise_fails(build) -> None:
    """Thresholds of the research page, section 7; fixed noise 0.5 is the negative control."""
    torch.set_num_threads(1)
    schemes = "[{name: composite, steps: 25, checks: false}, {name: individual, checks: false}]"
    common = [f"algorithm.inference={schemes}", "algorithm.evaluation_samples=20"]
    results = build("sensor-network/5x5-v1", "algorithm.denoiser=exact", *common).measure()
    assert results["test/composite/exact"] == 1
    assert 10 <= results["test/individual/psnr"] <= 11
    fixed = "algorithm.denoiser={name: exact, noise: {name: fixed, sigma: 0.5}}"
    few = ["algorithm.inference=[{name: composite, steps: 100, checks: false}]", "algorithm.evaluation_samples=20"]
    assert build("sensor-network/5x5-v1", fixed, *few).measure()["test/composite/psnr"] < 15
