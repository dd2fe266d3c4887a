"""Where files can be written, found out before and while they are."""

import os
import stat
from pathlib import Path

import pytest

from quorate.errors import RunError
from quorate.folders.files import check_place, disk_errors, write_bytes


def test_what_is_no_file_is_not_replaced_by_one(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    for write in (check_place, lambda path: write_bytes(path, b"x")):
        with pytest.raises(RunError, match="a device or a pipe"):
            write(pipe)
    assert stat.S_ISFIFO(pipe.stat().st_mode)
    with pytest.raises(RunError, match="null is no file"):
        check_place(type(tmp_path)(os.devnull))


def test_places_are_held_against_what_is_there(tmp_path):
    file, folder = tmp_path / "file", tmp_path / "folder"
    file.write_text("")
    folder.mkdir()
    for path, is_folder, problem in (
        (folder, False, "is a folder"),
        (file, True, "is no folder"),
        (file / "x" / "y.png", False, "it is no folder"),
        (file / "x", True, "it is no folder"),
        (folder / ("x" * 300), False, "name too long"),
    ):
        with pytest.raises(RunError, match=problem):
            check_place(path, folder=is_folder)
    for path, is_folder in ((file, False), (folder, True), (folder / "new" / "x.png", False), (folder / "new", True)):
        check_place(path, folder=is_folder)
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["file", "folder"]


def test_what_is_in_the_way_of_a_folder_is_named(tmp_path):
    file = tmp_path / "file"
    file.write_text("")
    for path, problem in (
        (file, f"file can not be created: {file} is a file and no folder."),
        (file / "x" / "y", f"y can not be created: {file} is a file and no folder."),
        (Path("/dev/full/x"), "x can not be created: /dev/full is no folder."),
        (Path("/proc/new/x"), "x can not be created: /proc takes no new folders."),
    ):
        with pytest.raises(RunError) as told, disk_errors(path, "created"):
            path.mkdir(parents=True)
        assert told.value.problem == problem
        assert "Choose another place" in told.value.fix
