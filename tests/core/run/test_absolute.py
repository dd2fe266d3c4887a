"""Evaluation points, the absolute metric, and what a run has cost."""

import json
import os
import signal
import subprocess
import time

import psutil
import pytest
import torch

from quorate.config.schema import Evaluation
from quorate.errors import ConfigError, RunError
from quorate.folders.content import RunContent
from quorate.folders.directory import RunDirectory
from quorate.run import cost
from quorate.run.absolute import BestPolicy
from quorate.run.checkpoint import checkpoint_path, load_checkpoint
from quorate.run.cost import peak_memory
from quorate.run.metrics import Clock, read_metrics

ABSOLUTE = ("evaluation.absolute=3", "evaluation.metric=net/error", "evaluation.goal=minimise")


def rows(path, phase):
    return [(row["step"], row["metrics"]) for row in read_metrics(path / "metrics.jsonl") if row["phase"] == phase]


def result_of(path):
    return json.loads((path / "result.json").read_text())


@pytest.mark.parametrize(
    ("settings", "total", "steps"),
    [
        ({}, 12, [12]),
        ({}, 0, [0]),
        ({"every": 5}, 12, [5, 10, 12]),
        ({"every": 4, "at_start": True}, 12, [0, 4, 8, 12]),
        ({"points": 4}, 12, [3, 6, 9, 12]),
        ({"points": 5, "at_start": True}, 12, [0, 2, 4, 7, 9, 12]),
        ({"points": 100}, 3, [1, 2, 3]),
        ({"points": 4}, 0, [0]),
    ],
)
def test_evaluation_points(settings, total, steps):
    assert Evaluation(**settings).steps(total) == steps


def test_points_of_a_run_are_recorded(toy):
    path = toy.start("evaluation.points=4", "evaluation.every=0").directory
    assert [step for step, _ in rows(path, "evaluation")] == [0, 3, 6, 9, 12]
    record = RunDirectory.open(path).record["evaluation"]
    assert record == {"points": 5, "after_train_steps": "0, 3, 6, 9, 12", "absolute": None}


def test_every_and_points_exclude_each_other(toy):
    with pytest.raises(ConfigError, match="every and points"):
        toy.compose("evaluation.points=4")


def test_the_best_policy_is_measured_again(toy):
    path = toy.start(*ABSOLUTE, "algorithm.optimiser.rate=0.5").directory
    errors = {step: metrics["net/error"] for step, metrics in rows(path, "evaluation")}
    best = min(errors, key=errors.get)
    assert best not in (0, 12)
    absolute = result_of(path)["absolute"]
    assert (absolute["step"], absolute["factor"]) == (best, 3)
    assert rows(path, "absolute") == [(12, absolute["metrics"])]
    assert absolute["metrics"]["net/error"] not in errors.values()  # other episodes
    assert RunDirectory.open(path).record["evaluation"]["absolute"]["factor"] == 3


@pytest.mark.parametrize(("goal", "chosen"), [("minimise", min), ("maximise", max)])
def test_goals(toy, goal, chosen):
    path = toy.start(*ABSOLUTE[:2], f"evaluation.goal={goal}").directory
    errors = {step: metrics["net/error"] for step, metrics in rows(path, "evaluation")}
    assert result_of(path)["absolute"]["step"] == chosen(errors, key=errors.get)


def test_it_is_off_unless_asked_for(toy):
    path = toy.start().directory
    assert result_of(path)["absolute"] is None
    assert not rows(path, "absolute")
    assert "best" not in load_checkpoint(checkpoint_path(path / "checkpoints", 12))


def test_it_changes_nothing_else(toy):
    plain, absolute = (toy.start(*words).directory for words in ((), ABSOLUTE))
    for phase in ("train", "evaluation"):
        assert rows(plain, phase) == rows(absolute, phase)


def test_a_metric_that_does_not_exist_is_told_at_the_first_evaluation(toy):
    with pytest.raises(RunError, match="no metric 'net/eror'") as caught:
        toy.start("evaluation.absolute=3", "evaluation.metric=net/eror")
    assert "net/error" in caught.value.choices
    assert "evaluation.metric" in caught.value.where
    assert [step for step, _ in rows(toy.only_run(), "train")] == []


class Fixed:
    """Its acting state is the number of times that it was asked."""

    asked = 0

    def acting_state(self):
        self.asked += 1
        return {"asked": self.asked}


@pytest.mark.parametrize(
    ("values", "step"),
    [([1.0, 3.0, 3.0, 2.0], 1), ([float("nan"), 1.0], 1), ([1.0, float("nan")], 0), ([float("-inf"), float("inf")], 1)],
)
def test_the_first_of_equals_is_the_best_and_nan_is_not(values, step):
    best = BestPolicy(Evaluation(absolute=1, metric="x"), Fixed(), "evaluation.metric")
    for index, value in enumerate(values):
        best.consider(index, {"x": value})
    assert best.step == step


def test_outcome_and_summary(toy, capsys):
    from quorate.run.summary import conclude

    outcome = toy.start(*ABSOLUTE)
    again = toy.resume(outcome.directory)
    assert again.already
    assert again.absolute == outcome.absolute == result_of(outcome.directory)["absolute"]
    conclude(outcome.directory)
    assert (
        f"Absolute metrics: the best policy, of step {outcome.absolute['step']}, in 3 times" in capsys.readouterr().out
    )


def test_results_of_earlier_versions_have_neither(toy):
    path = toy.start().directory
    result = {name: value for name, value in result_of(path).items() if name not in ("absolute", "cost")}
    (path / "result.json").write_text(json.dumps(result))
    assert toy.resume(path).absolute is None


def test_cost_is_summed_over_parts(toy):
    path = toy.start(*ABSOLUTE).directory
    once = result_of(path)["cost"]
    assert once["seconds"] > 0
    assert once["peak_memory_bytes"] > 50 * 2**20  # torch alone is larger
    (path / "result.json").unlink()
    with (path / "timing.jsonl").open("a") as file:
        file.write(
            json.dumps({"event": "train", "step": 2, "seconds": 100.0, "peak_memory_bytes": 2**50}) + '\n{"event": "tra'
        )
    toy.resume(path)
    both = result_of(path)["cost"]
    assert both["seconds"] > once["seconds"] + 100
    assert both["peak_memory_bytes"] == 2**50
    (path / "result.json").unlink()
    assert both == RunContent(path).cost
    assert "seconds" not in (path / "metrics.jsonl").read_text()


def test_time_before_the_first_line_counts(tmp_path):
    Clock(tmp_path / "timing.jsonl", 0, time.perf_counter() - 50).write("started", 0)
    assert RunContent(tmp_path).cost["seconds"] >= 50


@pytest.mark.parametrize("listed", [True, False])
def test_what_was_started_and_what_that_started_is_counted(listed, tmp_path, monkeypatch):
    if not listed:
        monkeypatch.setattr(cost, "_PROCESSES", tmp_path)
    with subprocess.Popen(["bash", "-c", "sleep 60 & echo $!; wait"], stdout=subprocess.PIPE, text=True) as started:
        below = int(started.stdout.readline())
        assert {started.pid, below} <= set(cost._descendants())
        os.kill(below, signal.SIGKILL)
    assert not {started.pid, below} & set(cost._descendants())


def test_peak_memory_counts_what_is_given_back():
    resident = psutil.Process().memory_info().rss
    block = torch.ones(64 * 2**20)  # 256 MiB
    del block
    assert peak_memory() > resident + 250 * 2**20


def test_a_thread_that_ends_while_it_is_looked_at_hides_no_children_of_others(tmp_path, monkeypatch):
    monkeypatch.setattr(cost, "_PROCESSES", tmp_path)
    for thread in range(9):
        (tmp_path / "self" / "task" / str(thread)).mkdir(parents=True)
        if thread == 4:
            (tmp_path / "self" / "task" / "4" / "children").write_text("17 18 ")
        else:
            (tmp_path / "self" / "task" / str(thread) / "children").mkdir()  # not to be read
    assert list(cost._below("self")) == [17, 18]
