import pytest
import torch

from quorate.config import compose
from quorate.interfaces import RunContext
from quorate.registry import load_registry

RUN = """\
environment: {{name: decision-game/learnable-v1, bump_height: 0, success_peak: 0}}
algorithm:
  name: {name}
  policy: {policy}
  critic: {{hidden: [64, 64]}}
  {changes}
budget: {{train_steps: {steps}}}
"""


class Silent:
    def __call__(self, what, done, total):
        pass


@pytest.fixture
def build(tmp_path):
    """Builds an algorithm on a game that punishes the squares of two actions, with changes to its settings."""
    built = []

    def run(name, *changes, steps=12, seed=0, policy="{steps: 5, network: {hidden: [32, 32]}}"):
        path = tmp_path / "run.yaml"
        path.write_text(RUN.format(name=name, policy=policy, changes="\n  ".join(changes), steps=steps))
        settings = compose(path, [], load_registry([])).settings
        context = RunContext(settings.environment, seed, torch.device("cpu"), steps, Silent())
        built.append(settings.algorithm.build(context))
        return built[-1]

    yield run
    for algorithm in built:
        algorithm.close()
