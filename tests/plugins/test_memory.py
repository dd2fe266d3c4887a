"""Which algorithms learn with networks that remember, somebody else's too, and which refuse them."""

import pytest
import torch
from torch import nn

from quorate.config import compose
from quorate.errors import QuorateError
from quorate.interfaces import Network, RunContext
from quorate.registry import load_registry
from quorate.settings import Component
from quorate.testing.support import Silence

POLICY, CRITIC = "algorithm.policy.network", "algorithm.critic"


@pytest.mark.parametrize(
    ("name", "setting"),
    [
        ("hasac", POLICY),
        ("hasac", CRITIC),
        ("ddpl", POLICY),
        ("ddpl", CRITIC),
        ("dacer", POLICY),
        ("qvpo", CRITIC),
        ("dec-spg", POLICY),
    ],
)
def test_a_network_that_remembers_is_refused(name, setting):
    given = {"environment": "decision-game/learnable-v1", "algorithm": name, "budget": {"train_steps": 1}}
    more = ["algorithm.projection=ddpm"] if name == "dec-spg" else []
    run = compose(given, [*more, f"{setting}=gru"], load_registry()).settings
    with pytest.raises(QuorateError, match="the network remembers what was seen before") as caught:
        run.algorithm.build(RunContext(run.environment, 0, torch.device("cpu"), 1, Silence()))
    assert (caught.value.where, caught.value.choices) == (setting, ("mlp",))


class Fading(Network):
    """Somebody else's: half of what it saw before, and what it sees; linear in that and what stands beside it."""

    def __init__(self, settings, spec):
        super().__init__()
        self.memory_size = self.feature_size = spec.inputs
        self.weight = nn.Parameter(torch.randn(spec.members, spec.inputs + spec.further, spec.outputs))

    def encode(self, inputs, memory, begins):
        if inputs.dim() == 3:
            features, memory = self.encode(inputs[None], memory, begins[None])
            return features[0], memory
        features = []
        for seen, begin in zip(inputs, begins, strict=True):
            memory = memory.masked_fill(begin[:, None], 0.0) / 2 + seen
            features.append(memory)
        return torch.stack(features), memory

    def forward(self, features):
        return features @ self.weight


THEIRS = Component("network", "theirs/fading", None, f"{__name__}:Fading")


@pytest.mark.parametrize(
    ("name", "settings"),
    [("mappo", ("actor", "critic")), ("happo", ("actor", "critic")), ("ippo", ("critic",)), ("vdn", ("network",))],
)
def test_somebody_elses_network_is_trained_and_goes_on(name, settings):
    small = {"environments": 4, **({"warmup_steps": 0} if name == "vdn" else {"rollout": 18})}
    given = {"environment": "memory-game-v1", "algorithm": {"name": name, **small}, "budget": {"train_steps": 40}}
    run = compose(given, [], load_registry()).settings
    for setting in settings:
        setattr(run.algorithm.settings, setting, THEIRS)
    context = RunContext(run.environment, 0, torch.device("cpu"), 40, Silence())
    first, second = run.algorithm.build(context), run.algorithm.build(context)
    theirs = [part for part in parts_of(first) if isinstance(part, Fading)]
    assert len(theirs) == len(settings)
    before = [network.weight.clone() for network in theirs]
    for _ in range(20 if name == "vdn" else 2):
        first.train_step()
    assert not any(torch.equal(old, network.weight) for old, network in zip(before, theirs, strict=True))
    second.load_state_dict(first.state_dict())
    for algorithm in (first, second):
        algorithm.train_step()
    again = [part for part in parts_of(second) if isinstance(part, Fading)]
    assert all(torch.equal(one.weight, two.weight) for one, two in zip(theirs, again, strict=True))


def parts_of(algorithm):
    """Every module of what is trained."""
    roots = [algorithm.policy, getattr(algorithm, "critic", None)]
    return [part for root in roots if root is not None for part in root.modules()]
