"""Checks of networks: every one catches what breaks it, and only that; the built-in ones pass."""

import pytest
import torch
from breaking import checks, examine, examine_registered, failed, passed
from torch import nn

from quorate.learning.gru import GRU
from quorate.learning.mlp import MLP
from quorate.learning.settings import GRUSettings, MLPSettings

SMALL = GRUSettings(hidden=[8], memory=6, head=[8])
NAMES = [check.name for check in checks("network")]


class Shapes(GRU):
    def __init__(self, settings, spec):
        super().__init__(settings, spec)
        self.feature_size += 1

    def encode(self, inputs, memory, begins):
        return super().encode(inputs, memory, begins)


class Deterministic(GRU):
    calls = 0

    def forward(self, features):
        self.calls += 1
        return super().forward(features) + 1e-6 * self.calls


class Initial(GRU):
    """Its members are alike."""

    def __init__(self, settings, spec):
        super().__init__(settings, spec)
        for parameter in self.parameters():
            parameter.data[1:] = parameter.data[:1].clone()


class Members(GRU):
    def forward(self, features):
        return super().forward(features) + 0.1 * features.mean(0)[..., :1]


class Rows(GRU):
    def forward(self, features):
        return super().forward(features) + 0.1 * features.mean(1, keepdim=True)[..., :1]


class Further(GRU):
    def forward(self, features):
        return super().forward(features * (torch.arange(features.shape[-1]) < features.shape[-1] - 1))


class Begins(GRU):
    def _advance(self, observed, memory, begins):
        return super()._advance(observed, memory, torch.zeros_like(begins))


class Remembers(GRU):
    def _advance(self, observed, memory, begins):
        return super()._advance(observed, memory, torch.ones_like(begins))


class Sequence(GRU):
    """In a sequence, it does not see where episodes begin but at the start."""

    def encode(self, inputs, memory, begins):
        if inputs.dim() == 4:
            begins = begins & (torch.arange(len(begins)) == 0)[:, None]
        return super().encode(inputs, memory, begins)


class State(GRU):
    def __init__(self, settings, spec):
        super().__init__(settings, spec)
        self.register_buffer("offset", torch.randn(spec.members, 1, 1), persistent=False)

    def forward(self, features):
        return super().forward(features) + self.offset


class Gradients(GRU):
    def __init__(self, settings, spec):
        super().__init__(settings, spec)
        self.unused = nn.Parameter(torch.randn(spec.members, 1))


BROKEN = {name: globals()[name.capitalize()] for name in NAMES}


@pytest.mark.parametrize("name", NAMES)
def test_every_check_catches_what_breaks_it_and_nothing_else_does(name):
    assert failed(examine("network", BROKEN[name], SMALL)) == {name}


class EncodesWithoutMemory(MLP):
    def encode(self, inputs, memory, begins):
        return 2 * inputs, memory


class NoNumberForZeros(MLP):
    def forward(self, features):
        return super().forward(features) + 0 * (features / features.abs().sum(-1, keepdim=True)).sum(-1, keepdim=True)


class OverwritesInputs(MLP):
    def encode(self, inputs, memory, begins):
        return inputs.mul_(0.5), memory


class OneSeed(MLP):
    def __init__(self, settings, spec):
        super().__init__(settings, spec)
        randomness = torch.Generator().manual_seed(0)
        for parameter in self.parameters():
            parameter.data.normal_(generator=randomness)


class FlatParameter(MLP):
    def __init__(self, settings, spec):
        super().__init__(settings, spec)
        self.factor = nn.Parameter(torch.ones(spec.members))

    def forward(self, features):
        return super().forward(features) * self.factor[:, None, None]


class Untrainable(nn.Module):
    memory_size = 0

    def __init__(self, settings, spec):
        super().__init__()
        self.feature_size, self.outputs = spec.inputs, spec.outputs

    def encode(self, inputs, memory, begins):
        return inputs, memory

    def forward(self, features):
        powers = features.sum(-1, keepdim=True) + features[..., -1:] ** 3 + features[..., -2:-1] ** 3
        return powers.expand(*features.shape[:-1], self.outputs).clone()


@pytest.mark.parametrize(
    ("network", "check"),
    [
        (EncodesWithoutMemory, "shapes"),
        (NoNumberForZeros, "shapes"),
        (OverwritesInputs, "deterministic"),
        (OneSeed, "initial"),
        (Untrainable, "gradients"),
    ],
)
def test_what_only_shows_where_one_looks(network, check):
    assert check in failed(examine("network", network, MLPSettings(hidden=[8])))


def test_a_parameter_of_one_number_for_each_member_is_no_fault():
    assert not failed(examine("network", FlatParameter, MLPSettings(hidden=[8])))


def test_built_in_ones_pass():
    assert passed(examine("network", GRU, SMALL)) == set(NAMES)
    assert passed(examine("network", MLP, MLPSettings(hidden=[8]))) == set(NAMES) - {"begins", "remembers"}
    assert passed(examine_registered("network", "gru", layer_norm=True, initialisation="orthogonal")) == set(NAMES)
    assert not failed(examine_registered("network", "mlp", layer_norm=True))
