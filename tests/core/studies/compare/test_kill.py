"""A comparison that is killed twice ends with the same report as one that was never disturbed."""

import json
import os
import random
import shutil
import signal

import pytest

from quorate.run.checkpoint import checkpoint_path, load_checkpoint

VARIANTS = {
    "plain": {},
    "wide": {"algorithm.net": "toy/wide"},
    "fast": {"algorithm": {"optimiser": {"rate": 0.05}}},
}
ENVIRONMENTS = ["toy/line-v1", {"name": "toy/ring-v1"}]
PAUSED = ["base.algorithm.pause=0.02", "base.evaluation.every=2", "base.log.every=2"]
COST = ("seconds", "peak_memory_bytes", "cost", "created", "path")


def bare(value):
    """A report without times, memory, and the times in the names of folders."""
    if isinstance(value, dict):
        return {key: bare(item) for key, item in value.items() if key not in COST}
    return [bare(item) for item in value] if isinstance(value, list) else value


def report(folder):
    return bare(json.loads((folder / "report" / "report.json").read_text()))


def contents(folder):
    """What every cell has computed, to the last bit."""
    found = {}
    for run in sorted(folder.glob("runs/*/*/seed-*/2*")):
        name = run.parent.relative_to(folder / "runs")
        result = json.loads((run / "result.json").read_text())
        state = load_checkpoint(checkpoint_path(run / "checkpoints", result["step"]))
        weights = {key: value.tolist() for key, value in state["algorithm"]["net"].items()}
        found[str(name)] = (run / "metrics.jsonl").read_bytes(), bare(result), weights
    return found


def training(comparer):
    """How many runs have begun to train; before that there is nothing to save."""
    return len(list(comparer.folder.path.glob("runs/*/*/seed-*/2*/timing.jsonl")))


def test_killed_twice(comparer, wait, kill):
    comparer.write(variants=VARIANTS, environments=ENVIRONMENTS, seeds=2)
    folder = comparer.folder.path
    generator = random.Random(5)
    for least in (3, 7):
        process = comparer.start(*PAUSED)
        wait(lambda least=least: comparer.finished() >= least + generator.randrange(2), process)
        kill(process)
        assert least <= comparer.finished() < 12
    output = comparer.call(*PAUSED)
    assert "12 of 12 cells are finished" in output
    disturbed, weights = report(folder), contents(folder)
    assert len(weights) == 12

    shutil.move(folder, comparer.path / "disturbed")
    comparer.call(*PAUSED)
    assert contents(folder) == weights
    assert report(folder) == disturbed
    assert [run["status"] for run in disturbed["runs"]] == ["finished"] * 12
    assert disturbed["problems"] == report(folder)["problems"]

    changed = json.loads(json.dumps(disturbed))  # the comparison above sees a number that is a little different
    changed["runs"][7]["final"] += 1e-12
    assert changed != disturbed


def test_the_parent_alone_is_killed(comparer, wait):
    """Runs do not go on alone: they write a checkpoint and stop, and a second command continues them."""
    comparer.write(variants={"slow": {"algorithm.pause": 0.05}}, seeds=[0, 1])
    process = comparer.start("base.budget.train_steps=100000", "base.checkpoint.every=0")
    wait(lambda: training(comparer) == 2, process)
    os.kill(process.pid, signal.SIGKILL)
    wait(lambda: all(list(run.glob("checkpoints/*.safetensors")) for run in comparer.runs()))
    process.communicate()
    events = [(run / "timing.jsonl").read_text() for run in comparer.runs()]
    assert all('"stopped"' in text for text in events)
    assert comparer.finished() == 0


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_stopped(comparer, wait, number):
    comparer.write(variants={"slow": {"algorithm.pause": 0.05}}, seeds=[0, 1])
    steps = ["base.budget.train_steps=60", "base.checkpoint.every=0"]
    process = comparer.start(*steps)
    wait(lambda: training(comparer) == 2, process)
    os.killpg(process.pid, number) if number == signal.SIGINT else os.kill(process.pid, number)
    output = process.communicate(timeout=1200)[0]
    assert process.returncode == 128 + number, output
    assert f"To go on: quorate compare {comparer.file} {steps[0]}" in output
    assert all(list(run.glob("checkpoints/*.safetensors")) for run in comparer.runs())
    if number == signal.SIGINT:
        assert "2 of 2 cells are finished" in comparer.call(*steps)
        assert [json.loads(run.joinpath("result.json").read_text())["step"] for run in comparer.runs()] == [60, 60]
