"""A disk that takes no more is told with the file that could not be written, whichever it is."""

import errno
import os
from pathlib import Path

import pytest

from quorate.errors import RunError
from quorate.run.checkpoint import checkpoint_steps

FILES = ("metrics.jsonl", "timing.jsonl", "step-000000004.safetensors", "result.json", "record.json", "config.yaml")


@pytest.fixture
def full(monkeypatch):
    """Lets the writes to one file fail, after half of what is to be written, and its close again."""
    descriptors, write, close = [], os.write, os.close

    def fill(name: str, number: int) -> None:
        def written_to(descriptor: int) -> bool:
            path = Path(f"/proc/self/fd/{descriptor}").readlink().name
            return path == name or path.startswith(f".{name}.")

        def writing(descriptor, data):
            if not written_to(descriptor):
                return write(descriptor, data)
            if descriptor in descriptors:
                raise OSError(number, os.strerror(number))
            descriptors.append(descriptor)
            return write(descriptor, data[: len(data) // 2])

        def closing(descriptor):
            fails = written_to(descriptor)
            close(descriptor)
            if fails:
                raise OSError(errno.EIO, "a later error")

        monkeypatch.setattr(os, "write", writing)
        monkeypatch.setattr(os, "close", closing)

    return fill


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EFBIG, errno.EDQUOT])
@pytest.mark.parametrize("name", FILES)
def test_the_file_and_the_cause_are_told(toy, full, monkeypatch, name, number):
    full(name, number)
    with pytest.raises(RunError) as caught:
        toy.start()
    assert caught.value.problem == f"{name} can not be written: {os.strerror(number)}."
    assert Path(caught.value.where).name == name
    assert caught.value.fix
    monkeypatch.undo()
    assert not [*(toy.folder / "runs").rglob("*.tmp")]
    if name in ("record.json", "config.yaml"):
        assert not [*(toy.folder / "runs" / "toy").iterdir()]
    else:
        whole = toy.start(directory="whole").directory
        path = toy.only_run()
        assert toy.resume(path).step == 12
        assert (path / "metrics.jsonl").read_bytes() == (whole / "metrics.jsonl").read_bytes()


def test_the_limit_of_a_file_that_grows_is_told(toy, child):
    import resource

    def limited():
        resource.setrlimit(resource.RLIMIT_FSIZE, (3000, 3000))
        with pytest.raises(RunError, match=r"^(metrics|timing)\.jsonl can not be written: File too large"):
            toy.start("budget.train_steps=60", "log.every=1", "checkpoint.every=0")

    assert child(limited) == 0
    path = toy.only_run()
    assert checkpoint_steps(path / "checkpoints") == []
    assert toy.resume(path).step == 60
