"""Settings of everything this plugin registers; imports neither torch nor numpy."""

from dataclasses import dataclass
from enum import StrEnum

from quorate.information import Written
from quorate.learning.input_settings import InputSettings, sharing_delay
from quorate.learning.settings import gru, network
from quorate.settings import REQUIRED, Component, RunReference, component, components, setting


class Encoding(StrEnum):
    """How a denoiser reads a history."""

    LOCAL = "local"
    GLOBAL = "global"


class Output(StrEnum):
    """The range of a denoiser's estimate."""

    BOUNDED = "bounded"
    PLAIN = "plain"


class Activation(StrEnum):
    """The nonlinearity of a network's hidden layers."""

    HARDSWISH = "hardswish"
    SILU = "silu"


class Order(StrEnum):
    """The order in which agents take turns."""

    GIVEN = "given"
    RANDOM_ONCE = "random-once"
    RANDOM_EACH_CYCLE = "random-each-cycle"


class EigenvalueMethod(StrEnum):
    """How the largest eigenvalue of a Jacobian is found."""

    POWER = "power"
    EXACT = "exact"


class Holdout(StrEnum):
    """What is kept from training."""

    NONE = "none"
    STATES = "states"
    HISTORIES = "histories"
    EPISODES = "episodes"


@dataclass
class FixedNoiseSettings:
    """One noise level."""

    sigma: float = setting(0.3, "The noise level, in units of the state.", above=0)


@dataclass
class LogUniformNoiseSettings:
    """Noise levels uniform on a logarithmic scale."""

    minimum: float = setting(0.1, "The smallest noise level, in units of the state.", above=0)
    maximum: float = setting(1.0, "The largest noise level, in units of the state.", above=0)

    def __post_init__(self) -> None:
        if not self.minimum < self.maximum:
            raise ValueError(f"minimum ({self.minimum}) must be less than maximum ({self.maximum})")


@dataclass
class LogNormalNoiseSettings:
    """Noise levels whose logarithm is normal (EDM's choice)."""

    mean: float = setting(-1.2, "The mean of log sigma.")
    deviation: float = setting(1.2, "The standard deviation of log sigma.", above=0)


@dataclass
class LearnedSettings:
    """What all denoisers that are trained have in common."""

    encoding: Encoding = setting(
        Encoding.GLOBAL,
        "local: who the agent is and its observations as they are; global: its observations in the frame of the "
        "state, as a mask of what it watches and what it detects there.",
    )
    output: Output = setting(
        Output.BOUNDED, "bounded: sigmoid(network + gain * noisy state), in (0, 1); plain: linear, any value."
    )
    condition_on_sigma: bool = setting(
        False, "Also read the noise level; inference schemes must then anneal it (their `anneal` setting)."
    )


@dataclass
class MLPSettings(LearnedSettings):
    """A fully connected denoiser, shared by the agents."""

    width: int = setting(256, "Units of each hidden layer.", minimum=1)
    depth: int = setting(2, "Hidden layers.", minimum=1)
    activation: Activation = setting(
        Activation.HARDSWISH, "Of the hidden layers; hardswish does as well as silu here and costs a fifth of it."
    )


@dataclass
class RecurrentSettings(LearnedSettings):
    """A denoiser that reads histories step by step, shared by the agents."""

    network: Component = network("The network, which must remember.", gru(hidden=[], memory=128, head=[256, 256]))


@dataclass
class ExactSettings:
    """The Bayes-optimal denoiser for one distribution of noise levels."""

    noise: Component = component("noise", "log-uniform", "The noise levels it is optimal for when told none.")


@dataclass
class NeighboursSettings(ExactSettings):
    """The denoiser that is fitted to histories and states."""

    neighbours: int = setting(256, "How many of the nearest histories count.", minimum=1)


@dataclass
class FlowSettings:
    """What all inference schemes share."""

    draws: int = setting(
        1, "Initial noises per estimate; the best draw is kept (accepted first, least change next).", minimum=1
    )
    initial_noise: float = setting(1.0, "Standard deviation of the initial noise of a blind flow.", minimum=0)
    initial_mean: float = setting(
        0.0,
        "Mean of the initial noise, in every feature of the state; with `initial_noise: 0` and the states' mean (of k "
        "targets on A areas: k / A) a flow starts from what is known before anything is seen.",
    )
    anneal: list[float] | None = setting(
        None, "Noise levels [first, last] for a denoiser that is told sigma; null for a blind one.", above=0
    )
    checks: bool = setting(True, "Run the two acceptance checks of the paper on each estimate.")
    tolerance: float = setting(
        1.0,
        "Largest change (2-norm) that individual denoisers may make to an accepted estimate; the paper's 2D.",
        above=0,
    )
    check_steps: int = setting(50, "Most iterations of an individual denoiser in the second check.", minimum=1)
    eigenvalues: EigenvalueMethod = setting(
        EigenvalueMethod.POWER, "power: adaptive power iteration; exact: full Jacobians, many times slower."
    )

    def __post_init__(self) -> None:
        if self.anneal is not None and (len(self.anneal) != 2 or not self.anneal[0] > self.anneal[1]):
            raise ValueError(f"anneal ({self.anneal}) must be two noise levels, the larger one first")


@dataclass
class IndividualSettings(FlowSettings):
    """Each agent alone."""

    steps: int = setting(100, "Denoiser calls of each agent.", minimum=1)


@dataclass
class CompositeSettings(FlowSettings):
    """All agents in turn."""

    steps: int = setting(100, "Denoiser calls in sequence; n of them are one cycle.", minimum=1)
    order: Order = setting(Order.GIVEN, "given: as the environment lists them; random orders differ from row to row.")


@dataclass
class PartialCompositeSettings(CompositeSettings):
    """Some agents in turn."""

    agents: list[int] = setting(
        [], "The agents that take part, as indices from 0; empty: `count` random ones.", minimum=0
    )
    count: int = setting(0, "How many random agents take part, drawn for each row.", minimum=0)

    def __post_init__(self) -> None:
        super().__post_init__()
        if bool(self.agents) == bool(self.count):
            raise ValueError("give either agents (a list of indices) or count (a number of random agents)")
        if len(set(self.agents)) != len(self.agents):
            raise ValueError(f"agents ({self.agents}) names an agent twice")


@dataclass
class ProductOfExpertsSettings(FlowSettings):
    """All agents at once, pooled as a product of experts."""

    initial_noise: float = setting(
        0.0,
        "Standard deviation of the initial noise; at 0 the first round pools what the histories alone say.",
        minimum=0,
    )
    rounds: int = setting(4, "Rounds; each calls every agent's denoiser once.", minimum=1)
    weight: float = setting(1.0, "Weight of each agent's evidence; 1 is Bayes' rule for independent evidence.", above=0)


@dataclass
class RandomPolicySettings:
    """Uniform over the valid actions."""


@dataclass
class StateInferenceSettings:
    """Training of a denoiser on collected histories, and evaluation of inference schemes with it."""

    denoiser: Component = component("denoiser", "mlp", "What is trained.")
    regressor: Component | None = component(
        "network",
        None,
        "Trained beside it to tell mean and variance of the state from one history: what schemes weigh agents by.",
    )
    inference: list[Component] = components("inference", ["individual", "composite"], "The schemes to evaluate.")
    noise: Component = component("noise", "log-uniform", "Noise levels of the training samples.")
    behaviour: Component = component("policy", "random", "The policy that collects histories and states.")
    behaviour_run: RunReference | None = setting(
        None,
        "The folder of a run whose learned behaviour collects them instead (the newest run in it, if it is none); "
        "relative to the working directory.",
    )
    history_length: int = setting(1, "Observations in a history.", minimum=1)
    history_actions: bool = setting(False, "Histories also hold the own action that led to each observation.")
    hidden_steps: int = setting(
        0,
        "Train on histories of which the newest observations are hidden, from none to this many, as if they were told "
        "late; what the input `shared-estimate` needs where the others' are.",
        minimum=0,
    )
    samples: int = setting(100_000, "Joint histories with their states to collect.", minimum=1)
    environments: int = setting(1000, "Environments stepped together while collecting.", minimum=1)
    steps_per_episode: int | None = setting(
        None, "Samples of each episode before all environments are reset; null: whole episodes.", minimum=1
    )
    batch_size: int = setting(256, "Training samples of one update.", minimum=1)
    learning_rate: float = setting(4e-3, "Peak learning rate of AdamW.", above=0)
    weight_decay: float = setting(0.01, "Weight decay of AdamW.", minimum=0)
    warmup_steps: int = setting(
        100, "Updates over which the learning rate rises; it then falls as a cosine to 0.", minimum=0
    )
    clip_norm: float = setting(1.0, "The denoiser's gradients are clipped to this 2-norm.", above=0)
    average: float | None = setting(
        None,
        "Infer with a moving average of the trained weights, which keeps this share of itself in each update (0.995, "
        "say), and less in the first ones: it is good after fewer updates. null: with the trained weights themselves.",
        above=0,
        below=1,
    )
    pool_histories: bool = setting(
        False, "Train on what 1 to n random agents' histories say together, instead of one agent's history."
    )
    null_history: float = setting(
        0.3,
        "Fraction of training samples without a history: the common base of products of experts.",
        minimum=0,
        below=1,
    )
    holdout: Holdout = setting(
        Holdout.NONE, "What to keep from training: nothing, or a share of the states, joint histories or episodes."
    )
    holdout_fraction: float = setting(0.2, "The share that is held out.", above=0, below=1)
    evaluation_samples: int = setting(
        200, "Joint histories that an evaluation infers the states of, per split.", minimum=1
    )
    posterior_histories: int = setting(
        0, "Histories whose estimates are compared with the exact posterior; 0: none.", minimum=0
    )
    posterior_draws: int = setting(500, "Initial noises per such history.", minimum=1)


@dataclass
class EstimateSettings(InputSettings):
    """An estimate of the state, inferred at each step with the denoiser of a finished run of state-inference."""

    run: RunReference = setting(
        REQUIRED,
        "The folder of the run whose denoiser and history length are taken (the newest run in it, if it is none); "
        "relative to the working directory.",
    )
    inference: Component = component(
        "inference", "composite", "How the agents infer; with one draw its acceptance checks are left out."
    )
    shuffle: bool = setting(
        False, "A negative control: give each environment the estimate of another, so that it says nothing."
    )


@dataclass
class SharedEstimateSettings(EstimateSettings):
    """An estimate of the state from what an information structure makes common, and from each agent's own history."""

    delay: Written = sharing_delay()
    own_steps: int = setting(
        1, "Denoiser calls with its own whole history by which each agent goes on from the common estimate.", minimum=1
    )


@dataclass
class ExactPosteriorSettings(InputSettings):
    """The mean of the exact posterior given what all agents have seen."""

    history_length: int | None = setting(
        None, "Observations of each agent that it knows; null: all since the episode began.", minimum=1
    )
    shuffle: bool = setting(
        False, "A negative control: give each environment the estimate of another, so that it says nothing."
    )
