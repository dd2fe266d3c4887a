"""What a run records of itself: versions, machine, revision, command line, conventions."""

import os
import platform
import shutil
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any

import torch

import quorate
from quorate.config.resolved import ResolvedRun
from quorate.config.schema import Goal
from quorate.interfaces import EnvironmentSpec
from quorate.processes.program import run_program
from quorate.registry import Registry
from quorate.registry.entries import HERE
from quorate.settings import Component

_EXTREME = {Goal.MAXIMISE: "largest", Goal.MINIMISE: "smallest"}

_SHOWN = 20
"""Evaluation points that are written out."""


def make_record(
    run: ResolvedRun,
    registry: Registry,
    spec: EnvironmentSpec,
    conventions: Mapping[str, Any],
    device: torch.device,
    command: Sequence[str],
    transport: str | None = None,
) -> dict[str, Any]:
    """The content of ``record.json``."""
    rows = [registry.row_of(part) for part in run.components() if part.interpreter is None]
    return {
        "schema": 1,
        "started": datetime.now(UTC).isoformat(timespec="seconds"),
        "command": list(command),
        "manifests": [str(Path(path).resolve()) for path in registry.origin["manifests"]],
        "registered": [row.name for row in rows if row.distribution == HERE],
        "versions": _versions(run, registry),
        "machine": _machine(device) | ({} if transport is None else {"transport": transport}),
        "git": git_revision(Path.cwd()),
        "environment": _environment(run.settings.environment, spec),
        "evaluation": _evaluation(run),
        "conventions": {**conventions},
    }


def _evaluation(run: ResolvedRun) -> dict[str, Any]:
    """The protocol; episodes per point and how policies act in them are among the algorithm's conventions."""
    settings = run.settings.evaluation
    steps = settings.steps(run.settings.budget.train_steps)
    shown = [*steps] if len(steps) <= _SHOWN else [*steps[: _SHOWN - 1], "...", steps[-1]]
    absolute = {
        "policy": f"of the evaluation point where {settings.metric} was {_EXTREME[settings.goal]}",
        "metric": settings.metric,
        "goal": settings.goal.value,
        "factor": settings.absolute,
        "episodes": "other initial seeds than those of the evaluations",
    }
    return {
        "points": len(steps),
        "after_train_steps": ", ".join(map(str, shown)),
        "absolute": absolute if settings.absolute else None,
    }


def _environment(component: Component, spec: EnvironmentSpec) -> dict[str, Any]:
    other = component.interpreter
    return {
        "name": component.name,
        "interpreter": None if other is None else {"name": other.name, "versions": dict(other.versions)},
        "agents": spec.agent_count,
        "observability": str(spec.observability),
        "reward": spec.reward,
        "reward_rule": spec.reward_rule,
        "state": spec.state_source,
        "simulator": spec.simulator,
        "horizon": spec.horizon,
        "step_unit": "one joint action of all agents in one environment",
    }


def _versions(run: ResolvedRun, registry: Registry) -> dict[str, str]:
    versions = {"python": platform.python_version(), "quorate": quorate.__version__}
    for name in ("torch", "numpy", "gymnasium", "pettingzoo", "omegaconf", "safetensors"):
        versions[name] = metadata.version(name)
    for component in run.components():
        if component.interpreter is not None:
            other = component.interpreter
            versions |= {f"{other.name}: {name}": version for name, version in other.versions.items()}
        elif (row := registry.row_of(component)).version:
            versions[row.distribution] = row.version
    return versions


def _machine(device: torch.device) -> dict[str, Any]:
    gpu = torch.cuda.get_device_name(device) if device.type == "cuda" else None
    return {
        "platform": platform.platform(),
        "processor": platform.processor() or platform.machine(),
        "cpus": os.cpu_count(),
        "threads": torch.get_num_threads(),
        "device": str(device),
        "gpu": gpu,
        "cuda": torch.version.cuda,
    }


def git_revision(folder: Path) -> dict[str, Any] | None:
    """The commit of the work tree around a folder and whether files differ from it, or None."""
    git = shutil.which("git")
    if git is None:
        return None
    try:
        head, status = (
            run_program([git, *words], seconds=10, folder=folder)
            for words in (("rev-parse", "HEAD"), ("status", "--porcelain", "--untracked-files=no"))
        )
    except OSError:
        return None
    if head.returncode or status.returncode:
        return None
    return {"revision": head.stdout.strip(), "modified": bool(status.stdout.strip())}
