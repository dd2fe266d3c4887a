"""Settings that learning components share. Imports no torch."""

from dataclasses import dataclass, field
from enum import StrEnum

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
class Network:
    """A fully connected network, one for each agent."""

    hidden: list[int] = setting([256, 256], "Units of each hidden layer.", minimum=1)
    activation: Activation = setting(Activation.RELU, "Nonlinearity of the hidden layers.")
    layer_norm: bool = setting(False, "Normalise the input and the output of each hidden layer (LayerNorm).")
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


def network(help: str = "The network.", **changes: object) -> Network:
    """The setting of a component that describes a network, with other defaults than `Network`'s."""
    value: Network = field(default_factory=lambda: Network(**changes), metadata={"help": help})  # type: ignore[arg-type]
    return value


__getattr__ = gone_from(__name__)
