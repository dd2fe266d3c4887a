import json
from types import SimpleNamespace

import pytest

pytest.importorskip("tensorboard")
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from quorate.registry import load_registry
from quorate_tensorboard.settings import TensorBoardSettings


@pytest.fixture
def logger():
    return load_registry().component("logger", "tensorboard", TensorBoardSettings()).build()


def info(folder, step=0, resumed=False):
    return SimpleNamespace(directory=folder, first_step=step, resumed=resumed)


def scalars(folder, name):
    events = EventAccumulator(str(folder / "tensorboard"))
    events.Reload()
    return [(event.step, event.value) for event in events.Scalars(name)]


def write(hooks, run, values, evaluation=None):
    hooks.call("quorate_run_started", run=run)
    if evaluation is not None:
        hooks.call("quorate_metrics_logged", run=run, step=evaluation, metrics={"evaluation/return": 3.0})
    for step, value in values:
        hooks.call("quorate_metrics_logged", run=run, step=step, metrics={"train/loss": value})
    hooks.call("quorate_checkpoint_written", run=run, path=run.directory)
    hooks.call("quorate_run_ended", run=run, status="finished")


def test_scalars_and_purge(tmp_path, logger):
    hooks = load_registry().hooks
    hooks.register(logger, name="logger")
    write(hooks, info(tmp_path), [(10, 1.0), (20, 0.5), (30, 8.0)])
    write(hooks, info(tmp_path, 20, resumed=True), [(30, 0.25)])
    assert scalars(tmp_path, "train/loss") == [(10, 1.0), (20, 0.5), (30, 0.25)]


def test_without_purge_the_old_event_stays(tmp_path, logger):
    hooks = load_registry().hooks
    hooks.register(logger, name="logger")
    write(hooks, info(tmp_path), [(10, 1.0), (20, 0.5), (30, 8.0)])
    write(hooks, info(tmp_path, 20, resumed=False), [(30, 0.25)])
    assert (30, 8.0) in scalars(tmp_path, "train/loss")


@pytest.mark.parametrize("folder", ["", "..", "a/b"])
def test_folder_stays_inside_the_run(folder):
    with pytest.raises(ValueError, match="folder"):
        TensorBoardSettings(folder=folder)


@pytest.mark.parametrize("evaluated", [False, True])
def test_an_evaluation_made_again_is_shown_once(tmp_path, logger, evaluated):
    hooks = load_registry().hooks
    hooks.register(logger, name="logger")
    write(hooks, info(tmp_path), [(10, 1.0), (20, 0.5)], evaluation=20)
    rows = [{"step": step, "phase": "train", "metrics": {"loss": value}} for step, value in ((10, 1.0), (20, 0.5))]
    rows += [{"step": 20, "phase": "evaluation", "metrics": {"return": 3.0}}] * evaluated
    (tmp_path / "metrics.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    write(hooks, info(tmp_path, 20, resumed=True), [(30, 0.25)], evaluation=None if evaluated else 20)
    assert scalars(tmp_path, "train/loss") == [(10, 1.0), (20, 0.5), (30, 0.25)]
    assert scalars(tmp_path, "evaluation/return") == [(20, 3.0)]
