"""Every kind of damage to a JSON file is told in one way, and never ends a command with a traceback."""

import json

import pytest

from quorate.errors import RunError
from quorate.folders.files import write_json
from quorate.folders.reading import DEPTH, number, numbers, parse_json, read_json, read_mapping, read_rows
from quorate.run.metrics import read_metrics

DAMAGED = {
    "cut off": b'{"step": 1, "metr',
    "empty": b"",
    "deep lists": b"[" * 100_000 + b"]" * 100_000,
    "deep mappings": b'{"a": ' * (DEPTH + 1) + b"1" + b"}" * (DEPTH + 1),
    "400 digits": b'{"step": ' + b"1" * 400 + b"}",
    "5000 digits": b'{"step": ' + b"1" * 5000 + b"}",
    "no UTF-8": b'{"step": "\xff\xfe"}',
    "UTF-16": '{"step": 1}'.encode("utf-16"),
    "half a surrogate pair": b'{"step": 1, "a": "\\ud800"}',
    "binary": bytes(range(256)),
}


@pytest.mark.parametrize("content", DAMAGED.values(), ids=DAMAGED)
def test_damage_is_told_with_its_file_and_the_fix(tmp_path, content):
    path = tmp_path / "record.json"
    path.write_bytes(content)
    for read in (read_json, read_mapping):
        with pytest.raises(RunError, match=r"^record\.json is damaged: ") as caught:
            read(path)
        assert caught.value.where == str(path)
        assert caught.value.fix


@pytest.mark.parametrize(
    "content", [*DAMAGED.values(), b"[]", b"3", b'{"step": -1}', b'{"step": true}', b'{"step": "1"}']
)
def test_damaged_lines_are_left_out_and_counted(tmp_path, content):
    path = tmp_path / "metrics.jsonl"
    content = content.replace(b"\n", b" ")
    path.write_bytes(b'{"step": 1}\n' + content + b'\n{"step": 2}\n{"step": 3')
    assert read_rows(path) == ([{"step": 1}, {"step": 2}], [2])
    with pytest.raises(RunError, match="line 2"):
        read_metrics(path)


@pytest.mark.parametrize("content", [b"[]", b"null", b'"text"', b"1e400"])
def test_what_is_no_mapping(tmp_path, content):
    (tmp_path / "x.json").write_bytes(content)
    with pytest.raises(RunError, match="it holds no mapping"):
        read_mapping(tmp_path / "x.json")


def test_unreadable_files(tmp_path):
    with pytest.raises(RunError, match="can not be read: No such file"):
        read_json(tmp_path / "nowhere.json")
    with pytest.raises(RunError, match="can not be read: Is a directory"):
        read_rows(tmp_path)


def test_what_is_written_is_read(tmp_path):
    data = {"a": float("nan"), "b": float("-inf"), "c": [1, {"d": "\u00e9\U0001f600"}], "e": 10**300, "f": True}
    write_json(tmp_path / "x.json", data)
    found = read_mapping(tmp_path / "x.json")
    assert found["c"] == data["c"]
    assert str(numbers(found)) == str({"a": float("nan"), "b": float("-inf"), "e": 1e300})
    assert parse_json(json.dumps(data["c"]).encode()) == data["c"]


@pytest.mark.parametrize("value", [None, True, "text", [], {}, 10**400])
def test_what_is_no_number(value):
    assert number(value) is None
