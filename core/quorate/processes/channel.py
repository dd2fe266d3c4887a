"""Messages between interpreters: JSON, and bytes beside it. Nothing that is received can run code."""

import json
import os
import select
import socket
import struct
import time
from collections.abc import Iterator
from typing import Any

PROTOCOL = 5
"""Raised whenever messages change."""

_HEAD = struct.Struct("<8sIQ")
_MAGIC = b"quorate\x01"
_LONGEST = 1 << 30
"""Characters of JSON in one message: a state with many numbers is far below, garbage is not."""
_PART = 1 << 16
_KNOWN = 256
"""Characters of the messages that are worth remembering: those of steps, which are always the same few."""
_RECENT = 0.1
"""Weight of the newest wait in the usual one."""
_LOST = 5e-5
"""Seconds after which it was not for nothing that others were let run: they, or the other side, need this core."""
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
    """

    def __init__(self, stream: socket.socket) -> None:
        self.stream = stream
        self.spin = 0.0
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
        self._write(data)

    def receive(self) -> tuple[Any, bytearray]:
        """The next message, which is not to be changed, and the bytes with it.

        Raises:
            EOFError: the other end is gone.
            TimeoutError: the stream has a timeout, and nothing came.
            ChannelError: what came is no message.
        """
        if not self._buffer:
            size = self._read()
            came = bytes(self._part[:size])
            if (known := self._decoded.get(came)) is not None:
                return known, bytearray()
            self._buffer += came
        head = self._take(_HEAD.size)
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
            self._buffer += self._part[: self._read()]
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

    def _read(self) -> int:
        """Receive some bytes; how many."""
        size = self._spinning() if self.spin else self.stream.recv_into(self._part)
        if not size:
            raise EOFError
        return size

    def _spinning(self) -> int:
        """Receive some bytes, and wait for them without sleeping as long as that has lately been worth it."""
        began = now = time.perf_counter()
        end = began + (self.spin if self._usual < self.spin else 0.0)
        ready, crowded = False, False
        while now < end and not crowded and not (ready := bool(self._poll.poll(0))):
            _let_others_run()
            before, now = now, time.perf_counter()
            crowded = now - before > _LOST
        size = os.readv(self.stream.fileno(), [self._part]) if ready else self.stream.recv_into(self._part)
        longest = 4 * self.spin
        waited = min(time.perf_counter() - began, longest)
        self._usual = longest if crowded else self._usual + _RECENT * (waited - self._usual)
        return size
