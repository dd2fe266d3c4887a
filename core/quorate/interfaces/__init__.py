"""What a component of each kind must be. Interfaces are abstract; implementations are final.

Names are imported when first used: some of them need torch, and what only launches runs does not.
"""

from typing import TYPE_CHECKING

from quorate.lazy import lazily

if TYPE_CHECKING:
    from quorate.interfaces.acting import Acting, Actor, SelfEvaluating
    from quorate.interfaces.algorithm import Algorithm, RunContext
    from quorate.interfaces.denoiser import (
        Denoiser,
        Fittable,
        Linearisable,
        LogitDenoiser,
        Moments,
        NoiseDistribution,
        PoolingDenoiser,
        PreparingDenoiser,
        Regressing,
        SelfDifferentiating,
    )
    from quorate.interfaces.deployable import Deployable, Deployment
    from quorate.interfaces.environment import Environment, EnvironmentSpec, Observability, Step
    from quorate.interfaces.history import HistoryBuffer, HistoryLayout
    from quorate.interfaces.inference import Estimate, InferenceScheme, Inferring
    from quorate.interfaces.launcher import Ending, Launcher, Status, Task, Watcher
    from quorate.interfaces.network import Network, NetworkSpec
    from quorate.interfaces.pays_later import PaysLater
    from quorate.interfaces.policy import (
        Greedy,
        Likelihood,
        Policy,
        PolicySpec,
        Projectable,
        ProjectionTarget,
        Reparameterised,
    )
    from quorate.interfaces.policy_input import InputContext, InputTracker, PolicyInput
    from quorate.interfaces.posterior import Enumerable, ExactPosterior, Filtering
    from quorate.interfaces.rendering import Filmable, Renderable
    from quorate.interfaces.resumable import PartlyResumable, Restarts, Resumable
    from quorate.interfaces.runs import SavedRun
    from quorate.interfaces.transferable import Transferable

__all__ = [
    "Acting",
    "Actor",
    "Algorithm",
    "Denoiser",
    "Deployable",
    "Deployment",
    "Ending",
    "Enumerable",
    "Environment",
    "EnvironmentSpec",
    "Estimate",
    "ExactPosterior",
    "Filmable",
    "Filtering",
    "Greedy",
    "HistoryBuffer",
    "HistoryLayout",
    "InferenceScheme",
    "Inferring",
    "InputContext",
    "InputTracker",
    "Launcher",
    "Likelihood",
    "Fittable",
    "Linearisable",
    "LogitDenoiser",
    "Moments",
    "Network",
    "NetworkSpec",
    "NoiseDistribution",
    "Observability",
    "PartlyResumable",
    "PaysLater",
    "Policy",
    "PolicyInput",
    "PolicySpec",
    "PoolingDenoiser",
    "PreparingDenoiser",
    "Regressing",
    "Projectable",
    "ProjectionTarget",
    "Renderable",
    "Reparameterised",
    "Restarts",
    "Resumable",
    "RunContext",
    "SavedRun",
    "SelfDifferentiating",
    "SelfEvaluating",
    "Status",
    "Step",
    "Task",
    "Transferable",
    "Watcher",
]

__getattr__, __dir__ = lazily(
    __name__,
    {
        ".acting": "Acting Actor SelfEvaluating",
        ".algorithm": "Algorithm RunContext",
        ".denoiser": "Denoiser Fittable Linearisable LogitDenoiser Moments NoiseDistribution PoolingDenoiser "
        "PreparingDenoiser Regressing SelfDifferentiating",
        ".deployable": "Deployable Deployment",
        ".environment": "Environment EnvironmentSpec Observability Step",
        ".history": "HistoryBuffer HistoryLayout",
        ".inference": "Estimate InferenceScheme Inferring",
        ".launcher": "Ending Launcher Status Task Watcher",
        ".network": "Network NetworkSpec",
        ".pays_later": "PaysLater",
        ".policy": "Greedy Likelihood Policy PolicySpec Projectable ProjectionTarget Reparameterised",
        ".policy_input": "InputContext InputTracker PolicyInput",
        ".posterior": "Enumerable ExactPosterior Filtering",
        ".rendering": "Filmable Renderable",
        ".resumable": "PartlyResumable Restarts Resumable",
        ".runs": "SavedRun",
        ".transferable": "Transferable",
    },
)
