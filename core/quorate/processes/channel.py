"""Messages between interpreters: JSON, and bytes beside it. Nothing that is received can run code."""

import json
import os
import select
import socket
import struct
import time
from collections.abc import Iterator
from typing import Any

from quorate.processes.mailbox import Mailbox

PROTOCOL = 6
"""Raised whenever messages change."""

_HEAD = struct.Struct("<8sIQ")
_MAGIC = b"quorate\x01"
_LONGEST = 1 << 30
"""Characters of JSON in one message: a state with many numbers is far below, garbage is not."""
_NOTICE = _HEAD.pack(_MAGIC, 0, 0)
"""Look into the mailbox."""
_PART = 1 << 16
_KNOWN = 256
"""Characters of the messages that are worth remembering: those of steps, which are always the same few."""
_RECENT = 0.1
"""Weight of the newest wait in the usual one."""
_LOST = 5e-5
"""Seconds after which it was not for nothing that others were let run: they, or the other side, need this core."""
_LOOKS = 100
"""Times that the mailbox is looked into for each time that the system is asked, which takes as long."""
_SEEN = 1
"""Milliseconds after which each side sees what the other one has written to memory, however busy the processor is."""
_let_others_run = getattr(os, "sched_yield", lambda: None)


class ChannelError(Exception):
    """What came is no message."""


class Channel:
    """One end of a stream between two processes.

    Args:
        stream: connected to the other end.

    Attributes:
        stream: see above.
        spin: seconds that receiving asks again and again before it sleeps, for being woken takes longer than a short
            command. Where messages have lately taken longer than that, or others need this core, it sleeps at once.
        mailbox: a shorter way for short messages to whoever does not sleep, or None.
    """

    def __init__(self, stream: socket.socket) -> None:
        self.stream = stream
        self.spin = 0.0
        self.mailbox: Mailbox | None = None
        self._usual = 0.0
        self._poll = select.poll()
        self._poll.register(stream, select.POLLIN)
        self._buffer, self._part = bytearray(), memoryview(bytearray(_PART))
        self._encoded: dict[str, bytes] = {}
        self._decoded: dict[bytes, Any] = {}

    def send(self, message: Any, payload: bytes | bytearray = b"") -> None:
        """Send plain data, and bytes with them.

        Raises:
            OSError: the other end is gone.
        """
        text = json.dumps(message).encode()
        head = _HEAD.pack(_MAGIC, len(text), len(payload)) + text
        if len(payload) <= _PART:
            self._write(head + payload)
        else:
            self._write(head)
            self._write(payload)

    def send_known(self, name: str, message: Any) -> None:
        """Send plain data that are the same whenever `name` is."""
        if (data := self._encoded.get(name)) is None:
            text = json.dumps(message).encode()
            data = self._encoded[name] = _HEAD.pack(_MAGIC, len(text), 0) + text
        box = self.mailbox
        if box is None or not box.post(data):
            self._write(data)
        elif not box.heard:
            self._write(_NOTICE)

    def receive(self) -> tuple[Any, bytearray]:
        """The next message, which is not to be changed, and the bytes with it.

        Raises:
            EOFError: the other end is gone.
            TimeoutError: the stream has a timeout, and nothing came.
            ChannelError: what came is no message.
        """
        while True:
            if not self._buffer:
                came = self._await()
                if (known := self._decoded.get(came)) is not None:
                    return known, bytearray()
                self._buffer += came
            if (head := self._take(_HEAD.size)) != _NOTICE:
                return self._rest(head)

    def _rest(self, head: bytearray) -> tuple[Any, bytearray]:
        """Of a message that begins so."""
        magic, length, extra = _HEAD.unpack(head)
        if magic != _MAGIC or length > _LONGEST:
            raise ChannelError("what came is no message of Quorate")
        text = self._take(length)
        try:
            message = json.loads(text)
        except ValueError as error:
            raise ChannelError(f"what came is no JSON: {error}") from None
        if not isinstance(message, dict):
            raise ChannelError("what came is no mapping")
        if not extra and length <= _KNOWN and len(self._decoded) < _KNOWN:
            self._decoded[bytes(head + text)] = message
        return message, self._take(extra) if extra else bytearray()

    def messages(self) -> Iterator[Any]:
        """The next message, which is waited for, and those that have come with it, which the stream does not tell of.

        Raises:
            EOFError: the other end is gone.
        """
        yield self.receive()[0]
        while self._buffer:
            yield self.receive()[0]

    def _take(self, count: int) -> bytearray:
        """The next bytes; a short message has arrived whole with its head, at the cost of one call."""
        while len(self._buffer) < count:
            self._buffer += self._read()
        data = self._buffer[:count]
        del self._buffer[:count]
        return data

    def _write(self, data: bytes | bytearray) -> None:
        """Send all of it; what fits at once is not waited for, which a stream with a timeout asks the system for."""
        try:
            sent = os.write(self.stream.fileno(), data)
        except BlockingIOError:
            sent = 0
        if sent < len(data):
            self.stream.sendall(memoryview(data)[sent:])

    def _read(self) -> bytes:
        """Receive some bytes from the stream, which are waited for."""
        if not (size := self.stream.recv_into(self._part)):
            raise EOFError
        return bytes(self._part[:size])

    def _await(self) -> bytes:
        """The beginning of the next message, not sleeping as long as that has lately been worth it."""
        if not self.spin:
            return self._read()
        began = now = time.perf_counter()
        end = began + (self.spin if self._usual < self.spin else 0.0)
        came, crowded = b"", False
        while now < end and not crowded and not (came := self._look()):
            _let_others_run()
            before, now = now, time.perf_counter()
            crowded = now - before > _LOST
        came = came or self._sleep()
        longest = 4 * self.spin
        waited = longest if crowded else min(time.perf_counter() - began, longest)
        self._usual += _RECENT * (waited - self._usual)
        return came

    def _look(self) -> bytes:
        """What has come, if anything has."""
        if (box := self.mailbox) is not None:
            box.awake = True
            if came := box.look(_LOOKS):
                return came
        return self._read() if self._poll.poll(0) else b""

    def _sleep(self) -> bytes:
        """What comes, however long that takes, also what was posted before the other side knew that this one sleeps."""
        if (box := self.mailbox) is not None:
            box.awake = False
            if came := box.look(1):
                return came
            if not self._poll.poll(_SEEN) and (came := box.look(1)):
                return came
        return self._read()
