"""Messages between interpreters: JSON, and bytes beside it. Nothing that is received can run code."""

import json
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


class ChannelError(Exception):
    """What came is no message."""


class Channel:
    """One end of a stream between two processes.

    Args:
        stream: connected to the other end.

    Attributes:
        stream: see above.
        spin: seconds that receiving asks again and again before it sleeps, for being woken takes longer than a short
            command. Where messages have lately taken longer than that, it sleeps at once: no core is burnt in vain.
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
            self.stream.sendall(head + payload)
        else:
            self.stream.sendall(head)
            self.stream.sendall(payload)

    def send_known(self, name: str, message: Any) -> None:
        """Send plain data that are the same whenever `name` is."""
        if (data := self._encoded.get(name)) is None:
            text = json.dumps(message).encode()
            data = self._encoded[name] = _HEAD.pack(_MAGIC, len(text), 0) + text
        self.stream.sendall(data)

    def receive(self) -> tuple[Any, bytearray]:
        """The next message, which is not to be changed, and the bytes with it.

        Raises:
            EOFError: the other end is gone.
            TimeoutError: the stream has a timeout, and nothing came.
            ChannelError: what came is no message.
        """
        magic, length, extra = _HEAD.unpack(self._take(_HEAD.size))
        if magic != _MAGIC or length > _LONGEST:
            raise ChannelError("what came is no message of Quorate")
        text = bytes(self._take(length))
        message = self._decoded.get(text)
        if message is None:
            try:
                message = json.loads(text)
            except ValueError as error:
                raise ChannelError(f"what came is no JSON: {error}") from None
            if not isinstance(message, dict):
                raise ChannelError("what came is no mapping")
            if length <= _KNOWN and len(self._decoded) < _KNOWN:
                self._decoded[text] = message
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
            size = self._spinning() if self.spin else self.stream.recv_into(self._part)
            if not size:
                raise EOFError
            self._buffer += self._part[:size]
        data = self._buffer[:count]
        del self._buffer[:count]
        return data

    def _spinning(self) -> int:
        """Receive some bytes, and wait for them without sleeping as long as that has lately been worth it."""
        began = now = time.perf_counter()
        end = began + (self.spin if self._usual < self.spin else 0.0)
        while now < end and not self._poll.poll(0):
            now = time.perf_counter()
        size = self.stream.recv_into(self._part)
        waited = min(time.perf_counter() - began, 4 * self.spin)
        self._usual += _RECENT * (waited - self._usual)
        return size
