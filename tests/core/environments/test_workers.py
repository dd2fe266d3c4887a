import dataclasses
import gc
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import psutil
import pytest
import torch
from test_from_parallel import play
from worlds import Drifters, Faulty, Walk

from quorate.environments import ParallelBatch
from quorate.errors import QuorateError

HERE = Path(__file__).parent


def same(one: Any, two: Any) -> bool:
    if isinstance(one, dict):
        return one.keys() == two.keys() and all(same(one[key], two[key]) for key in one)
    return torch.equal(one, two) if isinstance(one, torch.Tensor) else one is two


def workers() -> list[psutil.Process]:
    return [child for child in psutil.Process().children() if "worker_process" in " ".join(child.cmdline())]


def test_the_same_bits_as_in_process() -> None:
    here, there = ParallelBatch(Walk, 5), ParallelBatch(Walk, 5, workers=2)
    assert here.spec == there.spec
    assert any(step.final_state is not None for step in play(here, 40))
    for one, two in zip(play(here, 40), play(there, 40), strict=True):
        assert all(same(getattr(one, f.name), getattr(two, f.name)) for f in dataclasses.fields(one))
    there.close()


def test_continuous_actions_and_more_workers_than_rows() -> None:
    here, there = ParallelBatch(Drifters, 1), ParallelBatch(Drifters, 1, workers=3)
    here.reset(0), there.reset(0)
    actions = torch.randn(1, 3, 4)
    for _ in range(6):
        assert torch.equal(here.step(actions).observation, there.step(actions).observation)
    there.close()


def test_an_error_carries_the_traceback_of_the_worker() -> None:
    env = ParallelBatch(lambda: Faulty("raises"), 2, workers=2)
    with pytest.raises(QuorateError, match="the axle broke") as caught:
        play(env, 3)
    assert "worlds.py" in str(caught.value.__cause__)
    assert "ZeroDivisionError" in str(caught.value.__cause__)
    assert not workers()


def test_a_worker_that_exits_is_reported() -> None:
    env = ParallelBatch(lambda: Faulty("exits"), 2, workers=2)
    with pytest.raises(QuorateError, match="ended with exit code 17"):
        play(env, 3)
    assert not workers()


def test_a_worker_that_is_killed_is_reported() -> None:
    env = ParallelBatch(Walk, 2, workers=2)
    env.reset(0)
    victim = workers()[0]
    os.kill(victim.pid, signal.SIGKILL)
    with pytest.raises(QuorateError, match="was ended by the signal SIGKILL"):
        env.step(torch.zeros(2, 2, dtype=torch.int64))
    assert not workers()


def test_a_factory_that_fails_in_the_worker() -> None:
    with pytest.raises(QuorateError, match="ZeroDivisionError"):
        ParallelBatch(lambda: 1 / 0, 2, workers=1)
    assert not workers()


def test_a_factory_that_can_not_be_sent() -> None:
    lock = threading.Lock()
    with pytest.raises(QuorateError, match="can not be sent"):
        ParallelBatch(lambda: (lock, Walk())[1], 1, workers=1)


@pytest.mark.parametrize("end", ["close", "collect"])
def test_workers_end(end: str) -> None:
    env = ParallelBatch(Walk, 2, workers=1)
    assert len(workers()) == 1
    if end == "close":
        env.close()
        env.close()
    else:
        del env
        gc.collect()
    assert not workers()


@pytest.mark.parametrize("ending", ["pass", "os.kill(os.getpid(), signal.SIGKILL)"])
def test_workers_end_with_the_parent(ending: str, warm_commands: Path) -> None:
    script = (
        "import os, psutil, signal\nfrom worlds import Walk\nfrom quorate.environments import ParallelBatch\n"
        "env = ParallelBatch(Walk, 2, workers=1)\nenv.reset(0)\n"
        f"print(psutil.Process().children()[0].pid, flush=True)\n{ending}\n"
    )
    path = os.pathsep.join([str(HERE), *sys.path])
    variables = {**os.environ, "PYTHONPATH": path, "WARM": ""}
    # Standard output is closed only when the worker, which inherited it, has ended too.
    done = subprocess.run(
        [warm_commands / "python", "-c", script],
        env=variables,
        capture_output=True,
        text=True,
        timeout=1200,
    )
    assert int(done.stdout) > 0
    assert done.stderr == ""


def test_workers_import_no_torch() -> None:
    script = "import sys, quorate.environments.worker_process; sys.exit('torch' in sys.modules)"
    path = os.pathsep.join(sys.path)
    assert subprocess.run([sys.executable, "-c", script], env={**os.environ, "PYTHONPATH": path}).returncode == 0
