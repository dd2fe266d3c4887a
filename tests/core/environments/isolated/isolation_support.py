"""What the tests of isolation share."""

import dataclasses
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

from quorate.interfaces import Environment, Step


def same(one: Any, two: Any) -> bool:
    if isinstance(one, dict):
        return one.keys() == two.keys() and all(same(one[key], two[key]) for key in one)
    if isinstance(one, torch.Tensor):
        alike = one.dtype == two.dtype and one.shape == two.shape and one.device == two.device
        return alike and (torch.equal(one, two) or torch.allclose(one, two, rtol=0, atol=0, equal_nan=True))
    return one is two


def equal(one: Step, two: Step) -> bool:
    return all(same(getattr(one, field.name), getattr(two, field.name)) for field in dataclasses.fields(one))


def actions_of(env: Environment, time: int) -> torch.Tensor:
    """Random valid ones."""
    generator = torch.Generator().manual_seed(time)
    shape = env.batch, env.spec.agent_count
    sizes = [space.shape[0] for space in env.spec.action_spaces if space.shape]
    if sizes:
        return torch.rand(*shape, max(sizes), generator=generator)
    return torch.randint(0, 2, shape, generator=generator)


def memory_files() -> set[str]:
    """Shared memory that still has a name; every process of Quorate takes it away at once."""
    return {path.name for path in Path("/dev/shm").glob("quorate-*")}


def workers(parent: int | None = None) -> list[int]:
    """Processes with this one (or another) as parent that are workers, zombies included."""
    found = []
    for folder in Path("/proc").iterdir():
        if folder.name.isdecimal():
            try:
                state, mother = (folder / "stat").read_text().rpartition(")")[2].split()[:2]
                words = (folder / "cmdline").read_bytes()
            except OSError:
                continue
            if int(mother) == (parent or os.getpid()) and (b"isolated.worker" in words or state == "Z"):
                found.append(int(folder.name))
    return found


def alive(process: int) -> bool:
    try:
        return (Path("/proc") / str(process) / "stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def wait_for(condition: Callable[[], bool], seconds: float = 1200.0) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.05)
