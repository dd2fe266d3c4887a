"""Settings of everything this plugin registers; imports neither torch nor numpy."""

from dataclasses import dataclass, field
from enum import StrEnum

from quorate.settings import Component, component, setting


class Projection(StrEnum):
    """The policies that an update is projected onto."""

    ALL_POLICIES = "all-policies"
    """Every density: the update is exact, on a grid."""
    GAUSSIAN = "gaussian"
    """Normal distributions: the update is the stationary point of the KL divergence."""
    DDPM = "ddpm"
    """Diffusion models (or another class of `policy`): the update is followed by weighted samples."""


class Estimator(StrEnum):
    """Where an agent's averaged Q function comes from."""

    ORACLE = "oracle"
    """The exact one, of the rewards that have been met: what the theorem assumes."""
    KERNEL = "kernel"
    """Kernel regression on everything that was played."""


@dataclass
class DecisionGameSettings:
    """A game of one decision for each agent; the defaults are those of the paper's game of n agents."""

    agents: int = setting(2, "n, the number of agents.", minimum=1)
    curvature: float = setting(10.0, "nu: an action a costs nu a^2.", minimum=0)
    bump_height: float = setting(2.7, "c0: height of the reward's two bumps.", minimum=0)
    bump_sharpness: float = setting(250.0, "alpha: a bump is exp(-alpha d^2) at a distance d.", above=0)
    bump_offset: float = setting(0.5, "beta: the bumps are at -beta and beta.", above=0)
    success_peak: float = setting(
        0.005, "c_p: probability that an action at -beta raises the agent's flag.", minimum=0, maximum=1
    )
    success_window: float | None = setting(
        0.25, "Actions farther than this from -beta never raise the flag; null: no limit.", above=0
    )
    flag_reward: float = setting(20000.0, "c1: reward of each raised flag, where not all are.", minimum=0)
    goal_reward: float = setting(30000.0, "c2: reward where all flags are raised.", minimum=0)
    goal_bonus: float = setting(10000.0, "c3: where all flags are raised, c3 exp(-|a|^2) is added.", minimum=0)
    discount: float = setting(0.1, "gamma, by which optima and expected returns are meant.", minimum=0, below=1)
    bounded: bool = setting(False, "Actions lie in [-1, 1] and are clipped to it, rather than in the real line.")


@dataclass
class Refit:
    """How a policy class that is trained by samples follows the exact updates."""

    every: int = setting(15, "Epochs whose updates are gathered before the policy is projected onto them.", minimum=1)
    steps: int = setting(300, "Optimiser steps of a projection.", minimum=1)
    initial_steps: int = setting(1500, "Optimiser steps that fit the initial normal distribution.", minimum=1)
    samples: int = setting(2048, "N, actions drawn from the old policy for a projection.", minimum=2)
    batch_size: int = setting(512, "Actions of one optimiser step.", minimum=1)
    learning_rate: float = setting(0.001, "Of Adam; it falls linearly to a fiftieth within each projection.", above=0)
    scale: float = setting(1.0, "The policy's [-1, 1] stands for [-scale, scale]; bounded actions take 1.", above=0)
    measure: int = setting(4096, "Actions by which the policy is measured.", minimum=2)


@dataclass
class DecSPGSettings:
    """Decentralised softmax policy gradient on games of one decision."""

    projection: Projection = setting(Projection.ALL_POLICIES, "What each update is projected onto.")
    batch_size: int = setting(200, "B, episodes that are played in an epoch.", minimum=1)
    step_size: float = setting(0.009, "eta; Q is weighted by eta / (1 - gamma).", above=0)
    estimator: Estimator = setting(Estimator.ORACLE, "Where the averaged Q function comes from.")
    initial_variance: float = setting(0.1, "Variance of the initial policy, a normal distribution around 0.", above=0)
    interval: list[float] = setting([-2.0, 2.0], "Ends of the grid of actions; bounded actions take [-1, 1].")
    grid_points: int = setting(801, "Points of the grid.", minimum=11)
    bandwidth: float = setting(0.03, "Of the kernel regression, in units of the action.", above=0)
    prior_weight: float = setting(2.0, "Samples that the regression's prior, -nu a^2, counts for.", minimum=0)
    iterations: int = setting(20, "Of the damped iteration for the Gaussian's stationary point.", minimum=1)
    policy: Component = component("policy", "ddpm", "The class that `projection: ddpm` trains.")
    refit: Refit = field(default_factory=Refit, metadata={"help": "How it follows the exact updates."})

    def __post_init__(self) -> None:
        if len(self.interval) != 2 or not self.interval[0] < self.interval[1]:
            raise ValueError(f"interval: expected two rising numbers, got {list(self.interval)}")
