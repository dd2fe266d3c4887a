import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from quorate.cli.main import main

TOY = Path(__file__).parents[1] / "run" / "toy"
MANIFEST = ["--manifest", str(TOY / "registry.yaml")]
SHORT = [str(TOY / "example.yaml"), "threads=1", "budget.train_steps=4", "checkpoint.every=2", "log.every=2"]


def test_table_and_next_command(capsys, tmp_path):
    assert main([*MANIFEST, "run", *SHORT, f"directory={tmp_path}"]) == 0
    captured = capsys.readouterr()
    (run,) = (tmp_path / "example").iterdir()
    assert "error" in captured.out
    assert "gain" in captured.out
    assert f"quorate evaluate {run}" in captured.out
    assert "training: 4/4" in captured.err
    assert "\x1b" not in captured.err


def test_json_is_the_result(capsys, tmp_path):
    assert main([*MANIFEST, "run", *SHORT, f"directory={tmp_path}", "--json", "--quiet"]) == 0
    captured = capsys.readouterr()
    result = json.loads(captured.out)
    assert captured.err == ""
    written = json.loads((Path(result.pop("directory")) / "result.json").read_text())
    assert result == written


@pytest.mark.parametrize(
    "arguments", [["device=cuda:99"], ["algorithm.diverge_at=2"], ["seed=x"], ["directory=/proc/nowhere"]]
)
def test_mistakes_exit_with_2(capsys, tmp_path, arguments):
    assert main([*MANIFEST, "run", *SHORT, f"directory={tmp_path}", *arguments]) == 2
    error = capsys.readouterr().err
    assert "Error: " in error
    assert "Traceback" not in error


@pytest.mark.usefixtures("warm_processes")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_signals(tmp_path, number):
    words = [*MANIFEST, "run", *SHORT, "budget.train_steps=400", "algorithm.pause=0.02", f"directory={tmp_path}"]
    command = [sys.executable, "-m", "quorate", *words]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, start_new_session=True)
    while process.poll() is None and not list(tmp_path.glob("example/*/checkpoints/step-*.safetensors")):
        time.sleep(0.01)
    os.kill(process.pid, number)
    _, error = process.communicate()
    assert process.returncode == 128 + number, error
    (run,) = (tmp_path / "example").iterdir()
    assert f"quorate resume {run}" in error
    assert main(["resume", str(run), "--help"]) == 0
