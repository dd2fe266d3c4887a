"""The checks of every component (as `quorate check` runs them), and a short run of each."""

from pathlib import Path

import pytest
import yaml
from quorate.testing import assert_conforms

MANIFEST = Path(__file__).parents[1] / "relay_quorate" / "registry.yaml"
ROWS = [(row["kind"], row["name"]) for row in yaml.safe_load(MANIFEST.read_text(encoding="utf-8"))["components"]]


@pytest.mark.parametrize(("kind", "name"), ROWS)
def test_it_conforms(kind, name, quorate_registry):
    assert_conforms(quorate_registry, kind, name)


def test_a_perfect_line_loses_nothing(tiny_environment):
    line = tiny_environment(batch=8, name="relay/line-v1")
    step = line.reset(0)
    word, total = step.state[:, 0], 0
    for _ in range(8):
        heard = step.observation[..., 0]
        step = line.step((heard > 0).long())
        total += step.reward
    assert word.unique().numel() == 2
    assert total.allclose(total.new_ones(8))


def test_evolution_learns_on_the_line(tiny_run):
    run = tiny_run(
        environment="relay/line-v1",
        algorithm={"name": "relay/evolution", "pairs": 16},
        budget={"train_steps": 8},
    )
    assert run.result["evaluation"]["return/mean"] > 0.65  # 1/2 is chance


def test_prototypes_are_used_for_inference(tiny_run):
    run = tiny_run(algorithm={"name": "state-inference", "denoiser": "relay/prototypes"})
    assert run.result["step"] == 2
