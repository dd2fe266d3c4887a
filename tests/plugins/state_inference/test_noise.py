import math

import pytest
import torch

from quorate.interfaces import NoiseDistribution
from quorate_state_inference.noise import FixedNoise, LogNormalNoise, LogUniformNoise
from quorate_state_inference.settings import FixedNoiseSettings, LogNormalNoiseSettings, LogUniformNoiseSettings

DISTRIBUTIONS = [
    FixedNoise(FixedNoiseSettings(0.3)),
    LogUniformNoise(LogUniformNoiseSettings(0.1, 1.0)),
    LogNormalNoise(LogNormalNoiseSettings(-1.2, 0.5)),
]


@pytest.mark.parametrize("noise", DISTRIBUTIONS, ids=lambda noise: type(noise).__name__)
def test_quadrature_stands_for_the_samples(noise: NoiseDistribution) -> None:
    samples = noise.sample((200_000,), torch.Generator().manual_seed(0))
    levels, weights = noise.quadrature()
    assert weights.sum().item() == pytest.approx(1)
    for function in (torch.log, torch.square):
        expected = function(samples).mean().item()
        assert (weights * function(levels)).sum().item() == pytest.approx(expected, rel=0.02, abs=0.01)


def test_log_uniform_is_uniform_on_the_logarithmic_scale() -> None:
    samples = DISTRIBUTIONS[1].sample((100_000,), torch.Generator().manual_seed(0))
    assert samples.min() >= 0.1
    assert samples.max() <= 1.0
    below = (samples < math.sqrt(0.1)).float().mean().item()
    assert below == pytest.approx(0.5, abs=0.01)


def test_bounds_the_wrong_way_round_are_refused() -> None:
    with pytest.raises(ValueError, match="minimum"):
        LogUniformNoiseSettings(1.0, 0.1)
