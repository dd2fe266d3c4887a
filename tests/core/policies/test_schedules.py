import pytest
import torch
from exact_noise import spread

from quorate.policies.schedules import NoiseSchedule, betas
from quorate.policies.settings import DDPMSettings, ReverseVariance, Schedule

STDS = 0.05, 0.1, 0.2, 0.3, 0.5, 0.8
BETA, RATIO, POSTERIOR = ReverseVariance.BETA, ReverseVariance.BETA_OVER_ALPHA, ReverseVariance.POSTERIOR
SPREADS = [
    (Schedule.LINEAR, RATIO, (3.41, 2.25, 1.49, 1.31, 1.22, 1.20)),
    (Schedule.LINEAR, POSTERIOR, (0.49, 0.47, 0.60, 0.68, 0.76, 0.81)),
    (Schedule.LINEAR_SCALED, BETA, (2.55, 1.52, 1.19, 1.11, 1.05, 1.01)),
    (Schedule.LINEAR_SCALED, POSTERIOR, (0.37, 0.57, 0.73, 0.79, 0.85, 0.89)),
    (Schedule.COSINE, POSTERIOR, (0.46, 0.64, 0.77, 0.82, 0.86, 0.89)),
    (Schedule.COSINE, BETA, (0.77, 1.02, 1.07, 1.06, 1.03, 1.01)),
    (Schedule.VP, BETA, (0.57, 0.89, 1.04, 1.05, 1.03, 1.00)),
    (Schedule.VP, RATIO, (0.59, 0.91, 1.08, 1.10, 1.10, 1.10)),
]
"""Deviation of samples over that of the target N(0, s^2) at H = 20, with the exact score: a study of its own."""


@pytest.mark.parametrize(("schedule", "variance", "expected"), SPREADS)
def test_the_samplers_spread_is_biased_as_known(schedule, variance, expected) -> None:
    built = NoiseSchedule.of(DDPMSettings(steps=20, schedule=schedule, variance=variance))
    assert [spread(built, std) for std in STDS] == pytest.approx(expected, abs=0.03)


@pytest.mark.parametrize("schedule", list(Schedule))
@pytest.mark.parametrize("steps", [1, 2, 10, 20])
def test_alpha_bar_falls_from_one_to_zero(schedule, steps) -> None:
    built = NoiseSchedule.of(DDPMSettings(steps=steps, schedule=schedule))
    assert bool(((built.beta > 0) & (built.beta < 1)).all())
    assert bool((built.alpha_bar.diff() < 0).all())
    assert float(built.sigma[0]) == 0.0, "there is no noise in the last step"
    assert bool((built.sigma[1:] > 0).all())


def test_published_schedules() -> None:
    linear = betas(DDPMSettings(steps=20, schedule=Schedule.LINEAR))
    torch.testing.assert_close(linear, torch.linspace(0.001, 0.999, 20, dtype=torch.float64))
    assert float((1 - linear).cumprod(0)[9]) == pytest.approx(0.054, abs=1e-3)
    scaled = betas(DDPMSettings(steps=20, schedule=Schedule.LINEAR_SCALED, scale=0.8))
    assert float(scaled[-1]) == pytest.approx(0.7992)
    preserving = NoiseSchedule.of(DDPMSettings(steps=20, schedule=Schedule.VP))
    assert float(preserving.alpha_bar[-1].log()) == pytest.approx(-(0.1 + 10) / 2), "the integral of the rate"


def test_the_first_reverse_step_of_the_paper_adds_enormous_noise() -> None:
    built = NoiseSchedule.of(DDPMSettings(steps=20, schedule=Schedule.LINEAR, variance=RATIO))
    assert float(built.sigma[-1]) == pytest.approx(31.6, abs=0.1)


@pytest.mark.parametrize("schedule", list(Schedule))
def test_both_forms_of_the_mean_are_one(schedule) -> None:
    built = NoiseSchedule.of(DDPMSettings(steps=6, schedule=schedule))
    noisy, eps = torch.randn(6, dtype=torch.float64), torch.randn(6, dtype=torch.float64)
    clip, plain = (built.coefficients(clip=flag).double().unbind(1) for flag in (True, False))
    through = clip[2] * (clip[0] * noisy - clip[1] * eps) + clip[3] * noisy
    torch.testing.assert_close(through, plain[0] * noisy - plain[1] * eps, atol=1e-3, rtol=1e-4)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"schedule": Schedule.COSINE, "start": 0.1}, "cosine"),
        ({"schedule": Schedule.LINEAR, "end": 1.5}, "below 1"),
        ({"time_features": 5}, "even"),
    ],
)
def test_settings_check_themselves(settings, message) -> None:
    with pytest.raises(ValueError, match=message):
        DDPMSettings(**settings)
