"""Settings of the policy classes. Imports no torch."""

from dataclasses import dataclass
from enum import StrEnum

from quorate.learning.settings import Activation, network
from quorate.settings import Component, setting


class Squash(StrEnum):
    """What keeps the actions of a Gaussian in the box."""

    NONE = "none"
    """Nothing: whoever acts clips them."""
    TANH = "tanh"


class Variance(StrEnum):
    """What the standard deviation of a Gaussian is a function of."""

    NETWORK = "network"
    """The input."""
    PARAMETER = "parameter"
    """Nothing: one learned vector for each agent."""


class Parametrisation(StrEnum):
    """How a standard deviation is made of an unbounded number x."""

    LOG = "log"
    """exp(x), x clamped to `log_std`."""
    SIGMOID = "sigmoid"
    """std_limit * sigmoid(x / sigmoid_scale)."""


class GaussianProjection(StrEnum):
    """What a Gaussian minimises to become like a weighted target."""

    REVERSE_KL = "reverse-kl"
    """KL(Gaussian || target) by the gradient of the weight's logarithm: seeks one mode."""
    WEIGHTED_LIKELIHOOD = "weighted-likelihood"
    """The weighted negative log-likelihood of samples, KL(target || Gaussian): matches mean and variance."""


@dataclass
class GaussianSettings:
    """A Gaussian with a diagonal covariance."""

    network: Component = network()
    squash: Squash = setting(Squash.NONE, "What keeps actions in [-1, 1].")
    variance: Variance = setting(Variance.NETWORK, "Whether the standard deviation depends on the input.")
    parametrisation: Parametrisation = setting(Parametrisation.LOG, "How the standard deviation is bounded.")
    log_std: tuple[float, float] = setting((-5.0, 2.0), "Range of the log standard deviation (`log`).")
    std_limit: float = setting(0.5, "Largest standard deviation (`sigmoid`).", above=0)
    sigmoid_scale: float = setting(1.0, "Divisor in the sigmoid (`sigmoid`).", above=0)
    initial_log_std: float = setting(0.0, "Where x begins; added to what a network gives.")
    std_floor: float = setting(0.0, "Added to every standard deviation, so that it stays above.", minimum=0)
    projection: GaussianProjection = setting(
        GaussianProjection.REVERSE_KL, "How it is projected onto a weighted target."
    )

    def __post_init__(self) -> None:
        if self.log_std[0] >= self.log_std[1]:
            raise ValueError("log_std must be an increasing pair: [lowest, highest]")


@dataclass
class CategoricalSettings:
    """A probability for each discrete action."""

    network: Component = network()


class Schedule(StrEnum):
    """How much noise each step of diffusion adds."""

    LINEAR = "linear"
    """Betas evenly spaced from `start` to `end` (0.001, 0.999)."""
    LINEAR_SCALED = "linear-scaled"
    """`scale` times betas evenly spaced from `start` to `end` (0.0001, 0.999)."""
    COSINE = "cosine"
    """Squared cosine of the time as alpha-bar; betas at most 0.999."""
    VP = "vp"
    """Variance preserving: the exponential of a rate that grows from `start` to `end` (0.1, 10)."""


class ReverseVariance(StrEnum):
    """The variance of the noise that a reverse step adds."""

    BETA = "beta"
    """Nearly unbiased spread of samples."""
    BETA_OVER_ALPHA = "beta-over-alpha"
    """The paper's; samples spread too much."""
    POSTERIOR = "posterior"
    """That of the forward process given both ends; samples spread too little."""


class LossWeight(StrEnum):
    """How the steps of diffusion count in the loss on the predicted noise."""

    UNIFORM = "uniform"
    PAPER = "paper"
    """beta / (1 - alpha-bar)."""


class Precision(StrEnum):
    """What the score network computes in when actions are sampled without gradients."""

    FLOAT32 = "float32"
    BFLOAT16 = "bfloat16"


@dataclass
class DDPMSettings:
    """A diffusion model of the action; samples cost `steps` calls of the network."""

    network: Component = network(hidden=[256, 256, 256], activation=Activation.SILU)
    time_features: int = setting(16, "Size of the embedding of the diffusion step; even.", minimum=4)
    action_gain: float = setting(
        1.0, "Factor on the action's initial weights in the first layer; more learns sharp densities sooner.", above=0
    )
    steps: int = setting(10, "Steps H of diffusion.", minimum=1)
    schedule: Schedule = setting(Schedule.COSINE, "How much noise each step adds.")
    start: float | None = setting(None, "Start of the schedule; null: as the schedule says.", above=0)
    end: float | None = setting(None, "End of the schedule; null: as the schedule says.", above=0)
    scale: float = setting(0.3, "Factor on the betas (`linear-scaled`).", above=0, maximum=1)
    variance: ReverseVariance = setting(ReverseVariance.BETA, "Variance of the noise that a reverse step adds.")
    clip_denoised: bool = setting(True, "Clip the estimated clean action to [-1, 1] in each reverse step.")
    loss_weight: LossWeight = setting(LossWeight.UNIFORM, "How the steps count in the loss.")
    initial_noise: float = setting(1.0, "Standard deviation of the noise that sampling begins with.", above=0)
    compile: bool = setting(False, "Compile the reverse step (torch.compile); the first calls take long.")
    precision: Precision = setting(Precision.FLOAT32, "Of the network when sampling without gradients.")

    def __post_init__(self) -> None:
        if self.time_features % 2:
            raise ValueError("time_features must be even")
        self._check_range()

    def _check_range(self) -> None:
        if self.schedule is Schedule.COSINE:
            if self.start is not None or self.end is not None:
                raise ValueError("the schedule cosine has no start and no end; leave both null")
        elif self.schedule is not Schedule.VP and any(limit is not None and limit >= 1 for limit in self.limits):
            raise ValueError("start and end are betas of this schedule, and must be below 1")

    @property
    def limits(self) -> tuple[float | None, float | None]:
        """Start and end, as given."""
        return self.start, self.end
