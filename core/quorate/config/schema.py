"""What a run's YAML file may hold."""

from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from quorate.config.points import EvaluationSteps
from quorate.settings import REQUIRED, Component, component, components, setting


@dataclass
class Budget:
    """How long to train."""

    train_steps: int = setting(REQUIRED, "Updates to make; 0 only evaluates.", minimum=0, maximum=10**15)


class Goal(StrEnum):
    """Which values of a metric are better."""

    MAXIMISE = "maximise"
    MINIMISE = "minimise"


class EvaluationMode(StrEnum):
    """How policies act when they are evaluated."""

    GREEDY = "greedy"
    """By their mean or mode, or the best of several samples; policies that have none are sampled."""
    SAMPLED = "sampled"


@dataclass
class Evaluation:
    """When to evaluate, besides at the end, in which episodes, and whether the best policy seen plays once more."""

    every: int = setting(0, "Evaluate after every so many training steps; 0: only at the end.", minimum=0)
    points: int = setting(
        0, "Instead of every: evaluate at so many evenly spaced steps, the last of them the end; 0: off.", minimum=0
    )
    at_start: bool = setting(False, "Also evaluate before the first training step.")
    episodes: int = setting(100, "Episodes to play in an evaluation, the same ones each time.", minimum=1)
    environments: int = setting(100, "Environments to play them in at once.", minimum=1)
    mode: EvaluationMode | None = setting(
        None, "Take the policies' best actions, or sample; null: what is usual for the algorithm."
    )
    absolute: int = setting(
        0,
        "The absolute metric: at the end, the best policy seen in an evaluation plays so many times the usual number "
        "of episodes, which are others; 0: off.",
        minimum=0,
    )
    metric: str = setting("return/mean", "The metric of evaluations by which the best policy is chosen.")
    goal: Goal = setting(Goal.MAXIMISE, "Which values of that metric are better.")

    def __post_init__(self) -> None:
        if self.every and self.points:
            raise ValueError("every and points both say when to evaluate; set one of them to 0.")

    @property
    def greedy(self) -> bool | None:
        """The mode, as `Acting.actor` takes it."""
        return None if self.mode is None else self.mode is EvaluationMode.GREEDY

    def steps(self, total: int) -> EvaluationSteps:
        """The training steps after which is evaluated, in order.

        Args:
            total: the budget's training steps, which is always among them.
        """
        return EvaluationSteps(total, every=self.every, points=self.points, at_start=self.at_start)


@dataclass
class Checkpoints:
    """When to write checkpoints, besides at the end."""

    every: int = setting(500, "Write one after every so many training steps; 0: only at the end.", minimum=0)
    keep: int = setting(3, "How many of the latest to keep.", minimum=1)


@dataclass
class Logging:
    """When to record training metrics."""

    every: int = setting(50, "Read and record the training metrics after every so many steps.", minimum=1)


@dataclass
class RunSettings:
    """One run: an algorithm that learns from an environment, under a budget.

    Raises:
        ValueError: a logger is given twice with the same settings.
    """

    environment: Component = component("environment", REQUIRED, "What to learn from.")
    algorithm: Component = component("algorithm", REQUIRED, "What learns.")
    budget: Budget = field(default_factory=Budget, metadata={"help": "How long to train."})
    evaluation: Evaluation = field(default_factory=Evaluation, metadata={"help": "When to evaluate, and how."})
    checkpoint: Checkpoints = field(default_factory=Checkpoints, metadata={"help": "When to write checkpoints."})
    log: Logging = field(default_factory=Logging, metadata={"help": "When to record training metrics."})
    loggers: list[Component] = components("logger", [], "Further places to send the metrics to.")
    seed: int = setting(0, "The root of all randomness.", minimum=0)
    device: str = setting("cpu", "Where to compute: cpu, cuda, cuda:0, ..., or auto (a GPU where there is one).")
    threads: int | None = setting(
        1,
        "Threads of one torch operation: more pay for networks that are wide; null leaves the choice to torch.",
        minimum=1,
        maximum=1024,
    )
    workers: int = setting(
        0, "Processes that step PettingZoo environments; 0: in this process.", minimum=0, maximum=256
    )
    name: str = setting("", "The run's folder below the directory; empty: the name of the YAML file.")
    directory: Path = setting(Path("runs"), "The folder for all runs.")

    def __post_init__(self) -> None:
        for index, logger in enumerate(self.loggers):
            if logger in self.loggers[:index]:
                raise ValueError(
                    f"loggers: {logger.name} is given twice, and would write everything twice; remove one."
                )
