"""Small policies of each class, built from a seed; makes `exact_noise` importable by name."""

import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from quorate.interfaces import Policy, PolicySpec
from quorate.learning.initialisation import seeded_initialisation
from quorate.learning.settings import mlp
from quorate.policies.categorical import CategoricalPolicy
from quorate.policies.ddpm import DDPMPolicy
from quorate.policies.gaussian import GaussianPolicy
from quorate.policies.settings import CategoricalSettings, DDPMSettings, GaussianSettings

sys.path.insert(0, str(Path(__file__).parent))

SIZES = 2, 3, 1
CLASSES = {
    "gaussian": (GaussianPolicy, GaussianSettings),
    "categorical": (CategoricalPolicy, CategoricalSettings),
    "ddpm": (DDPMPolicy, DDPMSettings),
}


def build_policy(
    name: str,
    *,
    agents: int = 3,
    sizes: tuple[int, ...] = SIZES,
    inputs: int = 5,
    shared: bool = False,
    padded: int = 0,
    **settings: object,
) -> Policy:
    target, kind = CLASSES[name]
    spec = PolicySpec(agents, inputs, sizes, name == "categorical", shared, padded)
    with seeded_initialisation(0, name):
        return target(kind(**{"network": mlp(hidden=[16, 16]), **settings}), spec)


@pytest.fixture(autouse=True)
def _same_draws() -> None:
    """Weights and inputs are the same in every call, whatever ran before."""
    torch.manual_seed(0)


@pytest.fixture
def policy() -> Callable[..., Policy]:
    return build_policy


@pytest.fixture
def generator() -> torch.Generator:
    return torch.Generator().manual_seed(0)
