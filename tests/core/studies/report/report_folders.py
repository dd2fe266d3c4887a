"""Folders of runs, written as the commands write them."""

import json
from pathlib import Path

import numpy as np
import yaml

from quorate.documents import dump

VARIANTS = {"small": {"algorithm.width": 8}, "large": {"algorithm": {"width": 64}}}
ENVIRONMENTS = ["toy/line-v1", "toy/grid-v1"]
SEEDS = [0, 1, 2]
STEPS = (0, 100, 200)


def curve(variant, environment, seed, steps=STEPS):
    """Returns that grow with training, differently for each cell."""
    generator = np.random.default_rng([len(variant), len(environment), seed])
    top = {"small": 5.0, "large": 8.0}.get(variant, 6.0) * (10 if "grid" in environment else 1)
    return [round(float(top * step / max(steps) + generator.normal(scale=0.3)), 6) for step in steps]


def write_run(
    path,
    environment,
    seed,
    values,
    *,
    steps=STEPS,
    finished=True,
    absolute=None,
    settings=None,
    conventions=None,
    record=None,
    metric="return/mean",
):
    """An ordinary run's folder, with one evaluation for each step."""
    path.mkdir(parents=True)
    config = {
        "environment": {"name": environment, "horizon": 25},
        "algorithm": {"name": "toy", "width": 8, "parts": [{"name": "part", "size": 1}]},
        "budget": {"train_steps": max(steps)},
        "evaluation": {"every": 100},
        "seed": seed,
        "name": path.parent.name,
        "directory": str(path.parent.parent),
    }
    for key, value in (settings or {}).items():
        node = config
        *above, last = key.split(".")
        for part in above:
            node = node.setdefault(part, {})
        node[last] = value
    (path / "config.yaml").write_text(dump(config))
    kept = {"environment_steps_per_train_step": 10, "evaluation": "20 episodes", "policy_sees": "observation (4)"}
    facts = {
        "schema": 1,
        "started": f"2026-01-01T00:00:{seed % 60:02d}+00:00",
        "versions": {"torch": "2.6.0", "quorate": "0.1.0"},
        "machine": {"cpus": 2, "gpu": None},
        "git": {"revision": "abc", "modified": False},
        "environment": {"name": environment, "observability": "partial", "reward": "team", "simulator": "toy 1"},
        "conventions": kept if conventions is None else conventions,
    }
    (path / "record.json").write_text(json.dumps({**facts, **(record or {})}))
    rows, times = [], [{"event": "started", "step": 0, "seconds": 0.5}]
    for step, value in zip(steps, values, strict=True):
        if step:
            metrics = {"loss": 1.0, "environment_steps": step * 10.0}
            rows.append({"step": step, "phase": "train", "metrics": metrics})
        rows.append({"step": step, "phase": "evaluation", "metrics": {metric: value, "length/mean": 25.0}})
        times.append({"event": "evaluation", "step": step, "seconds": 1.0 + seed / 10})
    for name, lines in (("metrics", rows), ("timing", times)):
        (path / f"{name}.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    if finished:
        result = {"step": steps[-1], "evaluation": {metric: values[-1], "length/mean": 25.0}}
        result["absolute"] = None if absolute is None else {"step": 100, "factor": 10, "metrics": {metric: absolute}}
        result["cost"] = {"seconds": 4.0 + seed, "peak_memory_bytes": 10_000_000 + seed}
        (path / "result.json").write_text(json.dumps(result))
    return path


def slug(environment):
    return environment.replace("/", "-")


def cell(folder, variant, environment, seed):
    return Path(folder) / "runs" / variant / slug(environment) / f"seed-{seed}"


def write_comparison(
    folder, variants=VARIANTS, environments=ENVIRONMENTS, seeds=SEEDS, absolute=False, written=None, **more
):
    """A finished comparison's folder; `written` names the variants that were run, where not all were."""
    folder.mkdir(parents=True)
    given = {"name": "widths", "base": {}, "variants": variants, "environments": environments, "seeds": seeds}
    given |= {"metric": "return/mean", "goal": "maximise", "normalise": {}, "accept": [], **more}
    (folder / "comparison.yaml").write_text(yaml.safe_dump(given, sort_keys=False))
    for variant in variants if written is None else written:
        for environment in environments:
            for seed in seeds:
                values = curve(variant, environment, seed)
                write_run(
                    cell(folder, variant, environment, seed) / f"20260101T0000{seed:02d}Z-seed{seed}",
                    environment,
                    seed,
                    values,
                    absolute=max(values) + 0.1 if absolute else None,
                    settings={"algorithm.width": 64 if variant == "large" else 8},
                )
    return folder
