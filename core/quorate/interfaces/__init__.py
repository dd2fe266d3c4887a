"""What a component of each kind must be. Interfaces are abstract; implementations are final.

Names are imported when first used: some of them need torch, and what only launches runs does not.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from quorate.interfaces.acting import Acting, Actor, SelfEvaluating
    from quorate.interfaces.algorithm import Algorithm, RunContext
    from quorate.interfaces.denoiser import (
        Denoiser,
        Fittable,
        Linearisable,
        LogitDenoiser,
        NoiseDistribution,
        PoolingDenoiser,
    )
    from quorate.interfaces.deployable import Deployable, Deployment
    from quorate.interfaces.environment import Environment, EnvironmentSpec, Observability, Step
    from quorate.interfaces.history import HistoryBuffer, HistoryLayout
    from quorate.interfaces.inference import Estimate, InferenceScheme, Inferring
    from quorate.interfaces.launcher import Ending, Launcher, Status, Task, Watcher
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
    "NoiseDistribution",
    "Observability",
    "PartlyResumable",
    "Policy",
    "PolicyInput",
    "PolicySpec",
    "PoolingDenoiser",
    "Projectable",
    "ProjectionTarget",
    "Renderable",
    "Reparameterised",
    "Restarts",
    "Resumable",
    "RunContext",
    "SavedRun",
    "SelfEvaluating",
    "Status",
    "Step",
    "Task",
    "Transferable",
    "Watcher",
]

_HOMES = {
    "Acting": "acting",
    "Actor": "acting",
    "Algorithm": "algorithm",
    "Denoiser": "denoiser",
    "Deployable": "deployable",
    "Deployment": "deployable",
    "Ending": "launcher",
    "Enumerable": "posterior",
    "Environment": "environment",
    "EnvironmentSpec": "environment",
    "Estimate": "inference",
    "ExactPosterior": "posterior",
    "Filmable": "rendering",
    "Filtering": "posterior",
    "Greedy": "policy",
    "HistoryBuffer": "history",
    "HistoryLayout": "history",
    "InferenceScheme": "inference",
    "Inferring": "inference",
    "InputContext": "policy_input",
    "InputTracker": "policy_input",
    "Launcher": "launcher",
    "Likelihood": "policy",
    "Fittable": "denoiser",
    "Linearisable": "denoiser",
    "LogitDenoiser": "denoiser",
    "NoiseDistribution": "denoiser",
    "Observability": "environment",
    "PartlyResumable": "resumable",
    "Policy": "policy",
    "PolicyInput": "policy_input",
    "PolicySpec": "policy",
    "PoolingDenoiser": "denoiser",
    "Projectable": "policy",
    "ProjectionTarget": "policy",
    "Renderable": "rendering",
    "Reparameterised": "policy",
    "Restarts": "resumable",
    "Resumable": "resumable",
    "RunContext": "algorithm",
    "SavedRun": "runs",
    "SelfEvaluating": "acting",
    "Status": "launcher",
    "Step": "environment",
    "Task": "launcher",
    "Transferable": "transferable",
    "Watcher": "launcher",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = globals()[name] = getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
