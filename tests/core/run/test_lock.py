"""Locks, where there are any, and what processes that died have left."""

import errno
import fcntl
import os
import signal

import pytest

from quorate.errors import RunError
from quorate.folders.directory import Draft, RunDirectory
from quorate.folders.files import write_bytes
from quorate.folders.lock import hold, is_locked, remove_temporaries, try_lock
from quorate.studies.compare.folder import ComparisonFolder

TAKEN = (errno.EWOULDBLOCK, errno.EACCES)
WITHOUT = (errno.ENOTSUP, errno.ENOSYS, errno.ENOLCK, errno.EINVAL, errno.EBADF)


@pytest.fixture
def refusing(monkeypatch):
    """Makes every lock fail with an error of the system."""

    def refuse(number: int) -> None:
        def flock(descriptor, operation):
            raise OSError(number, os.strerror(number))

        monkeypatch.setattr(fcntl, "flock", flock)

    return refuse


@pytest.mark.parametrize("number", TAKEN)
def test_another_process_has_it(tmp_path, refusing, number):
    (tmp_path / "lock").touch()
    refusing(number)
    assert try_lock(tmp_path / "lock") is None
    assert is_locked(tmp_path / "lock")
    with pytest.raises(RunError, match="Another process is writing this run"):
        RunDirectory(tmp_path).lock()


@pytest.mark.parametrize("number", WITHOUT)
def test_a_file_system_without_locks_is_said_once_and_the_run_goes_on(toy, refusing, caplog, number):
    refusing(number)
    path = toy.start().directory
    assert [record.message for record in caplog.records if "Locks are not supported" in record.message]
    assert len(caplog.records) == 1
    (path / "result.json").unlink()
    caplog.clear()
    assert toy.resume(path).step == 12
    assert len(caplog.records) == 1
    assert str(path) in caplog.records[0].message
    assert not is_locked(path / "lock")


def test_a_lock_ends_with_its_descriptor(tmp_path):
    descriptor = try_lock(tmp_path / "lock")
    assert is_locked(tmp_path / "lock")
    assert try_lock(tmp_path / "lock") is None
    os.close(descriptor)
    assert not is_locked(tmp_path / "lock")
    assert not is_locked(tmp_path / "none")
    assert not (tmp_path / "none").exists()


def test_leftovers_of_the_dead_are_removed_and_those_of_the_living_stay(toy):
    parent = toy.folder / "runs" / "toy"
    living = Draft(toy.compose())
    (parent / ".new-0123456789ab" / "checkpoints").mkdir(parents=True)
    (parent / "mine").mkdir()
    path = toy.start().directory
    assert {file.name for file in parent.iterdir()} == {living.directory.path.name, "mine", path.name}
    living.discard()
    assert {file.name for file in parent.iterdir()} == {"mine", path.name}


def test_temporary_files_of_a_run_are_removed_when_it_is_resumed(toy):
    path = toy.start().directory
    (path / "result.json").unlink()
    held = path / ".evaluation-4.json.0123abcd.tmp"
    descriptor = hold(held)
    dead = [path / ".result.json.4711.tmp", path / "checkpoints" / ".step-000000004.safetensors.89abcdef.tmp"]
    for file in [*dead, path / ".notes.tmp", path / "x.1.tmp"]:
        file.write_bytes(b"half")
    assert toy.resume(path).step == 12
    assert {file.name for file in path.rglob("*.tmp")} == {held.name, ".notes.tmp", "x.1.tmp"}
    os.close(descriptor)


def test_temporary_files_of_a_comparison_are_removed_at_its_next_start(tmp_path):
    folder = ComparisonFolder(tmp_path)
    (tmp_path / "failures").mkdir()
    for name in (".guard.json.4711.tmp", "failures/.a--b--seed-0.json.0123abcd.tmp"):
        (tmp_path / name).write_bytes(b"half")
    with folder.locked():
        assert not [*tmp_path.rglob("*.tmp")]
        with pytest.raises(RunError, match="Another process is running this comparison"), folder.locked():
            pass


def test_a_comparison_goes_on_without_locks(tmp_path, refusing, caplog):
    refusing(errno.ENOTSUP)
    with ComparisonFolder(tmp_path).locked():
        assert len(caplog.records) == 1
    assert "Locks are not supported" in caplog.records[0].message


def test_what_is_left_of_a_file_goes_when_it_is_written_again(tmp_path):
    for name in (".x[1].json.99.tmp", ".y.json.99.tmp"):
        (tmp_path / name).write_bytes(b"half")
    write_bytes(tmp_path / "x[1].json", b"{}")
    assert {path.name for path in tmp_path.iterdir()} == {"x[1].json", ".y.json.99.tmp"}


def test_links_are_no_leftovers(tmp_path):
    (tmp_path / "kept").write_text("x")
    (tmp_path / ".a.1.tmp").symlink_to(tmp_path / "kept")
    remove_temporaries(tmp_path)
    assert (tmp_path / "kept").read_text() == "x"


def test_a_leftover_can_not_be_told_where_there_are_no_locks(tmp_path, refusing):
    refusing(errno.ENOTSUP)
    (tmp_path / ".a.1.tmp").touch()
    remove_temporaries(tmp_path)
    assert (tmp_path / ".a.1.tmp").exists()


def test_who_cleans_up_while_others_write_loses_nothing(tmp_path, child):
    """Files are locked before anybody can take them for leftovers, or are begun anew."""

    def clean():
        while True:
            remove_temporaries(tmp_path)

    cleaner = os.fork()
    if cleaner == 0:
        clean()
    try:
        for round_ in range(300):
            write_bytes(tmp_path / "x", str(round_).encode())
            assert (tmp_path / "x").read_bytes() == str(round_).encode()
    finally:
        os.kill(cleaner, signal.SIGKILL)
        os.waitpid(cleaner, 0)


def test_a_killed_start_leaves_nothing_to_the_next(toy, child, monkeypatch):
    def killed():
        os.fsync = lambda descriptor: os.kill(os.getpid(), signal.SIGKILL)
        toy.start()

    assert child(killed) == -signal.SIGKILL
    parent = toy.folder / "runs" / "toy"
    assert [path.name[:5] for path in parent.iterdir()] == [".new-"]
    path = toy.start().directory
    assert [*parent.iterdir()] == [path]
