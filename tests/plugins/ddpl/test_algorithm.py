import pytest
import torch
from rich.console import Console

from quorate.registry import load_registry
from quorate.run import resume, start
from quorate.run.checkpoint import checkpoint_path, load_checkpoint
from quorate.run.directory import RunDirectory
from quorate.run.progress import SilentDisplay


def display():
    return SilentDisplay(Console(stderr=True))


def final_state(path):
    directory = RunDirectory.open(path)
    return load_checkpoint(checkpoint_path(directory.checkpoints, 10))


def differences(first, second, path=""):
    if isinstance(first, dict):
        assert first.keys() == second.keys()
        return [found for key in first for found in differences(first[key], second[key], f"{path}/{key}")]
    if isinstance(first, (list, tuple)):
        return [
            found
            for i, pair in enumerate(zip(first, second, strict=True))
            for found in differences(*pair, f"{path}/{i}")
        ]
    equal = torch.equal(first, second) if isinstance(first, torch.Tensor) else first == second
    return [] if equal else [path]


@pytest.mark.parametrize("policy", ["ddpm", "gaussian"])
def test_a_resumed_run_ends_bit_for_bit_as_one_that_never_stopped(settings, tmp_path, policy, monkeypatch):
    registry = load_registry()
    run = settings("checkpoint.every=5", "checkpoint.keep=3", f"directory={tmp_path}", "name=whole", policy=policy)
    whole = start(run, registry, display()).directory
    (whole / "result.json").unlink()
    expected = final_state(whole)
    checkpoint_path(RunDirectory.open(whole).checkpoints, 10).unlink()
    again = resume(whole, registry, display())
    assert again.step == 10
    assert differences(final_state(whole), expected) == []
