from pathlib import Path

import pytest

from quorate.paths import absolute, from_here, path_fault

BAD = {
    "nul": ("a/b\0c", "NUL"),
    "half of a surrogate pair": ("a/\ud800", "UTF-8"),
    "a byte that is no UTF-8": ("a/\udcff", "UTF-8"),
    "what Python was not started to read": ("a/\udcc3\udca9", "PYTHONUTF8=1"),
    "one name": ("a/" + "n" * 256, "256 bytes"),
    "one name of many bytes": ("a/" + "é" * 128, "256 bytes"),
    "the whole": ("/".join(["n" * 200] * 21), "4095"),
}


@pytest.mark.parametrize(("text", "words"), BAD.values(), ids=BAD)
def test_what_no_file_system_holds(text, words):
    assert words in path_fault(text)
    path_fault(text).encode()  # the sentence itself can be printed
    with pytest.raises(ValueError, match=words):
        absolute(text)


@pytest.mark.parametrize("text", ["a", "/", "", "n" * 255, "é" * 127, "a b/ü", "..", "a/" * 100])
def test_what_they_hold(text):
    assert path_fault(text) == ""
    assert absolute(text).is_absolute()


def test_home_and_the_present_folder(monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", "/home/me")
    monkeypatch.chdir(tmp_path)
    assert absolute("~/runs") == Path("/home/me/runs")
    assert absolute("runs") == tmp_path / "runs"
    assert absolute("runs", Path("/elsewhere")) == Path("/elsewhere/runs")
    with pytest.raises(ValueError, match="nobody's home"):
        absolute("~nobody-at-all/runs")


def test_a_present_folder_that_is_no_utf8(monkeypatch, tmp_path):
    odd = tmp_path / "\udcff"
    odd.mkdir()
    monkeypatch.chdir(odd)
    with pytest.raises(ValueError, match="UTF-8"):
        absolute("runs")


def test_paths_are_told_as_short_as_they_can_be(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    assert from_here(tmp_path / "runs") == Path("runs")
    assert from_here(tmp_path.parent) == tmp_path.parent
