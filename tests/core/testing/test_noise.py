"""Checks of noise distributions: every one catches what breaks it, and only that; the built-in ones pass."""

import pytest
import torch
from breaking import checks, examine, examine_registered, failed

from quorate.interfaces import NoiseDistribution


class Sound(NoiseDistribution):
    """Uniform between 1 and 3."""

    def __init__(self, settings: object) -> None:
        pass

    def sample(self, shape: tuple[int, ...], generator: torch.Generator) -> torch.Tensor:
        return 1 + 2 * torch.rand(shape, generator=generator)

    def quadrature(self) -> tuple[torch.Tensor, torch.Tensor]:
        return 1 + (torch.arange(50) + 0.5) / 25, torch.full((50,), 0.02)


class Samples(Sound):
    def sample(self, shape: tuple[int, ...], generator: torch.Generator) -> torch.Tensor:
        return super().sample((*shape, 1), generator)


class Generator(Sound):
    def sample(self, shape: tuple[int, ...], generator: torch.Generator) -> torch.Tensor:
        return 1 + 2 * torch.rand(shape)


class Quadrature(Sound):
    def quadrature(self) -> tuple[torch.Tensor, torch.Tensor]:
        levels, weights = super().quadrature()
        return levels, 2 * weights


class Moments(Sound):
    def quadrature(self) -> tuple[torch.Tensor, torch.Tensor]:
        levels, weights = super().quadrature()
        return levels * 1.3, weights


def test_a_sound_one_passes() -> None:
    assert not failed(examine("noise", Sound))


BROKEN = {"samples": Samples, "generator": Generator, "quadrature": Quadrature, "moments": Moments}


def test_every_check_has_a_breaker() -> None:
    assert [check.name for check in checks("noise")] == list(BROKEN)


@pytest.mark.parametrize("name", BROKEN)
def test_only_one_check_catches(name: str) -> None:
    assert failed(examine("noise", BROKEN[name])) == {name}


@pytest.mark.parametrize("name", ["fixed", "log-uniform", "log-normal"])
def test_built_in_ones_pass(name: str) -> None:
    assert not failed(examine_registered("noise", name))
