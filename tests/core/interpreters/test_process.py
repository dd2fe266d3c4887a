"""What a worker's owner makes of signs of life, and how long it waits. The channel is a script here."""

from types import SimpleNamespace

import pytest

from quorate.interpreters import process
from quorate.interpreters.process import Worker


def worker(*answers, given=None):
    made = object.__new__(Worker)
    made.name, made.python, made.timeout, made.start_timeout, made._given = "sim", "/python", 5.0, 900.0, given
    channel = SimpleNamespace(send=lambda *message: None, send_known=lambda *message: None)
    script = iter(answers)
    channel.receive = lambda: (next(script), bytearray())
    made._process = SimpleNamespace(channel=channel, limit=lambda seconds: None)
    return made


def test_signs_of_life_are_told_and_the_answer_is_waited_for(monkeypatch):
    heard = []
    monkeypatch.setattr(process, "tell", heard.append)
    answer, _ = worker({"progress": "compiling a"}, {"progress": "compiling b"}, {"done": 1}).ask("build")
    assert answer == {"done": 1}
    assert heard == ["compiling a (interpreter 'sim')", "compiling b (interpreter 'sim')"]


@pytest.mark.parametrize(
    ("given", "declared", "seconds"), [(None, None, 900.0), (None, 3600, 3600), (20.0, 3600, 20.0), (20.0, None, 20.0)]
)
def test_what_the_user_says_wins_over_what_the_plugin_says(given, declared, seconds):
    assert worker(given=given).timeout_of(SimpleNamespace(start_timeout=declared)) == seconds
