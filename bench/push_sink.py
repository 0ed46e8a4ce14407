"""A push service for the bench: TLS on a free port of 127.0.0.1, 201 for every message, as the real ones answer.

    python -m bench.push_sink CERTIFICATE.pem [answer after so many milliseconds]

Prints its port, then on each line that it is sent one line of JSON: what came so far. Ends with its standard input. One
process, one epoll, plain non-blocking TLS sockets: on a machine that also runs the senders, the receiver must be cheap.
"""

from __future__ import annotations

import json
import os
import re
import select
import socket
import ssl
import sys
import time
from collections import Counter, deque
from dataclasses import dataclass, field

from bench.wire import LOOPBACK

#: What an answer of Mozilla's service looks like.
ANSWER = (
    b"HTTP/1.1 201 Created\r\nlocation: https://updates.push.services.mozilla.com/m/gAAAAABn\r\nttl: 3600\r\n"
    b"date: Sun, 22 Nov 2026 03:42:00 GMT\r\ncontent-length: 0\r\n\r\n"
)
_LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)
_TOPIC = re.compile(rb"topic: *([A-Za-z0-9]+)", re.IGNORECASE)
_NEEDED = (b"authorization: vapid t=", b"ttl: ", b"content-encoding: aes128gcm")


@dataclass
class Counts:
    """What came: messages, distinct topics and one-time keys, lengths of bodies, requests that are no push, last time."""

    messages: int = 0
    wrong: int = 0
    topics: set[bytes] = field(default_factory=set)
    keys: set[bytes] = field(default_factory=set)
    lengths: Counter[int] = field(default_factory=Counter)
    last: float = 0.0

    def note(self, head: bytes, body: bytes) -> None:
        """Count one request."""
        self.messages += 1
        self.last = time.monotonic()
        topic = _TOPIC.search(head)
        lower = head.lower()
        if topic is None or not all(word in lower for word in _NEEDED):
            self.wrong += 1
            return
        self.topics.add(topic[1])
        self.keys.add(body[21:37])  # half of the sender's one-time public key
        self.lengths[len(body)] += 1

    def line(self) -> str:
        """All of it as one line of JSON."""
        told = {
            "messages": self.messages,
            "wrong": self.wrong,
            "topics": len(self.topics),
            "keys": len(self.keys),
            "lengths": sorted(self.lengths),
            "last": self.last,
            "cpu": time.process_time(),
        }
        return json.dumps(told)


class Line:
    """One connection: what was read of the request that is coming in."""

    def __init__(self, sock: ssl.SSLSocket) -> None:
        self.sock = sock
        self.greeted = False
        self.buffer = b""


class Sink:
    """The server; `run` returns when standard input ends."""

    def __init__(self, certificate: str, delay: float) -> None:
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(certificate)
        self._delay = delay
        self._door = socket.create_server((LOOPBACK, 0), backlog=1024)
        self._door.setblocking(False)
        self._lines: dict[int, Line] = {}
        self._due: deque[tuple[float, Line]] = deque()
        self._poll = select.epoll()
        self.counts = Counts()

    def run(self) -> None:
        print(self._door.getsockname()[1], flush=True)
        self._poll.register(self._door.fileno(), select.EPOLLIN)
        self._poll.register(sys.stdin.fileno(), select.EPOLLIN)
        while True:
            wait = -1.0 if not self._due else max(0.0, self._due[0][0] - time.monotonic())
            for number, _ in self._poll.poll(wait):
                if number == self._door.fileno():
                    self._welcome()
                elif number == sys.stdin.fileno():
                    if not os.read(number, 100):
                        return
                    print(self.counts.line(), flush=True)
                elif number in self._lines:
                    self._hear(self._lines[number])
            now = time.monotonic()
            while self._due and self._due[0][0] <= now:
                self._answer(self._due.popleft()[1])

    def _welcome(self) -> None:
        try:
            raw, _ = self._door.accept()
        except BlockingIOError:
            return
        raw.setblocking(False)
        raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sock = self._context.wrap_socket(raw, server_side=True, do_handshake_on_connect=False)
        self._lines[sock.fileno()] = Line(sock)
        self._poll.register(sock.fileno(), select.EPOLLIN)

    def _hear(self, line: Line) -> None:
        try:
            if not line.greeted:
                line.sock.do_handshake()
                line.greeted = True
            while part := line.sock.recv(16_384):
                line.buffer += part
                self._read(line)
        except ssl.SSLWantReadError:
            return
        except OSError:
            pass
        self._part(line)

    def _read(self, line: Line) -> None:
        head, found, rest = line.buffer.partition(b"\r\n\r\n")
        if not found:
            return
        length = _LENGTH.search(head)
        needed = int(length[1]) if length else 0
        if len(rest) < needed:
            return
        self.counts.note(head, rest[:needed])
        line.buffer = rest[needed:]
        if self._delay:
            self._due.append((time.monotonic() + self._delay, line))
        else:
            self._answer(line)

    def _answer(self, line: Line) -> None:
        try:
            line.sock.send(ANSWER)
        except OSError:
            self._part(line)

    def _part(self, line: Line) -> None:
        number = line.sock.fileno()
        if number in self._lines:
            self._poll.unregister(number)
            del self._lines[number]
            line.sock.close()


if __name__ == "__main__":
    Sink(sys.argv[1], float(sys.argv[2]) / 1000 if len(sys.argv) > 2 else 0.0).run()
