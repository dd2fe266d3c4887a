"""Damaged files of runs and failures stop a comparison with one message, or not at all."""

import json
from contextlib import nullcontext

import pytest

from quorate.errors import QuorateError
from quorate.folders.files import write_json
from quorate.studies.compare.execute import inspect
from quorate.studies.compare.project import Project

DAMAGES = [
    b"", b"[" * 100_000, b'{"a":' * 100_000, b"9" * 400, b"[1]", b"null", b"\xff\xfe\x00", '{"a": 1}'.encode("utf-16"),
    b'{"error": [1], "config": [2]}', b'{"phase": "evaluation", "step": 1, "metrics": [1]}',
    b'{"environment": 3, "versions": [1], "conventions": "a"}', b'{"versions": {"": 1, "torch": {"a": 1}}}',
]  # fmt: skip


def inspected(comparer):
    return inspect(Project(comparer.read(), comparer.plan(), comparer.folder, comparer.registry))


@pytest.mark.parametrize("name", ["config.yaml", "record.json", "metrics.jsonl", "result.json", "failure"])
def test_whatever_is_damaged(comparer, name):
    cell = comparer.plan()[0]
    run = comparer.folder.cell(cell.name) / "20260101T000000Z-seed0"
    run.mkdir(parents=True)
    (run / "config.yaml").write_text(cell.run.to_yaml())
    write_json(run / "record.json", {"versions": {}, "environment": {}, "conventions": {}})
    (run / "metrics.jsonl").write_text(
        json.dumps({"step": 0, "phase": "evaluation", "metrics": {"net/gain": 1}}) + "\n"
    )
    inspected(comparer)
    file = run / name
    if name == "failure":
        file = comparer.folder.failure(cell.name)
        file.parent.mkdir()
    for content in DAMAGES:
        file.write_bytes(content + b"\n")
        told = pytest.raises(QuorateError, match=r"its config\.yaml does not fit")
        with told if name == "config.yaml" else nullcontext():
            inspected(comparer)
