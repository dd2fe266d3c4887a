"""A document as a comparison writes it, of any size, with runs that failed, were cut or never began."""

import itertools
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

STEPS = [50_000 * point for point in range(21)]
CONFIDENCE = 0.95


def spread(values: np.ndarray) -> dict[str, float | None]:
    """A rough interval; the page does not care how it came about."""
    if values.size == 0:
        return {"point": None, "low": None, "high": None}
    point = float(values.mean())
    if values.size == 1:
        return {"point": point, "low": None, "high": None}
    half = float(1.96 * values.std(ddof=1) / values.size**0.5)
    return {"point": point, "low": point - half, "high": point + half}


class Document:
    """Builds report.json."""

    def __init__(self, variants: list[str], environments: list[str], seeds: int, states: dict[str, str]) -> None:
        self.variants, self.environments, self.seeds = variants, environments, list(range(seeds))
        self.rng = np.random.default_rng(7)
        self.runs = [self.run(*cell, states) for cell in itertools.product(variants, environments, self.seeds)]

    def run(self, variant: str, environment: str, seed: int, states: dict[str, str]) -> dict[str, Any]:
        name = f"{variant}/{environment.replace('/', '-')}/seed-{seed}"
        status = states.get(name, states.get("*", "finished"))
        shape = self.variants.index(variant) / max(1, len(self.variants) - 1)
        rise = 1 - np.exp(-np.linspace(0, 2 + 2.5 * shape, len(STEPS)))
        level = (10.0 + 40 * self.environments.index(environment)) * (0.85 + 0.25 * shape)
        y = level * rise * (1 + 0.06 * self.rng.standard_normal()) + 0.4 * self.rng.standard_normal(len(STEPS))
        seen = {"finished": len(STEPS), "stopped": 9, "failed": 4}.get(status, 0)
        done = status == "finished"
        return {
            "id": name,
            "variant": variant,
            "environment": environment,
            "seed": seed,
            "status": status,
            "path": None if status == "missing" else f"../runs/{name}/20261121T032221Z-seed{seed}",
            "x": STEPS[:seen],
            "y": [round(float(value), 4) for value in y[:seen]],
            "final": float(y[-1]) if done else None,
            "absolute": float(y.max()) if done else None,
            "seconds": 180.0 + 40 * shape + 9 * seed if done else None,
            "peak_memory_bytes": int(6e8 + 3e8 * shape + 1e6 * seed) if done else None,
            "error": "torch.OutOfMemoryError: out of memory" if status == "failed" else None,
        }

    def finals(self, variant: str, environment: str | None = None) -> tuple[np.ndarray, list[str]]:
        found = [
            run
            for run in self.runs
            if run["variant"] == variant and environment in (None, run["environment"]) and run["final"] is not None
        ]
        return np.array([run["final"] / self.scale(run["environment"]) for run in found]), [run["id"] for run in found]

    def scale(self, environment: str) -> float:
        return 12.0 + 44 * self.environments.index(environment)

    def curve(self, variant: str, environment: str) -> dict[str, Any]:
        runs = [run for run in self.runs if (run["variant"], run["environment"]) == (variant, environment)]
        full = [run for run in runs if run["status"] == "finished"]
        rows = [spread(np.array([run["y"][index] for run in full])) for index in range(len(STEPS) if full else 0)]
        columns = {name: [row[name] for row in rows] for name in ("point", "low", "high")}
        x = STEPS if full else []
        ids = [run["id"] for run in full]
        return {"variant": variant, "environment": environment, "x": x, "statistic": "mean", "runs": ids, **columns}

    def build(self) -> dict[str, Any]:
        cells = list(itertools.product(self.variants, self.environments))
        enough = all(self.finals(*cell)[0].size > 0 for cell in cells)
        return {
            "schema": 1,
            "title": "schemes",
            "created": "2026-11-21T08:00:00+00:00",
            "metric": {"name": "return/mean", "goal": "maximise", "score": "final"},
            "x": {"name": "environment steps"},
            "variants": self.variants,
            "environments": self.environments,
            "seeds": self.seeds,
            "runs": self.runs,
            "curves": [curve for cell in cells if (curve := self.curve(*cell))["x"]],
            "outcome_curves": [{"outcome": "won", **curve} for cell in cells if (curve := self.curve(*cell))["x"]],
            "outcomes": [self.outcome(*cell, name) for cell in cells for name in ("won", "goals_of_the_team")],
            "scores": [self.score(*cell, name) for cell in cells for name in ("mean", "median", "iqm", "std")],
            "aggregates": self.aggregates() if enough else [],
            "profiles": self.profiles() if enough else [],
            "improvement": self.improvement() if enough else [],
            "sample_efficiency": [self.efficiency(name) for name in self.variants] if enough else [],
            "cost": [self.cost(*cell) for cell in cells] if enough else [],
            "normalisation": {
                name: {"low": 0.0, "high": self.scale(name), "source": "minimum and maximum over all runs"}
                for name in self.environments
            },
            "bootstrap": {"samples": 2000, "confidence": CONFIDENCE, "seed": 0},
            **self.surroundings(),
            "problems": [
                {"run": run["id"], "text": run["error"] or f"The run is {run['status']}."}
                for run in self.runs
                if run["status"] != "finished"
            ],
        }

    def score(self, variant: str, environment: str, statistic: str) -> dict[str, Any]:
        values, ids = self.finals(variant, environment)
        row = spread(values * self.scale(environment))
        return {"variant": variant, "environment": environment, "statistic": statistic, "runs": ids, **row}

    def outcome(self, variant: str, environment: str, name: str) -> dict[str, Any]:
        values, ids = self.finals(variant, environment)
        return {"variant": variant, "environment": environment, "outcome": name, "runs": ids, **spread(values)}

    def aggregates(self) -> list[dict[str, Any]]:
        rows = []
        for variant, name in itertools.product(self.variants, ("iqm", "median", "mean", "optimality_gap")):
            values, ids = self.finals(variant)
            values = np.maximum(1 - values, 0) if name == "optimality_gap" else values
            rows.append({"variant": variant, "statistic": name, "runs": ids, **spread(values)})
        return rows

    def profiles(self) -> list[dict[str, Any]]:
        tau = np.linspace(0, 1.2, 49)
        rows = []
        for variant in self.variants:
            above = [spread((self.finals(variant)[0] > level).astype(float)) for level in tau]
            columns = {name: [row[name] for row in above] for name in ("point", "low", "high")}
            rows.append({"variant": variant, "tau": tau.tolist(), **columns})
        return rows

    def improvement(self) -> list[dict[str, Any]]:
        rows = []
        for a, b in itertools.combinations(self.variants, 2):
            first, second = (self.finals(name)[0] for name in (a, b))
            point = float((first[:, None] > second).mean() + 0.5 * (first[:, None] == second).mean())
            low, high = (max(0.0, point - 0.15), min(1.0, point + 0.15)) if len(self.seeds) > 1 else (None, None)
            ids = self.finals(a)[1] + self.finals(b)[1]
            rows.append({"a": a, "b": b, "point": point, "low": low, "high": high, "runs": ids})
        return rows

    def efficiency(self, variant: str) -> dict[str, Any]:
        full = [run for run in self.runs if run["variant"] == variant and run["status"] == "finished"]
        scaled = np.array([np.array(run["y"]) / self.scale(run["environment"]) for run in full])
        rows = [spread(column) for column in scaled.T]
        return {"variant": variant, "x": STEPS, **{k: [row[k] for row in rows] for k in ("point", "low", "high")}}

    def cost(self, variant: str, environment: str) -> dict[str, Any]:
        ids = self.finals(variant, environment)[1]
        found: dict[str, Any] = {"variant": variant, "environment": environment, "runs": ids}
        for name in ("seconds", "peak_memory_bytes"):
            runs = [run for run in self.runs if (run["variant"], run["environment"]) == (variant, environment)]
            row = spread(np.array([run[name] for run in runs if run[name] is not None], dtype=float))
            found[name] = {"mean": row["point"], "low": row["low"], "high": row["high"]}
        return found

    def surroundings(self) -> dict[str, Any]:
        schemes = {name: [name] for name in self.variants}
        rates = {name: 0.0003 + 0.0001 * (index == 1) for index, name in enumerate(self.variants)}
        spec = {"agents": 2, "observability": "partial", "reward": "shared", "simulator": "quorate 0.4", "horizon": 25}
        convention = {"return": "sum of the shared reward over an episode", "policy": {"evaluation": "greedy"}}
        return {
            "base": "algorithm:\n  name: state-inference\n",
            "differences": [
                {
                    "key": "algorithm.inference",
                    "values": schemes,
                    "declared": True,
                    "accepted": False,
                    "concern": "",
                },
                {
                    "key": "algorithm.learning_rate",
                    "values": rates,
                    "declared": False,
                    "accepted": True,
                    "concern": "setting",
                },
                {
                    "key": "environment.max_steps",
                    "values": dict.fromkeys(self.variants[:1], 25),
                    "declared": False,
                    "accepted": False,
                    "concern": "environment",
                },
            ],
            "conventions": {
                name: {**convention, "environment_steps_per_train_step": 64 * (1 + (index == 1))}
                for index, name in enumerate(self.variants)
            },
            "setting": {
                "versions": {"python": "3.11.2", "quorate": "0.4.0", "torch": ["2.9.1", "2.8.0"]},
                "machines": [{"platform": "Linux-6.1", "processor": "x86_64", "cpus": 2, "device": "cpu", "gpu": None}],
                "git": [{"revision": "8a2a5e4c0f7d0b1e2f3a4b5c6d7e8f9012345678", "modified": False}],
                "environments": dict.fromkeys(self.environments, spec),
            },
        }


@pytest.fixture(scope="session")
def document() -> Callable[..., dict[str, Any]]:
    """Makes a document: numbers of variants, environments and seeds, and the states of runs that did not finish."""

    def make(
        variants: int | list[str] = 3, environments: int = 2, seeds: int = 5, states: dict[str, str] | None = None
    ) -> dict[str, Any]:
        known = ["individual", "pooled", "composite"]
        names = variants if isinstance(variants, list) else [*known, *(f"variant-{n}" for n in range(4, 20))][:variants]
        worlds = ["sensor-network/5x5-v1", "mpe/simple-spread-v3", *(f"games/game-{n}-v1" for n in range(3, 20))]
        return Document(names, worlds[:environments], seeds, states or {}).build()

    return make


@pytest.fixture
def report(document: Callable[..., dict[str, Any]]) -> dict[str, Any]:
    """The usual document: 3 variants, 2 environments, 5 seeds; one run failed, one was cut, one is missing."""
    states = {
        "individual/mpe-simple-spread-v3/seed-2": "failed",
        "pooled/sensor-network-5x5-v1/seed-4": "stopped",
        "composite/mpe-simple-spread-v3/seed-3": "missing",
    }
    return document(states=states)
