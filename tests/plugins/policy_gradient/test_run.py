"""Through the run loop, as `quorate run` and `quorate resume` go."""

from pathlib import Path

import pytest
from bit_identity import same
from rich.console import Console

from quorate.config import compose
from quorate.errors import QuorateError
from quorate.registry import load_registry
from quorate.run import read_metrics, resume, start
from quorate.run.checkpoint import checkpoint_path, checkpoint_steps, load_checkpoint
from quorate.run.progress import Display

HERE = Path(__file__).parent
MANIFEST = HERE / "registry.yaml"
CONFIG = """\
environment: {name: test/game-v1, mortal: true}
algorithm:
  name: NAME
  rollout: 6
  minibatches: 2
  actor: {hidden: [8]}
  critic: {hidden: [8]}
budget: {train_steps: 6}
evaluation: {every: 2, episodes: 10}
checkpoint: {every: 1, keep: 10}
threads: 1
"""


class Runs:
    def __init__(self, folder: Path) -> None:
        self.folder, self.registry = folder, load_registry([MANIFEST])
        self.display = Display(Console(stderr=True))

    def start(self, name: str, *overrides: str, directory: str = "runs") -> Path:
        file = self.folder / "game.yaml"
        file.write_text(CONFIG.replace("NAME", name))
        run = compose(file, [f"directory={self.folder / directory}", *overrides], self.registry)
        return start(run, self.registry, self.display).directory

    def resume(self, path: Path) -> None:
        resume(path, self.registry, self.display)


@pytest.fixture
def runs(tmp_path: Path) -> Runs:
    return Runs(tmp_path)


def strip(path: Path) -> list[dict]:
    return [{key: value for key, value in row.items() if key != "time"} for row in read_metrics(path / "metrics.jsonl")]


MEMORY = "{name: gru, hidden: [8], memory: 4, head: []}"


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("mappo", []),
        ("happo", []),
        ("ippo", [f"algorithm.actor={MEMORY}", f"algorithm.critic={MEMORY}", "algorithm.chunk=3"]),
    ],
)
def test_a_run_that_is_cut_off_ends_the_same(runs, name: str, given: list[str]) -> None:
    whole, cut = runs.start(name, *given), runs.start(name, *given, directory="cut")
    assert checkpoint_steps(cut / "checkpoints") == [1, 2, 3, 4, 5, 6]
    for step in (4, 5, 6):  # as if it had been killed after step 3
        checkpoint_path(cut / "checkpoints", step).unlink()
    (cut / "result.json").unlink()
    runs.resume(cut)
    assert strip(cut) == strip(whole)
    last = [load_checkpoint(checkpoint_path(path / "checkpoints", 6))["algorithm"] for path in (whole, cut)]
    assert same(*last)


def test_chunks_that_do_not_fit_are_refused_before_anything_runs(runs) -> None:
    for given, said in {"chunk=4": "choose 2, 3, 6", "burn_in=2": "burn_in must be at most chunk"}.items():
        with pytest.raises(QuorateError, match=said):
            runs.start("mappo", f"algorithm.{given}")


def test_one_agent_is_refused_for_happo(runs) -> None:
    with pytest.raises(QuorateError) as caught:
        runs.start("happo", "environment.agents=1")
    assert "at least 2 agents" in str(caught.value)
    runs.start("mappo", "environment.agents=1", "environment.mortal=false")


def test_numbers_that_explode_stop_the_run(runs) -> None:
    with pytest.raises(QuorateError, match="The tensor 'policy_loss' is not finite"):
        runs.start(
            "mappo", "algorithm.learning_rate=1e30", "algorithm.clip_norm=null", "algorithm.actor.layer_norm=false"
        )
