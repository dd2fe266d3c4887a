import pytest
import torch

from quorate.config import compose
from quorate.interfaces import RunContext
from quorate.registry import load_registry

GAME = """\
environment: decision-game/learnable-v1
algorithm: {{name: hasac, environments: 4, batch_size: 16, warmup_steps: 12, {changes}}}
budget: {{train_steps: 12}}
"""


class Silent:
    def __call__(self, what, done, total):
        pass


@pytest.fixture
def build(tmp_path):
    """Builds the algorithm on a decision game, with changes to its settings."""
    built = []

    def run(changes="turns: sequential", text=GAME, seed=0):
        path = tmp_path / "run.yaml"
        path.write_text(text.format(changes=changes))
        settings = compose(path, [], load_registry([])).settings
        context = RunContext(settings.environment, seed, torch.device("cpu"), 12, Silent())
        built.append(settings.algorithm.build(context))
        return built[-1]

    yield run
    for algorithm in built:
        algorithm.close()
