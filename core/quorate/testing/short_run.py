"""One small run from beginning to end, in this process."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from rich.console import Console

from quorate.config import compose
from quorate.folders.content import RunContent
from quorate.registry import Registry
from quorate.run import RunDirectory, start
from quorate.run.progress import Display

_NETWORKS = {"actor": {"hidden": [16]}, "critic": {"hidden": [16]}}

SMALL: dict[str, dict[str, Any]] = {
    "mappo": {"environments": 8, "rollout": 4, **_NETWORKS},
    "state-inference": {"samples": 200, "environments": 50, "warmup_steps": 1, "evaluation_samples": 20},
}
"""Settings of built-in algorithms under which a training step takes some milliseconds."""

SECTIONS: dict[str, Any] = {
    "environment": "tiny/world-v1",
    "algorithm": "mappo",
    "budget": {"train_steps": 2},
    "log": {"every": 1},
    "threads": 1,
}
"""What is run where nothing else is asked for."""


def short_run(
    sections: Mapping[str, Any], registry: Registry, folder: Path
) -> tuple[Path, list[dict[str, Any]], dict[str, Any]]:
    """Run a configuration to its end.

    Args:
        sections: of a run's file, on top of `SECTIONS` (and `SMALL`).
        registry: finds the components.
        folder: where the file and the folder ``runs`` are made.

    Returns:
        The run's folder, its metrics, and its result.

    Raises:
        QuorateError: as of ``quorate run``.
    """
    content = {**SECTIONS, **sections, "directory": str(folder / "runs")}
    algorithm = content["algorithm"]
    named = dict(algorithm) if isinstance(algorithm, Mapping) else {"name": algorithm}
    content["algorithm"] = {**SMALL.get(named.get("name", ""), {}), **named}
    if named.get("name") == "mappo":
        content["evaluation"] = {"episodes": 8, **content.get("evaluation", {})}
    file = folder / "tiny.yaml"
    file.write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")
    display = Display(Console(stderr=True))
    outcome = start(compose(file, (), registry), registry, display)
    directory = RunDirectory.open(outcome.directory)
    stored = RunContent(directory.path, strict=True)
    return directory.path, stored.rows, stored.result or {}
