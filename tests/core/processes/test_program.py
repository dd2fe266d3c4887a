"""Programs that run to their end."""

import sys

import pytest

from quorate.processes.program import run_program


def test_what_it_prints_is_read_and_what_finds_this_interpreters_packages_does_not_reach_it(monkeypatch):
    monkeypatch.setenv("PYTHONPATH", "/nowhere")
    monkeypatch.setenv("MINE", "stays")
    code = "import os, sys; print(os.environ.get('PYTHONPATH'), os.environ['MINE'], sys.stdin.read()); sys.exit(3)"
    done = run_program([sys.executable, "-c", code])
    assert (done.returncode, done.stdout, done.stderr) == (3, "None stays \n", "")


def test_one_that_does_not_end_is_ended():
    with pytest.raises(TimeoutError, match=r"did not end within 0\.1 s"):
        run_program(["/bin/sleep", "3600"], seconds=0.1)
    with pytest.raises(OSError, match="nowhere"):
        run_program(["/nowhere/python"])


def test_what_is_shown_goes_to_standard_error(capfd):
    assert run_program(["/bin/echo", "seen"], shown=True).stdout is None
    assert capfd.readouterr() == ("", "seen\n")
