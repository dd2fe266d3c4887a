from collections import UserDict
from pathlib import Path

import numpy as np
import pytest

from quorate.config.source import read_source, read_value
from quorate.documents import dump
from quorate.errors import ConfigError


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1e-3", 1e-3),
        ("1E5", 1e5),
        ("6e3", 6000.0),
        (".5", 0.5),
        ("-1.", -1.0),
        ("010", 10),
        ("0x1f", 31),
        ("0o17", 15),
        ("no", "no"),
        ("on", "on"),
        ("1:30", "1:30"),
        ("2024-01-01", "2024-01-01"),
        ("1_000", "1_000"),
        ("True", True),
        ("~", None),
        ("", None),
        ("'1'", "1"),
        ("[1, {a: b}]", [1, {"a": "b"}]),
        ("${a.b}", "${a.b}"),
    ],
)
def test_scalars(text, value):
    result = read_value(text, "here")
    assert result == value
    assert type(result) is type(value)
    assert read_value(dump(value), "here") == value


def bad(tmp_path, content):
    path = tmp_path / "x.yaml"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(ConfigError) as caught:
        read_source(path)
    assert str(path) in caught.value.where
    return caught.value


@pytest.mark.parametrize(
    ("content", "problem", "line"),
    [
        ("a: 1\nb: 2\na: 3\n", "'a' is given twice", 3),
        ("a:\n  b: {c: 1, c: 2}\n", "'c' is given twice", 2),
        ("a:\n\tb: 1\n", "Malformed YAML", 2),
        ("a: [1\nb: 2\n", "Malformed YAML", 2),
        ("a: 1\n b: 2\n", "Malformed YAML", 2),
        ("a: *x\n", "Malformed YAML", 1),
        ("a: 1\n---\nb: 2\n", "Malformed YAML", 2),
        ("a: !!python/object/apply:os.system [ls]\n", "tag", 1),
        ("a: 1\nb: !!set {x}\n", "tag", 2),
        ("a: !!binary aGk=\n", "tag", 1),
        ("1: a\n", "must be text", 1),
        ("[a]: b\n", "must be text", 1),
        ("a: &x {b: 1}\nc:\n  <<: *x\n", "Merge keys", 3),
        ("a: &x [*x]\n", "without bound", 1),
    ],
)
def test_one_message_with_the_line(tmp_path, content, problem, line):
    error = bad(tmp_path, content)
    assert problem in error.problem
    assert f"line {line}" in error.where
    assert error.fix or "without bound" in error.problem


def test_tabs(tmp_path):
    assert "spaces" in bad(tmp_path, "a:\n\tb: 1\n").fix


@pytest.mark.parametrize("content", ["- a\n", "just text\n", "3\n", b"\xff\xfe\x00\x01\x80", b"a: \x00\n", "[" * 5000])
def test_files_of_another_kind(tmp_path, content):
    bad(tmp_path, content)


def test_aliases_that_explode(tmp_path):
    rows = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    rows += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]" for i in range(1, 9)]
    assert "without bound" in bad(tmp_path, "\n".join(rows)).problem


def test_no_such_file_and_directory(tmp_path):
    with pytest.raises(ConfigError, match="no such file"):
        read_source(tmp_path / "x.yaml")
    with pytest.raises(ConfigError, match="can not be read"):
        read_source(tmp_path)


def test_empty_file(tmp_path):
    (tmp_path / "x.yaml").write_text("# nothing\n")
    assert read_source(tmp_path / "x.yaml")[0] == {}


def test_what_python_has_is_taken_as_what_a_file_would_say():
    given = {
        "a": np.int64(3),
        "b": (1, np.float32(0.5)),
        "c": np.eye(2),
        "d": Path("x"),
        "e": UserDict(f=np.bool_(True)),
    }
    data = read_source(given)[0]
    assert data == {"a": 3, "b": [1, 0.5], "c": [[1.0, 0.0], [0.0, 1.0]], "d": "x", "e": {"f": True}}
    assert [type(data["a"]), type(data["e"]["f"])] == [int, bool]


@pytest.mark.parametrize("key", [1, (1, 2), None, b"x"])
def test_keys_are_text(key):
    with pytest.raises(ConfigError, match="A key must be text"):
        read_source({"a": [{key: 1}]})


def test_a_mapping_in_itself():
    given = {}
    given["environment"] = given
    with pytest.raises(ConfigError, match="nest too deeply"):
        read_source(given)
