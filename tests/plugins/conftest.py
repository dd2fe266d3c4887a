"""Algorithms on the environments of `toys`."""

import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import torch

from quorate.config import compose
from quorate.config.schema import Evaluation
from quorate.interfaces import RunContext
from quorate.interfaces.algorithm import Report
from quorate.registry import load_registry
from quorate.run.evaluation import make_evaluator

TOYS = Path(__file__).parent / "toys"
sys.path.insert(0, str(TOYS))


class Silence(Report):
    def __call__(self, what: str, done: int, total: int) -> None:
        pass


@pytest.fixture
def evaluated() -> Callable[..., Any]:
    """evaluated(algorithm, factor, **settings of the section): what a run would measure."""

    def measure(algorithm: Any, factor: int | None = None, **settings: Any) -> Any:
        context = algorithm.context if hasattr(algorithm, "context") else algorithm._context
        with closing(make_evaluator(algorithm, context, Evaluation(**settings))) as evaluator:
            return evaluator(factor)

    return measure


@pytest.fixture
def on_leaving(tmp_path: Path) -> Iterator[Callable[..., Any]]:
    """on_leaving(algorithm, **settings of the environment): an algorithm in `leaving.Leaving`, not trained."""
    built = []

    def make(algorithm: str, **world: Any) -> Any:
        settings = "".join(f", {name}: {str(value).lower()}" for name, value in world.items())
        file = tmp_path / "run.yaml"
        environment = f"{{name: test/leaving-v1{settings}}}"
        file.write_text(f"environment: {environment}\nalgorithm: {algorithm}\nbudget: {{train_steps: 10}}\n")
        run = compose(file, (), load_registry([TOYS / "registry.yaml"])).settings
        built.append(run.algorithm.build(RunContext(run.environment, 0, torch.device("cpu"), 10, Silence())))
        return built[-1]

    yield make
    for algorithm in built:
        algorithm.close()
