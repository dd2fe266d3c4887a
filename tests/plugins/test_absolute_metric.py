"""The absolute metric of every algorithm that offers it."""

import json

import pytest
import torch
from rich.console import Console

from quorate.codec import decode, encode
from quorate.config import compose
from quorate.config.schema import Evaluation, EvaluationMode
from quorate.errors import QuorateError
from quorate.interfaces import RunContext
from quorate.registry import load_registry
from quorate.run import resume, start
from quorate.run.checkpoint import checkpoint_path
from quorate.run.progress import Display

GAME = "{name: decision-game/learnable-v1, agents: 2}"
SMALL = "environments: 4, batch_size: 16, warmup_steps: 8"
CENTRAL = f"{SMALL}, critic_warmup: 1"
FAST = "environments: 4, rollout: 8, learning_rate: 0.1"
ROWS = "samples: 400, environments: 100, evaluation_samples: 20, inference: [individual]"

ALGORITHMS = {
    "hasac": (GAME, SMALL, "greedy"),
    "hasac sampled": (GAME, SMALL, "sampled"),
    "ddpl": (GAME, f"{CENTRAL}, policy_states: 4, samples: 4", "sampled"),
    "ddpl best": (GAME, f"{CENTRAL}, policy_states: 4, samples: 4, best_of: 3", "greedy"),
    "ddpl sampled": (GAME, f"{CENTRAL}, policy_states: 4, samples: 4, best_of: 3", "sampled"),
    "dacer": (GAME, CENTRAL, "sampled"),
    "qvpo": (GAME, CENTRAL, "greedy"),
    "qvpo sampled": (GAME, CENTRAL, "sampled"),
    "mappo": ("mpe/simple-spread-v3", FAST, "greedy"),
    "happo sampled": ("mpe/simple-spread-v3", FAST, "sampled"),
    "dec-spg": ("decision-game/single-v1", "batch_size: 20", "exact"),
    "state-inference": ("sensor-network/2x2-v1", ROWS, "exact"),
}
THEMSELVES = "dec-spg", "state-inference"


def section(name):
    """The settings of their evaluations."""
    if name in THEMSELVES:
        return {}
    sampled = {"mode": EvaluationMode.SAMPLED} if name.endswith("sampled") else {}
    return {"episodes": 6, "environments": 3, **sampled}


class Silent:
    def __call__(self, what, done, total):
        pass


@pytest.fixture
def build(tmp_path):
    def make(name, environment, changes, *overrides):
        file = tmp_path / "run.yaml"
        algorithm = f"{{name: {name.partition(' ')[0]}, {changes}}}"
        file.write_text(f"environment: {environment}\nalgorithm: {algorithm}\nbudget: {{train_steps: 16}}\n")
        run = compose(file, overrides, load_registry([])).settings
        return run.algorithm.build(RunContext(run.environment, 0, torch.device("cpu"), 16, Silent()))

    return make


@pytest.mark.parametrize("name", ALGORITHMS)
def test_what_was_set_aside_is_measured_and_nothing_else_changes(build, evaluated, name):
    algorithm = build(name, *ALGORITHMS[name][:2])

    def measure(factor=None):
        return evaluated(algorithm, factor, **section(name))

    for _ in range(4):
        algorithm.train_step()
    early, seen, expected = encode(algorithm.acting_state()), measure(), measure(2)
    assert expected.keys() <= seen.keys()
    for _ in range(8):
        algorithm.train_step()
    state, late = encode(algorithm.state_dict()), measure()
    assert measure(2) != expected
    text, tensors = encode(algorithm.state_dict())
    assert text == state[0]
    assert all(torch.equal(tensors[key], state[1][key]) for key in tensors)
    assert measure() == late
    algorithm.load_acting_state(decode(*early))
    assert measure(2) == expected
    algorithm.close()


ALWAYS_THE_SAME = "dec-spg", "hasac"
"""Nothing is drawn in their evaluations: one computes expectations, the other's mode plays a game without chance."""


@pytest.mark.parametrize("name", [name for name in ALGORITHMS if name not in ALWAYS_THE_SAME])
def test_other_episodes_and_more_of_them(build, evaluated, name):
    algorithm = build(name, *ALGORITHMS[name][:2])
    usual, once, thrice = (evaluated(algorithm, factor, **section(name)) for factor in (None, 1, 3))
    assert usual != once
    assert once != thrice
    algorithm.close()


@pytest.mark.parametrize("name", ALGORITHMS)
def test_it_is_said_how_policies_act(build, name):
    algorithm = build(name, *ALGORITHMS[name][:2])
    said = dict(algorithm.conventions())
    actions = said.get("evaluation_actions")
    if name not in THEMSELVES:
        assert actions is None
        assert said["environment_steps_per_train_step"] > 0
        actions = algorithm.actor(3, 0, Evaluation(**section(name)).greedy).actions
    assert actions == ALGORITHMS[name][2]
    algorithm.close()


@pytest.mark.parametrize(
    ("name", "metric"),
    [
        ("hasac sampled", "return/mean"),
        ("mappo", "outcome/occupied_landmarks"),
        ("state-inference", "test/individual/psnr"),
    ],
)
def test_a_run_that_was_stopped_ends_with_the_same_absolute_metric(tmp_path, name, metric):
    environment, changes, _ = ALGORITHMS[name]
    few = "".join(f", {key}: {value}" for key, value in section(name).items())
    file = tmp_path / "run.yaml"
    file.write_text(
        f"environment: {environment}\nalgorithm: {{name: {name.partition(' ')[0]}, {changes}}}\n"
        f"budget: {{train_steps: 9}}\ncheckpoint: {{every: 4}}\nthreads: 1\n"
        f"evaluation: {{points: 3, at_start: true, absolute: 2, metric: {metric}, goal: minimise{few}}}\n"
    )
    registry, display = load_registry([]), Display(Console(stderr=True))
    whole, cut = (
        start(compose(file, [f"directory={tmp_path / part}"], registry), registry, display).directory
        for part in ("whole", "cut")
    )
    (cut / "result.json").unlink()
    checkpoint_path(cut / "checkpoints", 9).unlink()
    assert resume(cut, registry, display).step == 9
    assert (cut / "metrics.jsonl").read_bytes() == (whole / "metrics.jsonl").read_bytes()
    absolute = [json.loads((path / "result.json").read_text())["absolute"] for path in (whole, cut)]
    assert absolute[0] == absolute[1]
    assert metric in absolute[0]["metrics"]


def test_rows_that_are_held_out_leave_none_to_measure_on(build):
    algorithm = build("state-inference", *ALGORITHMS["state-inference"][:2], "algorithm.holdout=states")
    with pytest.raises(QuorateError, match="no joint histories left"):
        algorithm.acting_state()
    algorithm.close()


def test_a_metric_that_no_episode_has_is_told_before_there_is_a_folder(tmp_path):
    given = {"environment": "memory-game-v1", "algorithm": "vdn", "budget": {"train_steps": 1}}
    chosen = {"directory": str(tmp_path), "evaluation": {"absolute": 2, "metric": "outcome/recaled"}}
    registry = load_registry([], plugins=False)
    run = compose({**given, **chosen}, (), registry)
    with pytest.raises(QuorateError, match="no metric 'outcome/recaled'") as caught:
        start(run, registry, Display(Console(quiet=True)))
    assert caught.value.choices == ("outcome/recalled",)
    assert not list(tmp_path.rglob("config.yaml"))
