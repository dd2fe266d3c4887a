from pathlib import Path

import pytest

from quorate.config import compose
from quorate.registry import load_registry

TOY = Path(__file__).parents[1] / "run" / "toy" / "registry.yaml"

BASE = """\
environment:
  name: toy/line-v1
  length: 6
algorithm:
  name: toy/regression
  net: {name: toy/net, width: 4}
  probes:
    - toy/wide
    - {name: toy/net, dropout: 0.5}
  optimiser: {rate: 1e-3, betas: [0.8, 0.9]}
  weights: [1.0, 2]
  tags: {a: 1}
budget: {train_steps: 10}
"""


@pytest.fixture(scope="session")
def toy_registry():
    return load_registry([TOY])


@pytest.fixture
def composed(tmp_path, toy_registry):
    """Composes YAML text (the base where none is given) with overrides."""

    def run(*overrides, text=BASE, name="first.yaml"):
        path = tmp_path / name
        path.write_text(text)
        return compose(path, overrides, toy_registry)

    return run
