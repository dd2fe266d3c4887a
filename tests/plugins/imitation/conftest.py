import sys
from pathlib import Path

import pytest
import torch

from quorate.config import compose
from quorate.interfaces import RunContext
from quorate.registry import load_registry

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))
RUN = """\
environment: {environment}
algorithm:
  name: {name}
  teacher: {teacher}
  environments: 10
  {changes}
budget: {{train_steps: {steps}}}
"""


class Silent:
    def __call__(self, what, done, total):
        pass


@pytest.fixture
def build(tmp_path):
    """Builds `dagger`, by default on simple_spread with continuous actions and a teacher that is linear."""
    built = []

    def run(
        *changes,
        name="dagger",
        teacher="test/linear",
        environment="{name: mpe/simple-spread-v3, parametrisation: force}",
        steps=100,
    ):
        path = tmp_path / "run.yaml"
        told = {"environment": environment, "name": name, "teacher": teacher, "steps": steps}
        path.write_text(RUN.format(**told, changes="\n  ".join(changes)))
        settings = compose(path, [], load_registry([HERE / "teachers.yaml"])).settings
        context = RunContext(settings.environment, 0, torch.device("cpu"), steps, Silent())
        built.append(settings.algorithm.build(context))
        return built[-1]

    yield run
    for algorithm in built:
        algorithm.close()
