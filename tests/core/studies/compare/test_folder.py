"""What the folder of a comparison holds of processes that died, and of runs that others were built on."""

import pytest

from quorate.config.difference import changes
from quorate.studies.compare.folder import ComparisonFolder


def test_what_died_processes_left_anywhere_is_removed_at_the_next_start(tmp_path):
    folder = ComparisonFolder(tmp_path / "comparison")
    cell = folder.cell("a/toy-line-v1/seed-0")
    run = cell / "20260101T000000Z-seed0"
    draft = cell / ".new-0123456789ab"
    for path in (folder.path / "failures", folder.path / "report", run, draft / "checkpoints"):
        path.mkdir(parents=True)
    left = [path / ".x.json.01234567.tmp" for path in (folder.path, folder.path / "failures", run)]
    left.append(folder.path / "report" / ".index.html.01234567.tmp")
    for path in (*left, draft / "lock", run / "result.json"):
        path.touch()
    with folder.locked():
        assert not [path for path in (*left, draft) if path.exists()]
        assert (run / "result.json").exists()


@pytest.mark.parametrize(("sha", "changed"), [("aa", 0), ("bb", 1)])
def test_a_run_that_was_built_on_may_have_moved(sha, changed):
    then = {"input": {"run": {"folder": "/old", "step": 1, "sha256": "aa"}}}
    now = {"input": {"run": {"folder": "/new", "step": 1, "sha256": sha}}}
    assert len(changes(then, now)) == changed
