"""The algorithms, as a user would build them in YAML."""

import pytest
import torch
import yaml

from quorate.config import compose
from quorate.interfaces import RunContext
from quorate.interfaces.algorithm import Report
from quorate.registry import load_registry

REGISTRY = load_registry([], plugins=False)


class Silence(Report):
    def __call__(self, what, done, total):
        pass


@pytest.fixture
def build(tmp_path):
    """build(name, environment, **settings): the algorithm, not trained."""
    built = []

    def make(name, environment, seed=0, **settings):
        file = tmp_path / "run.yaml"
        written = {"environment": environment, "algorithm": {"name": name, **settings}, "budget": {"train_steps": 10}}
        file.write_text(yaml.safe_dump(written))
        run = compose(file, (), REGISTRY).settings
        built.append(run.algorithm.build(RunContext(run.environment, seed, torch.device("cpu"), 10, Silence())))
        return built[-1]

    yield make
    for algorithm in built:
        algorithm.close()
