"""Checks of algorithms: every one catches what breaks it, and only that; the built-in ones pass."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
import torch
from breaking import REGISTRY, checks, examine, examine_registered, failed, passed
from torch import Tensor

from quorate.config import compose_component
from quorate.environments import build_environment
from quorate.interfaces import Actor, Algorithm, RunContext, Step
from quorate.learning.settings import MLPSettings, mlp
from quorate.seeding import generator
from quorate.settings import Component
from quorate.testing.algorithm.support import reduced
from quorate.testing.framework import Status, Subject, run_checks

CHOICES = torch.tensor([2, 4])


def seen(step: Step) -> Tensor:
    """The number of what each agent observes, int64 [B, n]."""
    return (step.observation[..., 0] + 2 * step.observation[..., 1]).long()


class Table(Actor):
    """Plays the best choice of a table of values [n, observations, choices]."""

    def __init__(self, values: Tensor) -> None:
        self.values = values

    def reset(self, step: Step) -> None:
        self.step = step

    def act(self, generator: torch.Generator) -> Tensor:
        best = self.values.argmax(-1)
        return torch.stack([best[agent][own] for agent, own in enumerate(seen(self.step).unbind(1))], 1)

    def observe(self, step: Step) -> None:
        self.step = step


class Sound(Algorithm):
    """Plays at random and remembers the mean reward of every choice, for each agent and observation."""

    sees = "own observation"
    plays: type[Table] = Table

    def __init__(self, settings: object, context: RunContext) -> None:
        self.world = build_environment(context.environment, 32)
        self.randomness, self.seed = generator(context.seed, "training"), context.seed
        self.totals, self.counts = torch.zeros(2, 4, 4), torch.zeros(2, 4, 4)
        self.now = self.world.reset(context.seed)

    @property
    def values(self) -> Tensor:
        return self.totals / self.counts.clamp(min=1)

    def learn(self, place: tuple[Tensor, ...], reward: Tensor) -> None:
        self.totals.index_put_(place, reward[:, None].expand(-1, 2), accumulate=True)
        self.counts.index_put_(place, torch.ones(len(reward), 2), accumulate=True)

    def train_step(self) -> Mapping[str, Tensor | float]:
        actions = (torch.rand(32, 2, generator=self.randomness) * CHOICES).long()
        place = (torch.arange(2).expand(32, 2), seen(self.now), actions)
        self.now = self.world.step(actions)
        self.learn(place, self.now.reward)
        return {"reward": self.now.reward.mean()}

    def actor(self, batch: int, seed: int, greedy: bool | None = None) -> Actor:
        return self.plays(self.values)

    def state_dict(self) -> dict[str, Any]:
        world: Any = self.world
        return {
            "totals": self.totals.clone(),
            "counts": self.counts.clone(),
            "observation": self.now.observation.clone(),
            "world": world.state_dict(),
            "randomness": self.randomness.get_state(),
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        world: Any = self.world
        world.load_state_dict(state["world"])
        self.totals, self.counts = state["totals"].clone(), state["counts"].clone()
        self.now.observation = state["observation"].clone()
        self.randomness.set_state(state["randomness"])

    def weights(self) -> list[tuple[str, ...]]:
        return [("totals",), ("counts",)]

    def conventions(self) -> Mapping[str, Any]:
        return {"step": "one step of 32 worlds", "policy_sees": self.sees}

    def close(self) -> None:
        self.world.close()


class Metrics(Sound):
    def train_step(self) -> Mapping[str, Any]:
        super().train_step()
        return {"reward": self.now.reward}


class Losses(Sound):
    def train_step(self) -> Mapping[str, Any]:
        return {**super().train_step(), "loss": float("nan")}


class Conventions(Sound):
    def conventions(self) -> Mapping[str, Any]:
        return {**super().conventions(), "policy_sees": ""}


class Unsaid(Sound):
    """Measures by itself, and does not say how."""

    def measure(self, factor: int | None = None) -> Mapping[str, float]:
        return {"accuracy": 1.0}


class State(Sound):
    def state_dict(self) -> dict[str, Any]:
        return {**super().state_dict(), "sees": {"observation"}}


class Resumes(Sound):
    """Forgets where its generator was."""

    def load_state_dict(self, state: dict[str, Any]) -> None:
        super().load_state_dict(state)
        self.randomness = generator(self.seed, "training")


class Weights(Sound):
    """Takes for weights what is none."""

    def weights(self) -> list[tuple[str, ...]]:
        return [("totals",), ("values",)]


class Budget(Sound):
    """Learns less towards the end of a budget that it does not tell of."""

    def __init__(self, settings: object, context: RunContext) -> None:
        super().__init__(settings, context)
        self.rate = 1 - 1 / context.train_steps

    def learn(self, place: tuple[Tensor, ...], reward: Tensor) -> None:
        super().learn(place, self.rate * reward)


class Evaluation(Sound):
    """Its actors draw from the generator of training."""

    def actor(self, batch: int, seed: int, greedy: bool | None = None) -> Actor:
        torch.rand(1, generator=self.randomness)
        return super().actor(batch, seed, greedy)


class Forgetful(Sound):
    """What it sets aside is not what it acts by."""

    def acting_state(self) -> dict[str, Any]:
        return {}

    def load_acting_state(self, state: dict[str, Any]) -> None:
        self.totals = -self.totals


class Generator(Sound):
    def train_step(self) -> Mapping[str, Tensor | float]:
        torch.rand(1)
        return super().train_step()


class Invalid(Table):
    def act(self, generator: torch.Generator) -> Tensor:
        actions = super().act(generator)
        actions[:, 0] += 2
        return actions


class Actions(Sound):
    def actor(self, batch: int, seed: int, greedy: bool | None = None) -> Actor:
        return Invalid(self.values) if greedy is False else super().actor(batch, seed)


class Peeking(Table):
    """Names the features of the state."""

    def act(self, generator: torch.Generator) -> Tensor:
        state = self.step.state
        return torch.stack([state[:, 0], state[:, 1] + 2 * state[:, 2]], 1).long()


class Undeclared(Sound):
    plays = Peeking


class Declared(Undeclared):
    sees = "the state"


class Learns(Sound):
    def learn(self, place: tuple[Tensor, ...], reward: Tensor) -> None:
        pass


class Boasting(Sound):
    """Returns that nobody can reach."""

    def measure(self, factor: int | None = None) -> Mapping[str, float]:
        return {"return/mean": 5.0}

    def conventions(self) -> Mapping[str, Any]:
        return {**super().conventions(), "evaluation": "a guess"}


class Losing(Boasting):
    """Tells of a loss alone, which does not fall."""

    def train_step(self) -> Mapping[str, Any]:
        return {"loss": super().train_step()["reward"]}

    def measure(self, factor: int | None = None) -> Mapping[str, float]:
        return {"accuracy": 1.0}


class Closes(Sound):
    open = True

    def close(self) -> None:
        if not self.open:
            raise RuntimeError("it is closed")
        self.open = False


BROKEN = {
    "metrics": Metrics,
    "conventions": Conventions,
    "state": State,
    "resumes": Resumes,
    "weights": Weights,
    "budget": Budget,
    "evaluation": Evaluation,
    "generator": Generator,
    "actions": Actions,
    "undeclared": Undeclared,
    "learns": Learns,
    "closes": Closes,
}
MORE = [
    (Unsaid, "conventions"),
    (Losses, "metrics"),
    (Forgetful, "evaluation"),
    (Boasting, "learns"),
    (Losing, "learns"),
]


def test_every_check_has_a_breaker() -> None:
    assert [check.name for check in checks("algorithm")] == list(BROKEN)


def test_a_sound_one_passes() -> None:
    assert passed(examine("algorithm", Sound)) == set(BROKEN)


@pytest.mark.parametrize("name", BROKEN)
def test_only_one_check_catches(name: str) -> None:
    assert failed(examine("algorithm", BROKEN[name])) == {name}


@pytest.mark.parametrize(("broken", "name"), MORE)
def test_other_ways_to_break_a_promise(broken: type[Algorithm], name: str) -> None:
    assert failed(examine("algorithm", broken)) == {name}


def test_the_usual_actions_are_those_that_the_tag_says() -> None:
    (finding,) = [one for one in examine("algorithm", Sound, evaluation_actions="sampled") if one.check == "actions"]
    assert finding.expected.startswith("usual actions that are sampled")


def test_a_policy_that_is_said_to_see_the_state_may() -> None:
    assert not failed(examine("algorithm", Declared))


@pytest.mark.parametrize(
    ("name", "settings", "skipped"),
    [
        ("mappo", {"actor": {"hidden": [32]}, "critic": {"hidden": [32]}, "learning_rate": 2e-3}, set()),
        ("hasac", {"policy": {"network": {"hidden": [32]}}, "critic": {"hidden": [32]}}, set()),
        ("ddpl", {"policy": {"network": {"hidden": [32]}}, "critic": {"hidden": [32]}}, set()),
        ("state-inference", {"inference": [{"name": "composite", "steps": 10}]}, {"actions", "undeclared"}),
    ],
)
def test_built_in_ones_pass(name: str, settings: dict[str, Any], skipped: set[str]) -> None:
    findings = examine_registered("algorithm", name, **settings)
    assert not failed(findings)
    assert passed(findings) == BROKEN.keys() - skipped


def test_one_for_another_environment_is_tried_in_the_one_that_its_row_names() -> None:
    findings = examine_registered("algorithm", "dec-spg")
    assert passed(findings) == BROKEN.keys() - {"actions", "undeclared", "weights"}


def test_one_that_names_none_is_told_how() -> None:
    component = compose_component("algorithm", "dec-spg", REGISTRY)
    component.tags = {"requires": component.tags["requires"]}
    findings = list(run_checks(checks("algorithm"), Subject(component, REGISTRY)))
    assert {finding.status for finding in findings} == {Status.SKIPPED}
    assert all("check: {environment: ...}" in finding.found for finding in findings)


def test_a_check_that_the_row_gives_a_reason_for_is_skipped() -> None:
    tag = {"skip": {"learns": "it is slow"}}
    findings = examine("algorithm", Learns, check=tag)
    assert not failed(findings)
    (skipped,) = (finding for finding in findings if finding.status is Status.SKIPPED)
    assert (skipped.check, skipped.found) == ("learns", "its row says: it is slow")


@dataclass
class Inner:
    batch_size: int = 1000
    critic: Component = field(default_factory=lambda: mlp(hidden=[512, 32]))
    part: Component = field(default_factory=lambda: Component("policy", "x", MLPSettings(hidden=[256])))
    rate: float = 1000.0

    def __post_init__(self) -> None:
        if self.rate < 0:
            raise ValueError("rate")


def test_settings_are_lowered_wherever_they_are() -> None:
    small = reduced(Inner())
    assert (small.batch_size, small.rate) == (128, 1000.0)
    assert small.critic.settings.hidden == [64, 32]
    assert small.part.settings.hidden == [64]
    assert reduced(Inner(batch_size=7)).batch_size == 7
