"""A variant of PPO that somebody else writes."""

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from quorate.config import compose_component
from quorate.interfaces import RunContext
from quorate.learning.on_policy.algorithm import OnPolicy
from quorate.learning.on_policy.proximal import Rates, Samples
from quorate.learning.on_policy.settings import OnPolicySettings
from quorate.learning.on_policy.updates import Simultaneous
from quorate.learning.settings import gru, mlp
from quorate.policies.on_policy import builder
from quorate.registry import load_registry
from quorate.settings import setting
from quorate.testing.tiny import tiny_manifest


@dataclass
class BoldSettings(OnPolicySettings):
    boldness: float = setting(0.0, "What more than average advantages count.", minimum=0)


class Bold(Simultaneous):
    def __init__(self, algorithm: OnPolicy, settings: BoldSettings) -> None:
        super().__init__(algorithm.policy, settings, algorithm.shuffling, shared=False)
        self._boldness, self.shapes = settings.boldness, []

    def improve(self, samples: Samples, rates: Rates) -> dict[str, Tensor]:
        self.shapes.append(samples.advantages.shape)
        samples.advantages *= 1 + self._boldness * (samples.advantages > 0)
        return super().improve(samples, rates)


def bold(settings: BoldSettings, context: RunContext) -> OnPolicy:
    return OnPolicy(settings, context, builder(settings), lambda algorithm: Bold(algorithm, settings))


def learned(**changes: Any) -> OnPolicy:
    registry = load_registry([tiny_manifest()])
    chosen = {"environment": "tiny/world-v1", "input": "observation"}
    world, sees = (compose_component(kind, name, registry) for kind, name in chosen.items())
    settings = BoldSettings(input=sees, environments=4, rollout=6, actor=mlp(hidden=[8]), critic=mlp(hidden=[8]))
    vars(settings).update(changes)
    algorithm = bold(settings, RunContext(world, 0, torch.device("cpu"), 2, print))
    algorithm.train_step()
    return algorithm


def test_a_variant_is_an_update_of_its_own() -> None:
    plain, daring = learned(), learned(boldness=2.0)
    assert plain.update.shapes == [(24, 1)]
    pairs = zip(plain.policy.parameters(), daring.policy.parameters(), strict=True)
    assert not all(torch.equal(*pair) for pair in pairs)
    assert "all agents at once" in daring.conventions()["update"]


def test_its_policies_may_remember() -> None:
    algorithm = learned(actor=gru(hidden=[8], memory=4, head=[]), chunk=3)
    assert algorithm.update.shapes == [(8, 3, 1)]
    assert algorithm.conventions()["memory_chunk"] == 3
