"""Settings that on-policy algorithms share; the defaults are HARL's. Imports no torch."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from quorate.learning.settings import Activation, Bounds, Initialisation, network, policy_input
from quorate.settings import Component, component, setting


class CriticInput(StrEnum):
    """What critics see in training; policies never see more than their input says."""

    STATE = "state"
    """The state of the environment."""
    INPUTS = "inputs"
    """What all policies see, side by side."""
    OWN = "own"
    """What its own policy sees: a critic for each agent, taught by what that agent is paid."""


class AdvantageNormalisation(StrEnum):
    """Over what advantages are brought to mean 0 and standard deviation 1, in each rollout."""

    AGENT = "agent"
    """Over the steps in which an agent is alive, for each agent by itself."""
    ALL = "all"
    """Over the steps of all agents that are alive."""
    NONE = "none"


class Truncation(StrEnum):
    """What the advantage of an action is after which the horizon cut the episode."""

    BOOTSTRAP = "bootstrap"
    """The critic says what would have followed."""
    TERMINATE = "terminate"
    """Nothing: the cut counts as an end by the rules."""
    DROP = "drop"
    """Zero: the step teaches nothing; what HARL does (`use_proper_time_limits`)."""


HARL: dict[str, Any] = {
    "hidden": [128, 128],
    "activation": Activation.RELU,
    "layer_norm": True,
    "initialisation": Initialisation.ORTHOGONAL,
}
"""Its networks, but for the gain of the last layer."""


@dataclass
class OnPolicySettings:
    """What on-policy algorithms have in common."""

    policy: Component | None = component(
        "policy",
        None,
        "The policy class, of known density; null: `categorical`, or `gaussian` as HARL has it (not squashed, the "
        "standard deviation a parameter below 0.5), with the network `actor`.",
    )
    input: Component = policy_input()
    actor: Component = network("The network of the policy where `policy` is null.", **HARL, output_gain=0.01)
    critic: Component = network("The network of the critic.", **HARL)
    critic_input: CriticInput = setting(CriticInput.STATE, "What the critic sees.")
    critic_time: bool = setting(
        False, "Show the critic the time in the episode as a fraction of the horizon, which must be known."
    )
    bounds: Bounds = setting(Bounds.RESCALE, "How continuous actions meet the bounds of the environment.")
    environments: int = setting(20, "Environments to play in at once.", minimum=1)
    rollout: int = setting(200, "Steps of each environment in one training step.", minimum=1)
    chunk: int | None = setting(
        None, "Steps of which networks that remember learn at once, a divisor of `rollout`; null: all.", minimum=1
    )
    burn_in: int = setting(
        0, "Steps before a chunk by which present parameters bring its memory up to date; at most `chunk`.", minimum=0
    )
    epochs: int = setting(5, "Passes over a rollout.", minimum=1)
    minibatches: int = setting(1, "Parts into which each pass is split at random.", minimum=1)
    learning_rate: float = setting(5e-4, "Learning rate of Adam for the policies.", minimum=0)
    critic_learning_rate: float = setting(5e-4, "Learning rate of Adam for the critic.", minimum=0)
    learning_rate_end: float = setting(
        1.0, "What is left of the learning rates at the end of the budget, linearly.", minimum=0, maximum=1
    )
    adam_epsilon: float = setting(1e-5, "Epsilon of Adam.", above=0)
    clip_norm: float | None = setting(
        10.0, "Gradients of each policy and of the critic are clipped to this 2-norm; null: never.", above=0
    )
    clip: float = setting(0.2, "Range of the ratio of probabilities around 1.", above=0)
    entropy: float = setting(0.01, "Weight of the policies' entropy.", minimum=0)
    entropy_end: float | None = setting(
        None, "That weight at the end of the budget, linearly; null: it stays.", minimum=0
    )
    advantages: AdvantageNormalisation = setting(AdvantageNormalisation.AGENT, "Normalisation of advantages.")
    truncation: Truncation = setting(Truncation.BOOTSTRAP, "What follows where the horizon cuts an episode.")
    discount: float = setting(0.99, "Discount of later rewards, gamma.", minimum=0, maximum=1)
    trace: float = setting(0.95, "Decay of generalised advantage estimation, lambda.", minimum=0, maximum=1)
    value_coefficient: float = setting(1.0, "Weight of the critic's loss.", above=0)
    value_clip: bool = setting(True, "Clip the change of values in a training step to `clip` in the critic's loss.")
    huber: float | None = setting(
        10.0, "Error from which the critic's loss grows linearly (Huber); null: squared error.", above=0
    )
    normalise_values: bool = setting(True, "Train the critic on returns normalised by running averages.")

    def __post_init__(self) -> None:
        if self.chunk is not None and self.rollout % self.chunk:
            valid = [steps for steps in range(1, self.rollout + 1) if self.rollout % steps == 0]
            near = sorted(sorted(valid, key=lambda steps: abs(steps - (self.chunk or 0)))[:3])
            choices = ", ".join(map(str, near))
            raise ValueError(f"chunk must divide rollout ({self.rollout}): choose {choices}, or null for all of it")
        if self.burn_in > (self.chunk or 0):
            raise ValueError("burn_in must be at most chunk; without chunks there is nothing before one")
