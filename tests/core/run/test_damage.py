"""One damaged file of a run is told, and does not stop what can do without it."""

import json
import shutil
from pathlib import Path

import pytest

from quorate.cli.main import main
from quorate.errors import RunError
from quorate.folders.content import RunContent
from quorate.run.checkpoint import checkpoint_path, checkpoint_steps
from quorate.run.execute import evaluate

TOY = Path(__file__).parent / "toy" / "registry.yaml"

BAD = {
    "cut off": b'{"step": 1, "metr',
    "deep": b"[" * 100_000 + b"]" * 100_000 + b"\n",
    "400 digits": b'{"step": 1, "seconds": ' + b"1" * 400 + b"}\n",
    "no UTF-8": b'{"step": 1, "event": "\xff\xfe"}\n',
    "empty": b"",
    "another type": b"[1]\n",
    "wrong values": b'{"step": 1, "seconds": "x", "metrics": 3}\n',
}
"""Contents of files, of those that are lines too (see test_reading.py)."""


@pytest.fixture
def cut(toy):
    """A run that was killed before its result was written."""
    path = toy.start().directory
    (path / "result.json").unlink()
    return path


@pytest.mark.parametrize("content", BAD.values(), ids=BAD)
def test_damaged_times_do_not_keep_a_run_from_going_on(toy, cut, content):
    (cut / "timing.jsonl").write_bytes(content)
    assert toy.resume(cut).step == 12
    cost = json.loads((cut / "result.json").read_text())["cost"]
    assert cost["seconds"] > 0
    assert cost["peak_memory_bytes"] > 0


@pytest.mark.parametrize("content", [*BAD.values(), b'{"step": "12"}', b'{"step": 1, "evaluation": []}'])
def test_a_damaged_result_is_told(toy, content):
    path = toy.start().directory
    (path / "result.json").write_bytes(content)
    with pytest.raises(RunError, match=r"^result\.json is damaged: ") as caught:
        _ = RunContent(path, strict=True).result
    assert "Remove it and resume" in caught.value.fix
    (path / "result.json").unlink()
    assert toy.resume(path).step == 12


@pytest.mark.parametrize("absolute", [[], {}, {"step": 1}, {"step": 1, "factor": 2, "metrics": "x"}])
def test_a_damaged_absolute_metric(toy, absolute):
    path = toy.start().directory
    result = json.loads((path / "result.json").read_text())
    (path / "result.json").write_text(json.dumps({**result, "absolute": absolute}))
    with pytest.raises(RunError, match="absolute"):
        _ = RunContent(path, strict=True).result


@pytest.mark.parametrize("name", ["config.yaml", "result.json", "metrics.jsonl", "timing.jsonl", "record.json"])
@pytest.mark.parametrize("content", BAD.values(), ids=BAD)
def test_no_command_ends_with_a_traceback(toy, capsys, name, content):
    path = toy.start().directory
    (path / name).write_bytes(content)
    for command in ("resume", "evaluate", "report"):
        assert main(["--manifest", str(TOY), command, str(path)]) in (0, 2)
        error = capsys.readouterr().err
        assert "Traceback" not in error
        assert "defect of Quorate" not in error


def test_metrics_that_are_shorter_than_a_checkpoint_knew(toy, cut, capfd):
    metrics = (cut / "metrics.jsonl").read_bytes()
    (cut / "metrics.jsonl").write_bytes(metrics[:-400])
    assert toy.resume(cut).step == 12
    assert "metrics.jsonl has" in capfd.readouterr().err
    assert (cut / "metrics.jsonl").read_bytes() == metrics


def test_a_checkpoint_of_no_use_takes_the_place_of_no_good_one(toy, monkeypatch):
    """With `keep: 1`, a run that goes on from step 8 and stops at 9 has to keep that, not the damaged one of 12."""
    from quorate.run.loop import Loop

    path = toy.start().directory
    metrics = (path / "metrics.jsonl").read_bytes()
    (path / "result.json").unlink()
    text = (path / "config.yaml").read_text()
    (path / "config.yaml").write_text(text.replace("keep: 2", "keep: 1"))
    last = checkpoint_path(path / "checkpoints", 12)
    last.write_bytes(last.read_bytes()[:-20])
    train = Loop._train

    def train_and_stop(loop):
        train(loop)
        loop.stop.number = 15

    monkeypatch.setattr(Loop, "_train", train_and_stop)
    assert toy.resume(path).step == 9
    assert checkpoint_steps(path / "checkpoints") == [9]
    monkeypatch.undo()
    assert toy.resume(path).step == 12
    assert (path / "metrics.jsonl").read_bytes() == metrics


def test_the_advice_on_lost_checkpoints_is_not_circular(toy, capsys):
    path = toy.start(directory="a b").directory
    for file in (path / "checkpoints").iterdir():
        file.unlink()
    with pytest.raises(RunError, match="finished, but has no checkpoint") as caught:
        evaluate(path, toy.registry, toy.display())
    assert "resume" not in caught.value.fix
    assert f"quorate run '{path}/config.yaml'" in caught.value.fix
    shutil.rmtree(path / "checkpoints")
    assert main(["--manifest", str(TOY), "resume", str(path)]) == 0
    printed = capsys.readouterr().out
    assert "evaluate" not in printed
    assert f"next: quorate report '{path}'" in printed
    (path / "result.json").unlink()
    with pytest.raises(RunError, match="no checkpoint yet") as caught:
        evaluate(path, toy.registry, toy.display())
    assert caught.value.fix == f"Run: quorate resume '{path}'"
