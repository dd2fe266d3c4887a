import pytest

from quorate.errors import QuorateError
from quorate.interfaces import NetworkSpec
from quorate.interfaces.network import Network
from quorate.learning.networks import build_network
from quorate.settings import Component


class Sum(Network):
    def __init__(self, settings, spec):
        super().__init__()
        self.feature_size = spec.inputs

    def forward(self, features):
        return features.sum(-1, keepdim=True)


def test_one_without_parameters_is_refused():
    chosen = Component("network", "acme/sum", None, f"{__name__}:Sum")
    with pytest.raises(QuorateError, match="'acme/sum' has no parameters"):
        build_network(chosen, NetworkSpec(1, 2, 1))
