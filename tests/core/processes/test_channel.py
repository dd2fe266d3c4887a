"""Messages between processes, and how their arrival is awaited."""

import socket
import threading
from types import SimpleNamespace

import pytest

from quorate.processes import channel
from quorate.processes.channel import Channel


@pytest.fixture
def ends():
    pair = socket.socketpair()
    with pair[0], pair[1]:
        yield [Channel(stream) for stream in pair]


@pytest.mark.parametrize("spin", [0.0, 0.001])
@pytest.mark.parametrize("late", [0.0, 0.02])
def test_what_is_sent_arrives_however_it_is_awaited(ends, spin, late):
    here, there = ends
    there.spin = spin
    for number in range(3):
        sender = threading.Timer(late, here.send, ({"number": number}, b"more" * number))
        sender.start()
        assert there.receive() == ({"number": number}, bytearray(b"more" * number))
        sender.join()


@pytest.mark.parametrize("limit", [None, 60.0])
def test_messages_that_have_come_together_are_read_together(ends, limit):
    here, there = ends
    here.stream.settimeout(limit)
    for number in range(3):
        here.send({"number": number}, bytes(number))
    assert [message["number"] for message in there.messages()] == [0, 1, 2]
    sender = threading.Thread(target=here.send, args=({"number": 3}, payload := bytes(range(256)) * 4096))
    sender.start()
    assert there.receive() == ({"number": 3}, payload), "more than is sent at once"
    sender.join()


def test_what_is_said_again_is_told_from_what_begins_as_it_did(ends):
    here, there = ends
    for _ in range(3):
        here.send_known("step", {"do": "step"})
        assert there.receive() == ({"do": "step"}, b"")
        here.send({"do": "step"}, b"more")
        assert there.receive() == ({"do": "step"}, b"more")
    here.send_known("step", {"do": "step"})
    here.send({"do": "close"})
    assert [message["do"] for message in there.messages()] == ["step", "close"]


@pytest.mark.parametrize("spin", [0.0, 0.001])
def test_an_end_and_a_limit_are_told(ends, spin):
    here, there = ends
    there.spin = spin
    there.stream.settimeout(0.05)
    with pytest.raises(TimeoutError):
        there.receive()
    here.stream.close()
    with pytest.raises(EOFError):
        there.receive()


@pytest.mark.parametrize(("lost", "asked"), [(-1.0, [1, 2, 3, 3, 4]), (1e9, [2, 3, 4, 5, 6])])
def test_a_core_that_others_need_is_left_to_them(ends, monkeypatch, lost, asked):
    """Where letting others run has cost the core again and again, it sleeps at once; once is nothing."""
    here, there = ends
    here.send({})
    there.spin, polls = 1e9, []
    monkeypatch.setattr(channel, "_LOST", lost)
    monkeypatch.setattr(channel, "_let_others_run", lambda: None)
    answers = SimpleNamespace(poll=lambda wait: polls.append(wait) or (lost > 0 and len(polls) > 1))
    monkeypatch.setattr(there, "_poll", answers)
    counts = []
    for _ in asked:
        there.receive()
        counts.append(len(polls))
        here.send({})
    assert counts == asked


def test_the_processor_is_left_alone_where_messages_take_long(ends, monkeypatch):
    """What is asked again and again is counted; once waits have been long, it is asked once, and now and then."""
    here, there = ends
    there.spin = 0.002
    asked, waits = [], []
    poll = there._poll.poll

    class Counting:
        def poll(self, *wait):
            asked.append(wait)
            return poll(*wait)

    monkeypatch.setattr(there, "_poll", Counting())
    for _ in range(30):
        sender = threading.Timer(0.01, here.send, ({},))
        sender.start()
        there.receive()
        sender.join()
        if len(waits := [*waits, len(asked)]) > 10:
            assert waits[-1] == waits[-2], "it sleeps at once"
    assert set(asked) == {(0,)}, "only the stream waits, or its limit would count twice"
