"""Settings of `iql`, `vdn` and `qmix`; imports no torch."""

from dataclasses import dataclass, field

from quorate.learning.off_policy_settings import OffPolicySettings
from quorate.learning.settings import network
from quorate.settings import Component, setting


@dataclass
class QLearningSettings(OffPolicySettings):
    """Q-learning of n agents; a network that remembers, and TD(lambda), learn from whole episodes."""

    network: Component = network("From what an agent sees to the utility of each of its actions.", hidden=[64, 64])
    share_parameters: bool = setting(True, "One network for all agents, instead of one for each.")
    learning_rate: float = setting(5e-4, "Adam's.", above=0)
    learning_rate_end: float = setting(
        1.0, "What is left of the learning rate at the end of the budget, linearly.", minimum=0, maximum=1
    )
    clip_norm: float | None = setting(10.0, "Gradients are clipped to this 2-norm, all together; null: never.", above=0)
    epsilon_start: float = setting(1.0, "Share of random actions at first.", minimum=0, maximum=1)
    epsilon_end: float = setting(0.05, "Share of random actions at last.", minimum=0, maximum=1)
    epsilon_steps: int = setting(50_000, "Environment steps in which it falls, linearly.", minimum=1)
    double_q: bool = setting(True, "The trained network chooses the action whose value the target network tells.")
    target_rate: float = setting(1.0, "How far target networks move towards the trained ones.", above=0, maximum=1)
    target_interval: int = setting(200, "Updates from one move of the target networks to the next.", minimum=1)
    trace: float = setting(
        0.0, "lambda of TD(lambda); above 0, updates learn from whole episodes.", minimum=0, maximum=1
    )
    episodes: int = setting(32, "Episodes of one update, where it learns from whole episodes.", minimum=1)
    length: int = setting(100, "Most steps of each of them; of longer episodes, it learns from parts.", minimum=1)
    standardise_rewards: bool = setting(False, "Learn from rewards less their running mean, over their deviation.")

    def __post_init__(self) -> None:
        if self.trace and self.return_steps != 1:
            raise ValueError("return_steps are of single transitions, and trace learns from whole episodes")


@dataclass
class IQLSettings(QLearningSettings):
    """Each agent learns a value of its own."""

    own_rewards: bool = setting(
        True, "Teach each agent by what it is paid, where agents are paid differently; else by the team's reward."
    )


@dataclass
class VDNSettings(QLearningSettings):
    """The team's value is the sum of the agents' utilities."""


@dataclass
class MixerSettings:
    """The network that mixes utilities."""

    width: int = setting(32, "Units of its hidden layer.", minimum=1)
    hidden: list[int] = setting(
        [64], "Units of each hidden layer of the networks of the state that give its weights.", minimum=1
    )


@dataclass
class QMIXSettings(QLearningSettings):
    """The team's value is a monotonic network of the agents' utilities, which depends on the state."""

    mixer: MixerSettings = field(default_factory=MixerSettings, metadata={"help": "The network that mixes utilities."})
