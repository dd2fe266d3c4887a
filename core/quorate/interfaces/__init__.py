"""What a component of each kind must be. Interfaces are abstract; implementations are final."""

from quorate.interfaces.absolute import AbsoluteEvaluation
from quorate.interfaces.algorithm import Algorithm, RunContext
from quorate.interfaces.denoiser import Denoiser, Linearisable, LogitDenoiser, NoiseDistribution, PoolingDenoiser
from quorate.interfaces.environment import Environment, EnvironmentSpec, Observability, Step
from quorate.interfaces.history import HistoryBuffer, HistoryLayout
from quorate.interfaces.inference import Estimate, InferenceScheme
from quorate.interfaces.launcher import Ended, Ending, Launcher, Task, Watcher
from quorate.interfaces.policy import (
    Greedy,
    Likelihood,
    Policy,
    PolicySpec,
    Projectable,
    ProjectionTarget,
    Reparameterised,
)
from quorate.interfaces.policy_input import Acting, Actor, InputContext, InputTracker, PolicyInput
from quorate.interfaces.posterior import Enumerable, ExactPosterior, Filtering, Renderable
from quorate.interfaces.resumable import Resumable

__all__ = [
    "AbsoluteEvaluation",
    "Acting",
    "Actor",
    "Algorithm",
    "Denoiser",
    "Ended",
    "Ending",
    "Enumerable",
    "Environment",
    "EnvironmentSpec",
    "Estimate",
    "ExactPosterior",
    "Filtering",
    "Greedy",
    "HistoryBuffer",
    "HistoryLayout",
    "InferenceScheme",
    "InputContext",
    "InputTracker",
    "Launcher",
    "Likelihood",
    "Linearisable",
    "LogitDenoiser",
    "NoiseDistribution",
    "Observability",
    "Policy",
    "PolicyInput",
    "PolicySpec",
    "PoolingDenoiser",
    "Projectable",
    "ProjectionTarget",
    "Renderable",
    "Reparameterised",
    "Resumable",
    "RunContext",
    "Step",
    "Task",
    "Watcher",
]
