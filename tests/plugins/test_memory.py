"""Algorithms that learn from single steps refuse networks that remember."""

import pytest
import torch

from quorate.config import compose
from quorate.errors import QuorateError
from quorate.interfaces import RunContext
from quorate.registry import load_registry
from quorate.testing.support import Silence

POLICY, CRITIC = "algorithm.policy.network", "algorithm.critic"


@pytest.mark.parametrize(
    ("name", "setting"),
    [
        ("hasac", POLICY),
        ("hasac", CRITIC),
        ("ddpl", POLICY),
        ("ddpl", CRITIC),
        ("dacer", POLICY),
        ("qvpo", CRITIC),
        ("dec-spg", POLICY),
    ],
)
def test_a_network_that_remembers_is_refused(name, setting):
    given = {"environment": "decision-game/learnable-v1", "algorithm": name, "budget": {"train_steps": 1}}
    more = ["algorithm.projection=ddpm"] if name == "dec-spg" else []
    run = compose(given, [*more, f"{setting}=gru"], load_registry()).settings
    with pytest.raises(QuorateError, match="the network remembers what was seen before") as caught:
        run.algorithm.build(RunContext(run.environment, 0, torch.device("cpu"), 1, Silence()))
    assert (caught.value.where, caught.value.choices) == (setting, ("mlp",))
