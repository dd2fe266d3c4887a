"""Settings of `hasac`; imports no torch."""

from dataclasses import dataclass
from enum import StrEnum

from quorate.learning.off_policy_settings import OffPolicySettings
from quorate.learning.settings import network
from quorate.settings import Component, component, setting


class Turns(StrEnum):
    """How the policies of an update take turns."""

    SEQUENTIAL = "sequential"
    """In random order; each sees the new actions of those before it. HARL's, and what its theory is about."""
    SIMULTANEOUS = "simultaneous"
    """All at once, against the old actions of the others: one pass through the critics for all agents."""


@dataclass
class HASACSettings(OffPolicySettings):
    """Soft actor-critic with a centralised critic and policies that are updated in turn.

    With a learned temperature HARL ignores its own `alpha` and begins at 1; the `hasac/harl` presets do so too. Choices
    are relaxed to let the critics' gradient through, as HARL does (straight-through Gumbel-softmax).
    """

    policy: Component = component(
        "policy", "gaussian/squashed", "The policy class; it must give densities of its samples."
    )
    critic: Component = network(hidden=[128, 128])
    turns: Turns = setting(Turns.SEQUENTIAL, "How the policies of an update take turns.")
    policy_learning_rate: float = setting(1e-3, "Adam's, of the policies.", above=0)
    critic_learning_rate: float = setting(1e-3, "Adam's, of the critics.", above=0)
    learn_temperature: bool = setting(True, "Move each alpha so that the entropy comes to its target.")
    initial_alpha: float = setting(0.2, "Where alpha, the weight of the entropy, begins, or stays.", above=0)
    temperature_learning_rate: float = setting(1e-3, "Adam's, of log alpha.", above=0)
    target_entropy: float = setting(
        -1.0, "Target of each agent's entropy where actions are continuous, nats for each feature."
    )
    target_entropy_share: float = setting(
        0.0,
        "Target of each agent's entropy where actions are discrete, as a share of the most that it can be. HARL means "
        "0.98, but takes the logarithm of 1, so that its target is 0.",
        minimum=0,
        maximum=1,
    )
    huber: float | None = setting(None, "Errors of the critics above this count linearly; null: squared.", above=0)
    normalise_values: bool = setting(
        False, "The critics learn normalised values; policies then weigh their entropy against those, as in HARL."
    )
