"""A wire to a server that counts what goes over it, in both directions, whoever in the browser asked; and that can break.

with Wire(server_port) as wire:             # listens on wire.port; the browser is sent there
    ...
    wire.exchanges[-1].received             # bytes that came back for one request, status line to last byte
    wire.lose_answers_to("POST /daftar/pin")  # such requests reach the server; their answers die on the way, until
    wire.mend()

The tests' server closes the connection after each answer, so a connection is one request and its answer.
"""

from __future__ import annotations

import re
import socket
import threading
import time
from dataclasses import dataclass
from typing import Self

PIECE = 65536
SHEET = re.compile(r"^GET /static/[^ ]+\.css$")


@dataclass
class Exchange:
    """One request and its answer: the request line without the protocol, and the bytes of both."""

    line: str = ""
    sent: int = 0
    received: int = 0
    requests: int = 0
    over: bool = False


class Wire:
    """A context manager; `port` is where to ask."""

    def __init__(self, server_port: int, port: int = 0) -> None:
        self.server_port = server_port
        self._listener = socket.create_server(("127.0.0.1", port))
        self.port: int = self._listener.getsockname()[1]
        self.exchanges: list[Exchange] = []
        self._lost = ""

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def lose_answers_to(self, line: str) -> None:
        """Requests that begin so ("POST /daftar/pin") are answered into the void."""
        self._lost = line

    def mend(self) -> None:
        """Answers arrive again."""
        self._lost = ""

    @property
    def total(self) -> int:
        """Every byte so far, both ways."""
        return sum(one.sent + one.received for one in self.exchanges)

    @property
    def paths(self) -> list[str]:
        """The paths that were asked for, in order."""
        return [one.line.partition(" ")[2] for one in self.exchanges if one.line]

    def table(self) -> str:
        """Every request with its bytes, up and down: what to look at when there are too many."""
        rows = [f"{one.sent:6} {one.received:6} {one.line}" for one in self.exchanges if one.line]
        return "\n".join(["", *rows, f"{self.total} bytes"])

    def to_read(self, path: str) -> int:
        """What came back for a page and for its sheets since `forget`."""
        lines = [one for one in self.exchanges if one.line == f"GET {path}" or SHEET.match(one.line)]
        return sum(one.received for one in lines)

    def forget(self) -> None:
        """Count from nothing again."""
        self.exchanges = []

    def rest(self, quiet: float = 0.5, longest: float = 20) -> None:
        """Wait until nothing has moved for a moment: a service worker fetches by itself, after the page."""
        end, before, since = time.monotonic() + longest, -1, time.monotonic()
        while time.monotonic() < end:
            if self.total != before or any(not one.over for one in self.exchanges if one.line):
                before, since = self.total, time.monotonic()
            elif time.monotonic() - since > quiet:
                break
            time.sleep(0.02)
        assert all(one.requests <= 1 for one in self.exchanges), (
            "a connection was used twice: count differently"
        )

    def _accept(self) -> None:
        while True:
            try:
                browser, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._carry, args=(browser,), daemon=True).start()

    def _carry(self, browser: socket.socket) -> None:
        one = Exchange()
        self.exchanges.append(one)
        try:
            with browser, socket.create_connection(("127.0.0.1", self.server_port), 10) as server:
                server.settimeout(None)
                up = threading.Thread(target=self._up, args=(browser, server, one), daemon=True)
                up.start()
                self._down(server, browser, one)
                browser.shutdown(
                    socket.SHUT_RDWR
                )  # closing alone would wait for the thread that listens there
        except OSError:
            pass  # either end hung up, or there is no server: the browser sees a dead connection
        one.over = True

    @staticmethod
    def _up(browser: socket.socket, server: socket.socket, one: Exchange) -> None:
        try:
            while piece := browser.recv(PIECE):
                if not one.line:
                    one.line = " ".join(piece.split(b"\r\n", 1)[0].decode("latin-1").split(" ")[:2])
                one.requests += len(
                    re.findall(rb"^(?:GET|POST|HEAD|DELETE) \S+ HTTP/1\.1\r\n", piece, re.MULTILINE)
                )
                one.sent += len(piece)
                server.sendall(piece)
            server.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    def _down(self, server: socket.socket, browser: socket.socket, one: Exchange) -> None:
        while piece := server.recv(PIECE):
            if not (self._lost and one.line.startswith(self._lost)):
                one.received += len(piece)
                browser.sendall(piece)
