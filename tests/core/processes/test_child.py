"""A process of one's own: what it has started neither hides its end nor stays."""

import sys
import time
from pathlib import Path

import pytest

from quorate.processes.child import ChildError, ChildProcess

MODULE = """\
import os, subprocess, sys, time
from quorate.processes.child import answer, inherited
sleeper = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(3600)"])
channel = inherited()
answer(channel, [channel.receive()[0], sleeper.pid])
print("out of memory", file=sys.stderr, flush=True)
os._exit(7)
"""


def test_what_it_has_started_neither_hides_its_end_nor_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "leaves_a_sleeper.py").write_text(MODULE, encoding="utf-8")
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    with ChildProcess("leaves_a_sleeper") as child:
        child.ask({"a": 1})
        said, sleeper = child.answer(60)
        with pytest.raises(ChildError, match="the process died") as caught:
            child.answer(60)
        told = child.end(caught.value)
    assert said == {"a": 1}
    assert told == "the process died (exit code 7, out of memory)"
    deadline = time.monotonic() + 1200
    while alive(sleeper):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def alive(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] not in ("Z", "X")
    except OSError:
        return False
