"""Settings of algorithms that learn from a replay memory. Imports no torch."""

from dataclasses import dataclass

from quorate.learning.settings import Bounds, policy_input
from quorate.settings import Component, setting


@dataclass
class ReplaySettings:
    """What algorithms that learn from a replay memory share."""

    input: Component = policy_input()
    environments: int = setting(20, "Environments stepped together.", minimum=1)
    replay: int = setting(1_000_000, "Transitions that the replay memory keeps.", minimum=1)
    batch_size: int = setting(256, "Transitions of one update.", minimum=1)
    update_interval: int = setting(1, "Steps of all environments between one training and the next.", minimum=1)
    updates: int = setting(1, "Updates of one training.", minimum=1)
    discount: float = setting(0.99, "gamma.", minimum=0, maximum=1)
    bounds: Bounds = setting(Bounds.RESCALE, "How normalised actions meet the environment's bounds.")


@dataclass
class OffPolicySettings(ReplaySettings):
    """What algorithms that learn values from a replay memory share."""

    warmup_steps: int = setting(1000, "Environment steps of uniformly random actions, before any update.", minimum=0)
    return_steps: int = setting(1, "Most rewards in a return before it bootstraps.", minimum=1)
    reward_scale: float = setting(1.0, "Factor on rewards in returns; measured returns are not scaled.", above=0)
    target_rate: float = setting(0.005, "How far target networks move towards the trained ones.", above=0, maximum=1)
