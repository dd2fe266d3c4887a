from pathlib import Path

import pytest

from quorate.errors import ConfigError
from quorate.interpreters import START_TIMEOUT, user_settings
from quorate.interpreters.entering import enter


@pytest.fixture
def file(tmp_path, monkeypatch):
    path = tmp_path / "own" / "settings.yaml"
    path.parent.mkdir()
    monkeypatch.setenv("QUORATE_SETTINGS", str(path))
    return path


def test_an_interpreter_may_have_variables(file):
    file.write_text("interpreters:\n  one: /a\n  two: {path: b, variables: {WARP_CACHE_PATH: /big, N: 3}}\n")
    settings = user_settings()
    assert settings.interpreters == {"one": "/a", "two": str(file.parent / "b")}
    assert settings.variables == {"two": {"WARP_CACHE_PATH": "/big", "N": "3"}}
    assert (settings.interpreter_start_timeout, START_TIMEOUT) == (None, 900.0)


@pytest.mark.parametrize(
    ("said", "problem"),
    [
        ("{paths: a}", "no key 'paths'"),
        ("{variables: {A: b}}", "no path"),
        ("{path: a, variables: [b]}", "must be a mapping"),
        ("{path: a, variables: {A-B: c}}", "no variable"),
        ("{path: a, variables: {A: [c]}}", "no variable"),
        ("{path: 3}", "no path"),
    ],
)
def test_what_is_wrong_with_one_is_told_with_its_line(file, said, problem):
    file.write_text(f"interpreters:\n  one: {said}\n")
    with pytest.raises(ConfigError, match=problem) as caught:
        user_settings()
    assert "line 2" in str(caught.value)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", "interpreters:\n  isaac: /x y\n"),
        ("# mine\ninterpreter_timeout: 5\n", "# mine\ninterpreter_timeout: 5\ninterpreters:\n  isaac: /x y\n"),
        ("interpreters:\n    a: /a # keep\n", "interpreters:\n    isaac: /x y\n    a: /a # keep\n"),
        ("interpreters: # all\n  isaac: /old\n  b: /b\n", "interpreters: # all\n  isaac: /x y\n  b: /b\n"),
        (
            "interpreters:\n  isaac:\n    path: /old\n    variables: {A: b}\n",
            "interpreters:\n  isaac:\n    path: /x y\n    variables: {A: b}\n",
        ),
    ],
)
def test_entering_one_leaves_everything_else_as_it_was(file, before, after):
    if before:
        file.write_text(before)
    assert enter("isaac", Path("/x y")) == file
    assert file.read_text() == after.replace("/x y", "'/x y'")
    assert user_settings().interpreters["isaac"] == "/x y"


def test_what_can_not_be_edited_by_a_line_is_left_alone(file):
    text = "interpreters: {a: /a}\n"
    file.write_text(text)
    with pytest.raises(ConfigError, match="can not be added to") as caught:
        enter("isaac", Path("/x"))
    assert "'  isaac: /x'" in str(caught.value)
    assert file.read_text() == text
