"""Short messages through shared memory: they arrive, whenever the other side falls asleep."""

import mmap
import platform
import random
import socket
import threading

import pytest

from quorate.processes.channel import Channel
from quorate.processes.mailbox import Mailbox


@pytest.fixture
def sides():
    page = mmap.mmap(-1, 1024)
    return Mailbox(page, 0), Mailbox(page, 1)


@pytest.fixture
def ends(sides):
    pair = socket.socketpair()
    with pair[0], pair[1]:
        found = [Channel(stream) for stream in pair]
        for end, box in zip(found, sides, strict=True):
            end.mailbox, end.spin = box, 0.001
            end.stream.settimeout(10)
        yield found


def test_a_box_holds_one_message_for_whoever_looks(sides):
    here, there = sides
    assert not here.post(b"step"), "nobody looks"
    there.awake = True
    assert here.heard
    assert here.post(b"step")
    assert not here.post(b"again"), "it is full"
    assert there.look(1) == b"step"
    assert there.look(3) == b""
    assert here.post(b"more")
    assert there.look(1) == b"more"
    assert not here.post(bytes(256)), "it is too long"
    there.awake = False
    assert not here.heard
    assert not here.post(b"step")


def test_sides_do_not_hear_themselves(sides):
    here, there = sides
    here.awake = there.awake = True
    assert here.post(b"to")
    assert there.post(b"fro")
    assert (here.look(1), there.look(1)) == (b"fro", b"to")


def test_another_process_finds_it():
    with Mailbox.shared() as shared:
        if shared is None:
            pytest.skip(f"memory of {platform.machine()} shows what is written in any order")
        here, where = shared
        there = Mailbox.attached(where)
    there.awake = True
    assert here.post(b"step")
    assert there.look(1) == b"step", "though its name is gone"


@pytest.mark.parametrize("machine", ["aarch64", "riscv64"])
def test_processors_that_reorder_what_is_written_have_none(monkeypatch, machine):
    monkeypatch.setattr(platform, "machine", lambda: machine)
    with Mailbox.shared() as shared:
        assert shared is None


def test_messages_are_exchanged_in_turn_however_long_each_side_waits(ends):
    """Between spinning and sleeping, where posting and falling asleep cross."""
    here, there = ends
    pauses = random.Random(0)

    def serve():
        for _ in range(300):
            message, payload = there.receive()
            threading.Event().wait(pauses.choice([0, 0, 0.0005, 0.001, 0.0015]))
            if message["number"] % 7:
                there.send_known(str(message["number"] % 5), {"answer": message["number"] % 5})
            else:
                there.send({"answer": message["number"] % 5}, payload)

    server = threading.Thread(target=serve)
    server.start()
    for number in range(300):
        threading.Event().wait(pauses.choice([0, 0, 0.0005, 0.001, 0.0015]))
        if number % 11:
            here.send_known(str(number), {"number": number})
        else:
            here.send({"number": number}, b"payload")
        assert here.receive()[0]["answer"] == number % 5
    server.join()


def test_what_was_posted_while_the_other_side_fell_asleep_is_told_by_the_stream(ends, sides):
    here, there = ends
    sides[1].awake = True
    post = sides[0].post

    def crossing(message):
        posted = post(message)
        sides[1].awake = False
        return posted

    sides[0].post = crossing
    here.send_known("step", {"do": "step"})
    assert there._poll.poll(0), "a notice"
    assert there.receive()[0] == {"do": "step"}
    here.send({"do": "close"})
    assert there.receive()[0] == {"do": "close"}, "and the notice is passed over"


def test_an_end_is_told_where_nothing_is_posted(ends):
    here, there = ends
    here.stream.close()
    with pytest.raises(EOFError):
        there.receive()
