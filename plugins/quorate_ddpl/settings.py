"""Settings of `ddpl`; imports no torch."""

from dataclasses import dataclass
from enum import StrEnum

from quorate.learning.off_policy_settings import OffPolicySettings
from quorate.learning.settings import network
from quorate.settings import Component, component, setting


class Weights(StrEnum):
    """How action values become the weights that a policy is projected onto."""

    SOFTMAX = "softmax"
    """Among the actions of one state: softmax of temperature * advantage / its running scale."""
    CLIPPED = "clipped"
    """exp(temperature * (Q - m) / s), clipped; m and s are running, over all states. DPMD's, for one action a state."""
    NORMALISED = "normalised"
    """The literal weights, divided by their mean over the batch, which an update by Adam does not notice."""
    LITERAL = "literal"
    """exp(temperature / (1 - gamma) Q) as the paper writes it; the run stops where it overflows."""


class CriticInput(StrEnum):
    """What an agent's critic sees besides the agent's action."""

    STATE = "state"
    INPUTS = "inputs"
    """What its policy sees."""


class ImprovedAt(StrEnum):
    """Which states of a transition the policies are updated at."""

    STATE = "state"
    """Where it began: every state that is visited counts, those that episodes begin in too."""
    NEXT_STATE = "next-state"
    """Where it led, as in the paper, with the actions of the critics' targets. States that nothing leads to are left
    to what the networks make of the others."""


@dataclass
class DDPLSettings(OffPolicySettings):
    """Of `ddpl`. The defaults are a form that learns; the row `ddpl/paper` is the paper's Algorithm 2 and Table 3."""

    policy: Component = component("policy", "ddpm", "The policy class; `gaussian` makes it DDPL-Gaussian.")
    critic: Component = network(hidden=[128, 128], layer_norm=True)
    critic_input: CriticInput = setting(CriticInput.STATE, "What the critics see besides the agent's own action.")
    warmup_steps: int = setting(4000, "Environment steps of uniformly random actions, before any update.", minimum=0)
    critic_warmup: int = setting(400, "Updates of the critics alone, at first; actions stay random.", minimum=0)
    policy_delay: int = setting(1, "Updates of the critics for one of the policies.", minimum=1)
    policy_learning_rate: float = setting(1e-3, "Adam's, of the policies.", above=0)
    critic_learning_rate: float = setting(2e-3, "Adam's, of the critics.", above=0)
    final_learning_rate: float = setting(0.2, "Share of both rates that is left at the end.", minimum=0, maximum=1)
    clip_norm: float | None = setting(None, "Clip the gradient of each network of each agent to this norm.", above=0)
    target_rate: float = setting(0.01, "xi, how fast targets follow their networks.", above=0, maximum=1)
    twins: bool = setting(True, "Take the smaller of two critics; false uses one.")
    termination: bool = setting(True, "Nothing follows a termination; false bootstraps there too, as the paper does.")
    improved_at: ImprovedAt = setting(ImprovedAt.STATE, "Which states of a transition the policies are updated at.")
    samples: int = setting(16, "N, actions drawn at a state that the policy is updated at.", minimum=1)
    policy_states: int | None = setting(64, "States of a batch at which the policy is updated; null: all.", minimum=1)
    target_samples: int = setting(1, "Actions drawn at other next states, for the critics' targets.", minimum=1)
    weights: Weights = setting(Weights.SOFTMAX, "How action values become weights.")
    temperature: float = setting(2.0, "eta, how strongly the weights follow the values.", above=0)
    clip: float = setting(3.0, "Largest (Q - m) / s of the weights `clipped`.", above=0)
    exploration_noise: float = setting(0.05, "Standard deviation of the noise on actions while learning.", minimum=0)
    best_of: int = setting(1, "In an evaluation, take the best of so many sampled actions by the critics.", minimum=1)

    @property
    def tags(self) -> dict[str, str]:
        """How it is usually evaluated: by the best of several samples, or by one."""
        return {"evaluation_actions": "greedy" if self.best_of > 1 else "sampled"}

    def __post_init__(self) -> None:
        if self.policy_states is not None and self.policy_states > self.batch_size:
            raise ValueError(f"policy_states ({self.policy_states}) is more than batch_size ({self.batch_size})")
        if self.weights is Weights.SOFTMAX and self.samples < 2:
            raise ValueError("the weights `softmax` compare the actions of a state: samples must be 2 or more")
        literal = self.weights in (Weights.LITERAL, Weights.NORMALISED)
        if literal and self.discount == 1:
            raise ValueError(f"the weights `{self.weights}` divide by 1 - discount: discount must be below 1")
        if not self.termination and self.return_steps > 1:
            raise ValueError("`termination: false` is for returns of one step: return_steps must be 1")
