"""Checks of inference schemes: every one catches what breaks it, and only that; the built-in ones pass."""

from dataclasses import dataclass, field
from typing import Any

import pytest
import torch
from breaking import checks, examine, examine_registered, failed, passed
from torch import Tensor

from quorate.interfaces import Denoiser, Estimate, InferenceScheme

CYCLES = 6


@dataclass
class SomeAgents:
    agents: list[int] = field(default_factory=lambda: [0, 2])


class Sound(InferenceScheme):
    """The agents take turns, from noise."""

    def __init__(self, settings: Any) -> None:
        self.settings = settings

    def calls(self, agents: int) -> int:
        return CYCLES * agents

    def start(self, shape: tuple[int, ...], generator: torch.Generator) -> Tensor:
        return torch.randn(shape, generator=generator)

    def agents(self, histories: Tensor) -> Tensor:
        return histories

    @torch.no_grad()
    def infer(
        self, denoiser: Denoiser, histories: Tensor, generator: torch.Generator, *, trajectory: bool = False
    ) -> Estimate:
        encoded = denoiser.encode(self.agents(histories)).unbind(1)
        states = self.start((len(histories), denoiser.state_size), generator)
        points = [states]
        for _ in range(CYCLES):
            for features in encoded:
                states = denoiser.denoise(features, states)
                points.append(states)
        accepted = torch.ones(len(states), 1, dtype=torch.bool)
        return Estimate(states[:, None], accepted, trajectory=torch.stack(points)[:, :, None] if trajectory else None)


class Alone(Sound):
    """Each agent by itself."""

    @torch.no_grad()
    def infer(
        self, denoiser: Denoiser, histories: Tensor, generator: torch.Generator, *, trajectory: bool = False
    ) -> Estimate:
        features = denoiser.encode(histories).flatten(0, 1)
        states = self.start((len(features), denoiser.state_size), generator)
        points = [states]
        for _ in range(CYCLES):
            states = denoiser.denoise(features, states)
            points.append(states)
        kept = torch.stack(points).unflatten(1, histories.shape[:2])
        return Estimate(kept[-1], trajectory=kept if trajectory else None)


class Partial(Sound):
    """Those that the settings name."""

    def agents(self, histories: Tensor) -> Tensor:
        return histories[:, self.settings.agents]


class Shapes(Sound):
    def infer(self, *arguments: Any, **more: Any) -> Estimate:
        estimate = super().infer(*arguments, **more)
        assert estimate.accepted is not None
        estimate.accepted = estimate.accepted[:, 0]
        return estimate


class Generator(Sound):
    def start(self, shape: tuple[int, ...], generator: torch.Generator) -> Tensor:
        return torch.randn(shape)


class Rows(Sound):
    def infer(self, *arguments: Any, **more: Any) -> Estimate:
        estimate = super().infer(*arguments, **more)
        mean = estimate.states.mean(0)
        estimate.states = estimate.states + 0.1 * mean
        if estimate.trajectory is not None:
            estimate.trajectory[-1] += 0.1 * mean
        return estimate


class Truth(Sound):
    """Forgets an agent, which no setting says."""

    def agents(self, histories: Tensor) -> Tensor:
        return histories[:, :2]


class Participants(Alone):
    """Agents look at each other's estimates."""

    def infer(self, *arguments: Any, **more: Any) -> Estimate:
        estimate = super().infer(*arguments, **more)
        mean = 0.1 * estimate.states.mean(1, keepdim=True)
        estimate.states = 0.9 * estimate.states + mean
        if estimate.trajectory is not None:
            estimate.trajectory[-1] = 0.9 * estimate.trajectory[-1] + mean
        return estimate


class Eavesdropping(Partial):
    """One that takes no part has influence."""

    def start(self, shape: tuple[int, ...], generator: torch.Generator) -> Tensor:
        return super().start(shape, generator)

    def infer(self, denoiser: Denoiser, histories: Tensor, *arguments: Any, **more: Any) -> Estimate:
        estimate = super().infer(denoiser, histories, *arguments, **more)
        heard = 0.01 * histories[:, 1, -1, None, None]
        estimate.states = estimate.states + heard
        if estimate.trajectory is not None:
            estimate.trajectory[-1] += heard
        return estimate


BROKEN = {"shapes": Shapes, "generator": Generator, "rows": Rows, "truth": Truth, "participants": Participants}


def test_every_check_has_a_breaker() -> None:
    assert [check.name for check in checks("inference")] == list(BROKEN)


def test_sound_ones_pass() -> None:
    assert passed(examine("inference", Sound)) == BROKEN.keys() - {"participants"}
    assert passed(examine("inference", Alone)) == set(BROKEN)
    assert passed(examine("inference", Partial, SomeAgents())) == set(BROKEN)


@pytest.mark.parametrize("name", BROKEN)
def test_only_one_check_catches(name: str) -> None:
    assert failed(examine("inference", BROKEN[name])) == {name}


def test_influence_of_one_that_takes_no_part_is_found() -> None:
    assert failed(examine("inference", Eavesdropping, SomeAgents())) == {"participants"}


@pytest.mark.parametrize(
    ("name", "settings"),
    [
        ("individual", {"steps": 10}),
        ("composite", {"steps": 12}),
        ("composite", {"steps": 12, "order": "random-each-cycle", "draws": 3}),
        ("partial-composite", {"steps": 12, "agents": [0, 1]}),
        ("partial-composite", {"steps": 12, "count": 2}),
        ("product-of-experts", {}),
        ("precision-pool", {}),
        ("precision-gate", {"steps": 24}),
        ("regression", {}),
        ("regression-product", {}),
    ],
)
def test_built_in_ones_pass(name: str, settings: dict[str, Any]) -> None:
    findings = examine_registered("inference", name, **settings)
    assert not failed(findings)
    assert "truth" in passed(findings)
