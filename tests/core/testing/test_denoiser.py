"""Checks of denoisers: every one catches what breaks it, and only that; the built-in ones pass."""

from collections.abc import Callable
from typing import Any

import pytest
import torch
from breaking import checks, examine, examine_registered, failed, passed
from torch import Tensor, nn

from quorate.interfaces import Denoiser, Environment, HistoryLayout
from quorate.testing.exact import PosteriorMean


class Sound(Denoiser):
    """A small network with a bounded output."""

    def __init__(self, settings: object, environment: Environment, layout: HistoryLayout) -> None:
        super().__init__()
        self.layout = layout
        self.first = nn.Linear(layout.size, 64)
        self.enter = nn.Linear(3, 64, bias=False)
        self.leave = nn.Linear(64, 3)

    @property
    def state_size(self) -> int:
        return 3

    @property
    def condition_on_sigma(self) -> bool:
        return False

    @property
    def feature_size(self) -> int:
        return 64

    def encode(self, history: Tensor) -> Tensor:
        return self.first(history)

    def logit(self, features: Tensor, noisy: Tensor) -> Tensor:
        return self.leave(torch.tanh(features + self.enter(noisy)))

    def denoise(self, features: Tensor, noisy: Tensor, sigma: Tensor | None = None) -> Tensor:
        return self.logit(features, noisy).sigmoid()


class Able(Sound):
    """With all optional abilities."""

    def logits(self, features: Tensor, noisy: Tensor, sigma: Tensor | None = None) -> Tensor:
        return self.logit(features, noisy)

    def encode_pooled(self, windows: Tensor, members: Tensor) -> Tensor:
        return self.encode(self.prepare(windows, members))

    def prepare(self, histories: Tensor, members: Tensor | None = None) -> Tensor:
        return histories if members is None else (self.layout.identify(histories) * members[..., None]).sum(-2)

    def project(self, prepared: Tensor) -> Tensor:
        return self.encode(prepared)

    def backward(self, prepared: Tensor, states: Tensor, noisy: Tensor, sigma: Tensor | None = None) -> Tensor:
        self.zero_grad()
        return self.accumulate(prepared, states, noisy)

    def accumulate(self, prepared: Tensor, states: Tensor, noisy: Tensor) -> Tensor:
        error = (self.denoise(self.project(prepared), noisy) - states).square().sum(-1).mean()
        error.backward()
        return error.detach()

    def linearise(self, features: Tensor, noisy: Tensor) -> tuple[Tensor, Callable[[Tensor], Tensor]]:
        hidden, value = torch.tanh(features + self.enter(noisy)), self.denoise(features, noisy)

        def apply(direction: Tensor) -> Tensor:
            inner = self.enter(direction) * (1 - hidden**2)
            return (inner @ self.leave.weight.T) * value * (1 - value)

        return value, apply


class Shapes(Sound):
    @property
    def feature_size(self) -> int:
        return 63


class Deterministic(Sound):
    def denoise(self, features: Tensor, noisy: Tensor, sigma: Tensor | None = None) -> Tensor:
        return super().denoise(features, noisy) + 1e-6 * torch.rand(noisy.shape)


class Rows(Sound):
    def logit(self, features: Tensor, noisy: Tensor) -> Tensor:
        return super().logit(features, noisy) + 0.3 * (noisy - noisy.mean(0))


class Device(Sound):
    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.scale = torch.ones(3)


class State(Sound):
    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.register_buffer("offset", torch.randn(3), persistent=False)

    def logit(self, features: Tensor, noisy: Tensor) -> Tensor:
        return super().logit(features, noisy) + self.offset


class Gradients(Sound):
    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.forgotten = nn.Linear(3, 3)


class Learns(Sound):
    def encode(self, history: Tensor) -> Tensor:
        return super().encode(0 * history)


class Exact(PosteriorMean):
    """Ignores the history."""

    def __init__(self, settings: object, environment: Any, layout: HistoryLayout) -> None:
        super().__init__(environment.posterior(layout))

    def encode(self, history: Tensor) -> Tensor:
        return super().encode(0 * history)


class Logits(Able):
    def logits(self, features: Tensor, noisy: Tensor, sigma: Tensor | None = None) -> Tensor:
        return 2 * self.logit(features, noisy)


class Linearisation(Able):
    def linearise(self, features: Tensor, noisy: Tensor) -> tuple[Tensor, Callable[[Tensor], Tensor]]:
        value, apply = super().linearise(features, noisy)
        return value, lambda direction: apply(direction) / (value * (1 - value))


class Preparation(Able):
    def project(self, prepared: Tensor) -> Tensor:
        return 2 * self.encode(prepared)


class Differentiation(Able):
    """Adds to the gradient of the update before."""

    def backward(self, prepared: Tensor, states: Tensor, noisy: Tensor, sigma: Tensor | None = None) -> Tensor:
        return self.accumulate(prepared, states, noisy)


class Pooling(Able):
    def prepare(self, histories: Tensor, members: Tensor | None = None) -> Tensor:
        return histories if members is None else self.layout.identify(histories).sum(-2)


BROKEN = {
    "shapes": Shapes,
    "deterministic": Deterministic,
    "rows": Rows,
    "device": Device,
    "state": State,
    "gradients": Gradients,
    "learns": Learns,
    "exact": Exact,
    "logits": Logits,
    "linearisation": Linearisation,
    "preparation": Preparation,
    "differentiation": Differentiation,
    "pooling": Pooling,
}


def test_every_check_has_a_breaker() -> None:
    assert [check.name for check in checks("denoiser")] == list(BROKEN)


def test_a_sound_one_passes_all_but_that_of_exact_ones() -> None:
    assert passed(examine("denoiser", Able)) == BROKEN.keys() - {"exact"}


@pytest.mark.parametrize("name", BROKEN)
def test_only_one_check_catches(name: str) -> None:
    assert failed(examine("denoiser", BROKEN[name])) == {name}


@pytest.mark.parametrize(
    "settings", [{}, {"encoding": "local", "output": "plain"}, {"condition_on_sigma": True}], ids=str
)
def test_the_built_in_network_passes(settings: dict[str, Any]) -> None:
    findings = examine_registered("denoiser", "mlp", width=64, **settings)
    assert not failed(findings)
    assert "learns" in passed(findings)


def test_the_built_in_recurrent_one_passes() -> None:
    small = {"name": "gru", "hidden": [], "memory": 32, "head": [64]}
    findings = examine_registered("denoiser", "recurrent", network=small)
    assert not failed(findings)
    assert "learns" in passed(findings)


def test_the_built_in_exact_one_passes() -> None:
    findings = examine_registered("denoiser", "exact")
    assert not failed(findings)
    assert "exact" in passed(findings)


class Forgets(PosteriorMean):
    """Fitted, it does not look at what it was fitted to."""

    def __init__(self, settings: object, environment: Any, layout: HistoryLayout) -> None:
        super().__init__(environment.posterior(layout))

    def fit(self, histories: Tensor, states: Tensor) -> None:
        self.states.fill_(0.5)


def test_one_that_is_fitted_is_held_to_what_it_has_learned() -> None:
    findings = examine_registered("denoiser", "knn")
    assert not failed(findings)
    assert passed(findings) >= {"state", "learns"}
    assert failed(examine("denoiser", Forgets)) == {"learns"}
