"""Settings of `dacer` and `qvpo`; imports no torch."""

from dataclasses import dataclass
from enum import StrEnum

from quorate.learning.off_policy_settings import OffPolicySettings
from quorate.learning.settings import network
from quorate.settings import Component, component, setting


class Sight(StrEnum):
    """What the one policy of all agents sees."""

    STATE = "state"
    INPUTS = "inputs"
    """The policy inputs of all agents, side by side."""


class CriticKind(StrEnum):
    """What the critics learn."""

    DISTRIBUTIONAL = "distributional"
    """A mean and a standard deviation, as DSAC-T."""
    PLAIN = "plain"
    """A value."""


class EntropyEstimate(StrEnum):
    """What is taken for the entropy of a diffusion policy, which has no density."""

    NOISE = "noise"
    """That of the Gaussian noise that is added to its actions: known exactly, and no more than the true one."""
    GAUSSIAN = "gaussian"
    """That of a Gaussian with the moments of sampled actions and the noise: no less than the true one."""


@dataclass
class CentralSettings(OffPolicySettings):
    """What both algorithms have: one diffusion policy and twin critics of the joint action."""

    policy: Component = component("policy", "ddpm", "The policy class, of the joint action.")
    sees: Sight = setting(Sight.STATE, "What the one policy of all agents sees.")
    critic: Component = network()
    policy_learning_rate: float = setting(3e-4, "Adam's, of the policy.", above=0)
    critic_learning_rate: float = setting(1e-3, "Adam's, of the critics.", above=0)
    clip_norm: float | None = setting(None, "Gradients of the policy, and of each critic, are clipped to it.", above=0)
    critic_warmup: int = setting(0, "Updates of the critics alone, at first.", minimum=0)
    policy_delay: int = setting(1, "Updates of the critics for one of the policy and of the targets.", minimum=1)


@dataclass
class DACERSettings(CentralSettings):
    """The value's gradient flows through the whole reverse chain of a diffusion policy."""

    critics: CriticKind = setting(CriticKind.PLAIN, "What the critics learn.")
    initial_alpha: float = setting(3.0, "Where alpha begins.", above=0)
    noise: float = setting(
        0.15, "Standard deviation of the noise on actions while learning, in units of alpha.", above=0
    )
    entropy: EntropyEstimate = setting(EntropyEstimate.NOISE, "What is taken for the entropy of the policy.")
    entropy_samples: int = setting(200, "Actions in a state that the estimate `gaussian` takes.", minimum=2)
    entropy_states: int = setting(64, "States whose entropies that estimate averages.", minimum=1)
    target_entropy: float = setting(-0.9, "Target of the entropy, nats for each feature of the joint action.")
    temperature_learning_rate: float = setting(0.03, "Adam's, of log alpha.", above=0)
    temperature_interval: int = setting(10, "Updates between one of alpha and the next.", minimum=1)


@dataclass
class QVPOSettings(CentralSettings):
    """A diffusion policy that imitates the best of its own samples, as far as they are better than the mean."""

    samples: int = setting(16, "Actions drawn in a state, of which the best is imitated.", minimum=2)
    policy_states: int | None = setting(64, "States of a batch at which the policy is updated; null: all.", minimum=1)
    behaviour_samples: int = setting(4, "Actions drawn while learning, of which the best is taken.", minimum=1)
    target_samples: int = setting(4, "Actions drawn for the critics' target, of which the best is taken.", minimum=1)
    evaluation_samples: int = setting(32, "Actions drawn in an evaluation, of which the best is taken.", minimum=1)
    uniform_actions: int = setting(10, "Uniformly random actions that are imitated too, for the entropy.", minimum=0)
    uniform_weight: tuple[float, float] = setting(
        (0.02, 0.002), "Weight of each of those, relative to the best; from the first to the last training step."
    )

    @property
    def tags(self) -> dict[str, str]:
        """How it is usually evaluated: by the best of several samples, or by one."""
        return {"evaluation_actions": "greedy" if self.evaluation_samples > 1 else "sampled"}
