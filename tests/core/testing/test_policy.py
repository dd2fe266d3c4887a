"""Checks of policies: every one catches what breaks it, and only that; the built-in ones pass."""

from typing import Any

import pytest
import torch
from breaking import checks, examine, examine_registered, failed, passed
from torch import Tensor

from quorate.interfaces import PolicySpec
from quorate.learning.settings import gru, mlp
from quorate.policies.categorical import CategoricalPolicy
from quorate.policies.gaussian import GaussianPolicy
from quorate.policies.settings import CategoricalSettings, GaussianSettings

SMALL = mlp(hidden=[32])
CONTINUOUS = {"actions": ["continuous"]}
DISCRETE = {"actions": ["discrete"]}


class Samples(GaussianPolicy):
    """Noise where padded."""

    def sample(self, *arguments: Any, **more: Any) -> Tensor:
        return super().sample(*arguments, **more) + 0.5 * ~self.features


class Masks(CategoricalPolicy):
    def log_probabilities(self, inputs: Tensor, action_mask: Tensor | None = None) -> Tensor:
        return super().log_probabilities(inputs)


class Generator(GaussianPolicy):
    def sample(
        self, inputs: Tensor, count: int, generator: torch.Generator, action_mask: Tensor | None = None
    ) -> Tensor:
        return super().sample(inputs, count, torch.Generator().manual_seed(int(torch.randint(2**60, ()))))


class Agents(GaussianPolicy):
    def distribution(self, inputs: Tensor) -> tuple[Tensor, Tensor]:
        mean, std = super().distribution(inputs)
        return mean + 0.1 * inputs.mean((-2, -1), keepdim=True) * self.features, std


class Rows(GaussianPolicy):
    def distribution(self, inputs: Tensor) -> tuple[Tensor, Tensor]:
        mean, std = super().distribution(inputs)
        return mean + 0.1 * inputs[..., :1].mean(0) * self.features, std


class Remembers(GaussianPolicy):
    """It forgets everything, always."""

    def encode(self, inputs: Tensor, memory: Tensor, begins: Tensor) -> tuple[Tensor, Tensor]:
        return super().encode(inputs, memory, torch.ones_like(begins))


class Begins(Remembers):
    """It never forgets."""

    def encode(self, inputs: Tensor, memory: Tensor, begins: Tensor) -> tuple[Tensor, Tensor]:
        return GaussianPolicy.encode(self, inputs, memory, torch.zeros_like(begins))


class Sequence(Remembers):
    """In a sequence, it does not see where episodes begin but at the start."""

    def encode(self, inputs: Tensor, memory: Tensor, begins: Tensor) -> tuple[Tensor, Tensor]:
        first = torch.arange(len(inputs))[:, None] == 0
        return GaussianPolicy.encode(self, inputs, memory, begins & first if inputs.dim() == 4 else begins)


class Greedily(GaussianPolicy):
    """Its mode is a sample, as it were."""

    calls = 0

    def mode(self, inputs: Tensor, action_mask: Tensor | None = None) -> Tensor:
        self.calls += 1
        return super().mode(inputs) + 0.01 * self.calls * self.features


class State(GaussianPolicy):
    def __init__(self, settings: GaussianSettings, spec: PolicySpec) -> None:
        super().__init__(settings, spec)
        self.register_buffer("offset", torch.randn(spec.agents, 1), persistent=False)

    def distribution(self, inputs: Tensor) -> tuple[Tensor, Tensor]:
        mean, std = super().distribution(inputs)
        return mean + self.offset * self.features, std


class Density(GaussianPolicy):
    def _log_density(self, raw: Tensor, mean: Tensor, std: Tensor) -> Tensor:
        return super()._log_density(raw, mean, std) + 0.1


class Frequencies(GaussianPolicy):
    """Its samples spread a little too far."""

    def sample(
        self, inputs: Tensor, count: int, generator: torch.Generator, action_mask: Tensor | None = None
    ) -> Tensor:
        mean = self.distribution(inputs)[0]
        return (mean + 1.2 * (super().sample(inputs, count, generator) - mean)).detach()


class Reparameterised(GaussianPolicy):
    def rsample(self, inputs: Tensor, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        actions, log_density = super().rsample(inputs, generator)
        return actions.detach(), log_density


class Projects(GaussianPolicy):
    """Forgets the weights."""

    def projection_loss(self, target: Any, generator: torch.Generator) -> Tensor:
        return -self.evaluate(target.inputs, target.actions)[0].mean((0, 1))


BROKEN: dict[str, Any] = {
    "samples": Samples,
    "masks": Masks,
    "generator": Generator,
    "agents": Agents,
    "rows": Rows,
    "begins": Begins,
    "remembers": Remembers,
    "sequence": Sequence,
    "greedy": Greedily,
    "state": State,
    "density": Density,
    "frequencies": Frequencies,
    "reparameterised": Reparameterised,
    "projects": Projects,
}


class WrongFrequencies(CategoricalPolicy):
    def sample(self, *arguments: Any, **more: Any) -> Tensor:
        return super().sample(*arguments, **more) // 2


class WrongDensity(CategoricalPolicy):
    def evaluate(self, *arguments: Any, **more: Any) -> tuple[Tensor, Tensor]:
        chosen, entropy = super().evaluate(*arguments, **more)
        return 0.9 * chosen, entropy


def settings_of(policy: Any) -> tuple[Any, dict[str, Any]]:
    if issubclass(policy, CategoricalPolicy):
        return CategoricalSettings(SMALL), DISCRETE
    if issubclass(policy, Remembers):
        return GaussianSettings(gru(hidden=[], memory=16, head=[16])), CONTINUOUS
    return GaussianSettings(SMALL), CONTINUOUS


def test_every_check_has_a_breaker() -> None:
    assert [check.name for check in checks("policy")] == list(BROKEN)


@pytest.mark.parametrize("name", BROKEN)
def test_only_one_check_catches(name: str) -> None:
    settings, requires = settings_of(BROKEN[name])
    assert failed(examine("policy", BROKEN[name], settings, requires=requires)) == {name}


@pytest.mark.parametrize(
    ("policy", "caught"), [(WrongFrequencies, {"masks", "frequencies"}), (WrongDensity, {"density", "reparameterised"})]
)
def test_densities_of_choices_are_checked_too(policy: Any, caught: set[str]) -> None:
    settings, requires = settings_of(policy)
    assert failed(examine("policy", policy, settings, requires=requires)) == caught


MEMORY = {"begins", "remembers", "sequence"}
EXPECTED = {
    "gaussian": BROKEN.keys() - {"masks"},
    "gaussian/squashed": BROKEN.keys() - {"masks"},
    "categorical": BROKEN.keys() - {"projects"},
    "ddpm": BROKEN.keys() - {"masks", "greedy", "density", "frequencies", "reparameterised"},
}


@pytest.mark.parametrize("name", EXPECTED)
def test_built_in_ones_pass(name: str) -> None:
    assert passed(examine_registered("policy", name, network={"hidden": [64]})) == EXPECTED[name] - MEMORY


@pytest.mark.parametrize("name", ["categorical", "ddpm"])
def test_built_in_ones_that_remember_pass(name: str) -> None:
    network = {"name": "gru", "hidden": [], "memory": 32, "head": [64]}
    assert passed(examine_registered("policy", name, network=network)) == EXPECTED[name]


def test_random_ones_pass() -> None:
    findings = examine_registered("policy", "random")
    assert not failed(findings)
    assert {"samples", "masks", "generator", "agents", "rows"} <= passed(findings)
