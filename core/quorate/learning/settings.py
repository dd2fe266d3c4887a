"""Settings that learning components share. Imports no torch."""

import copy
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from quorate.conventions import EvaluationActions as EvaluationActions
from quorate.gone import gone_from
from quorate.settings import Component, component, setting


class Activation(StrEnum):
    """The nonlinearity of hidden layers."""

    RELU = "relu"
    TANH = "tanh"
    SILU = "silu"
    MISH = "mish"


class Initialisation(StrEnum):
    """How the weights of linear layers begin; biases begin at zero, or uniform with `uniform`."""

    ORTHOGONAL = "orthogonal"
    UNIFORM = "uniform"
    """Uniform in 1/sqrt(inputs), torch's own."""


@dataclass
class MLPSettings:
    """A fully connected network; it remembers nothing."""

    hidden: list[int] = setting([256, 256], "Units of each hidden layer.", minimum=1)
    activation: Activation = setting(Activation.RELU, "Nonlinearity of the hidden layers.")
    layer_norm: bool = setting(False, "Normalise the input and the output of each hidden layer (LayerNorm).")
    initialisation: Initialisation = setting(Initialisation.UNIFORM, "How weights begin.")
    output_gain: float = setting(1.0, "Factor on the initial weights of the last layer.", above=0)


@dataclass
class GRUSettings:
    """Hidden layers, a gated recurrent unit, and layers after it, which also see what stands beside the features."""

    hidden: list[int] = setting([128], "Units of each layer before the memory.", minimum=1)
    memory: int = setting(128, "Units of the memory.", minimum=1)
    head: list[int] = setting([128], "Units of each hidden layer after the memory.", minimum=1)
    activation: Activation = setting(Activation.RELU, "Nonlinearity of the hidden layers.")
    layer_norm: bool = setting(False, "Normalise the input, what is remembered and each hidden layer (LayerNorm).")
    initialisation: Initialisation = setting(Initialisation.UNIFORM, "How weights begin.")
    output_gain: float = setting(1.0, "Factor on the initial weights of the last layer.", above=0)


class Bounds(StrEnum):
    """How a policy's normalised actions meet the bounds of an environment."""

    RESCALE = "rescale"
    """[-1, 1] is mapped onto each feature's range."""
    CLIP = "clip"
    """Actions are taken as they are and clipped to the range; what HARL does."""


def policy_input(default: str = "observation") -> Component:
    """The setting of an algorithm that chooses what its policies see."""
    value: Component = component("input", default, "What the policies see.")
    return value


def mlp(**changes: Any) -> Component:
    """The network `mlp` with other settings than its own defaults: see `MLPSettings`."""
    return _network("mlp", MLPSettings(**changes), "quorate.learning.mlp:MLP")


def gru(**changes: Any) -> Component:
    """The network `gru` with other settings than its own defaults: see `GRUSettings`."""
    return _network("gru", GRUSettings(**changes), "quorate.learning.gru:GRU")


def network(help: str = "The network.", default: Component | None = None, **changes: Any) -> Component:
    """The setting of a component that chooses a network: `default`, or `mlp` with other settings than its own.

    Where users give no ``name``, what they give is on top of that.
    """
    chosen = default or mlp(**changes)
    value: Component = field(default_factory=lambda: copy.deepcopy(chosen), metadata={"help": help, "kind": "network"})
    return value


def _network(name: str, settings: Any, target: str) -> Component:
    return Component("network", name, settings, target, interface="quorate.interfaces:Network")


__getattr__ = gone_from(__name__)
