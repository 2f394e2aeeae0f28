"""Sockets that cost next to nothing, so that the server is what is measured.

They speak just enough of the protocol: the handshake, and counting the frames a server sends.
"""

import base64
import multiprocessing
import os
import selectors
import socket
import struct
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection

CONNECT_SECONDS_MAX = 120
COUNT_SECONDS_MAX = 120
TEXT_FRAME = 0x81
PING_FRAME = 0x89
CLOSE_FRAME = 0x88
LENGTH_IN_TWO_BYTES = 126
SENT_AT = b'"sentAt":'


@dataclass(frozen=True, kw_only=True)
class Address:
    """Where one socket connects, and what it shows as its token."""

    port: int
    query: str
    token: str


@dataclass(frozen=True, kw_only=True)
class Count:
    """When the last of the expected frames arrived, on the clock of `time.monotonic`.

    `delays` are the seconds each frame took that said in `sentAt` when it was sent.
    """

    finished_at: float
    delays: Sequence[float]


class Listeners:
    """The far end of the process that holds the sockets."""

    def __init__(self, pipe: Connection) -> None:
        self._pipe = pipe

    def expect(self, frames: int) -> None:
        """Count from now on, up to so many frames."""
        self._pipe.send(frames)

    def wait(self) -> Count:
        """Return once they have all arrived; raise RuntimeError when they do not."""
        if not self._pipe.poll(COUNT_SECONDS_MAX):
            raise RuntimeError("The sockets did not get all frames.")
        answer = self._pipe.recv()
        if isinstance(answer, Count):
            return answer
        raise RuntimeError("The sockets gave up.") from answer


@contextmanager
def listen(addresses: Sequence[Address]) -> Iterator[Listeners]:
    """Open a socket for each address, in a process of its own, and close them at the end."""
    fork = multiprocessing.get_context("fork")
    ours, theirs = fork.Pipe()
    process = fork.Process(target=hold_sockets, args=(addresses, theirs), daemon=True)
    process.start()
    listeners = Listeners(ours)
    try:
        listeners.wait()
        yield listeners
    finally:
        process.kill()
        process.join()


def hold_sockets(addresses: Sequence[Address], pipe: Connection) -> None:
    """Connect, then count as often as asked."""
    try:
        sockets = Sockets(addresses)
        pipe.send(Count(finished_at=time.monotonic(), delays=[]))
        while True:
            sockets.answer_pings_until_asked(pipe)
            pipe.send(sockets.count(pipe.recv()))
    except Exception as error:  # noqa: BLE001 -- whoever waits is to know why
        pipe.send(error)


class Sockets:
    """Open sockets and what of each is still to be read."""

    def __init__(self, addresses: Sequence[Address]) -> None:
        self._selector = selectors.DefaultSelector()
        opened = [open_socket(address) for address in addresses]
        for connection in opened:
            rest = finish_handshake(connection)
            connection.settimeout(0)
            data = connection, bytearray(rest)
            self._selector.register(connection, selectors.EVENT_READ, data)

    def answer_pings_until_asked(self, pipe: Connection) -> None:
        """Keep the sockets open while it is the other side's turn."""
        self._selector.register(pipe, selectors.EVENT_READ)
        try:
            while True:
                ready = [key for key, _ in self._selector.select()]
                if any(key.fileobj is pipe for key in ready):
                    return
                for key in ready:
                    list(self._read(key))
        finally:
            self._selector.unregister(pipe)

    def count(self, frames: int) -> Count:
        """Read until so many frames of text have come."""
        delays: list[float] = []
        left = frames
        deadline = time.monotonic() + COUNT_SECONDS_MAX
        while left > 0:
            ready = self._selector.select(timeout=1)
            now = time.monotonic()
            if now > deadline:
                raise TimeoutError(f"{left} of {frames} frames are missing.")
            for key, _ in ready:
                for frame in self._read(key):
                    left -= 1
                    if (at := frame.find(SENT_AT)) >= 0:
                        sent_at = frame[at + len(SENT_AT) :].split(b",", 1)[0].rstrip(b"}")
                        delays.append(now - float(sent_at))
        return Count(finished_at=time.monotonic(), delays=delays)

    def _read(self, key: selectors.SelectorKey) -> Iterator[bytes]:
        connection, rest = key.data
        data = connection.recv(1 << 18)
        if not data:
            raise ConnectionError("The server closed a socket.")
        rest += data
        yield from take_frames(rest, connection)


def open_socket(address: Address) -> socket.socket:
    """Connect and ask for an upgrade, without waiting for the answer."""
    connection = socket.create_connection(("127.0.0.1", address.port), CONNECT_SECONDS_MAX)
    key = base64.b64encode(os.urandom(16)).decode()
    lines = [
        f"GET /ws/?{address.query} HTTP/1.1",
        "Host: 127.0.0.1",
        "Upgrade: websocket",
        "Connection: Upgrade",
        f"Sec-WebSocket-Key: {key}",
        "Sec-WebSocket-Version: 13",
        f"Sec-WebSocket-Protocol: loyalty.v1, {address.token}",
    ]
    connection.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
    return connection


def finish_handshake(connection: socket.socket) -> bytes:
    """Wait for the upgrade and return what came after it."""
    data = b""
    while b"\r\n\r\n" not in data:
        more = connection.recv(4_096)
        if not more:
            raise ConnectionError("The server refused a socket.")
        data += more
    head, rest = data.split(b"\r\n\r\n", 1)
    if b" 101 " not in head:
        raise ConnectionError(f"The server answered {head[:80]!r}.")
    return rest


def take_frames(rest: bytearray, connection: socket.socket) -> Iterator[bytes]:
    """Cut whole frames off what was read; yield those of text and answer pings."""
    start = 0
    while len(rest) - start >= 2:  # noqa: PLR2004 -- a frame's first two bytes
        kind, length = rest[start], rest[start + 1]
        body = start + 2
        if length == LENGTH_IN_TWO_BYTES:
            if len(rest) < body + 2:
                break
            (length,) = struct.unpack_from("!H", rest, body)
            body += 2
        if len(rest) < body + length:
            break
        content = bytes(rest[body : body + length])
        start = body + length
        if kind == TEXT_FRAME:
            yield content
        elif kind == PING_FRAME:
            # Masked by nothing, as a client's frames must look masked.
            connection.sendall(bytes([0x8A, 0x80 | length, 0, 0, 0, 0]) + content)
        elif kind == CLOSE_FRAME:
            raise ConnectionError(f"The server closed a socket: {content!r}.")
    del rest[:start]
