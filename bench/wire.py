"""HTTP/1.1 to a server on this machine over one connection that is kept open, as cheaply as Python can."""

from __future__ import annotations

import socket
import zlib
from dataclasses import dataclass

LOOPBACK = "127.0.0.1"


class Broken(Exception):
    """The connection ended before the whole answer was there."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: header names are in small letters; `cookies` are the Set-Cookie lines; `body` is unpacked."""

    status: int
    headers: dict[str, str]
    cookies: list[str]
    body: str
    wire_bytes: int


class Connection:
    """One open connection, made again when it was closed. Never to another machine."""

    def __init__(self, port: int, timeout: float = 30.0) -> None:
        self._address = (LOOPBACK, port)
        self._timeout = timeout
        self._socket: socket.socket | None = None

    def close(self) -> None:
        """Let go; the next request opens a new one."""
        if self._socket is not None:
            self._socket.close()
        self._socket = None

    def exchange(self, request: bytes) -> Answer:
        """Send one request and read its answer. Raises Broken; whether the server acted on it is then unknown."""
        try:
            if self._socket is None:
                self._socket = socket.create_connection(self._address, timeout=self._timeout)
                self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._socket.sendall(request)
            return self._read(self._socket)
        except (OSError, Broken) as error:
            self.close()
            raise Broken(str(error)) from error

    def _read(self, sock: socket.socket) -> Answer:
        data = _more(sock)
        end = data.find(b"\r\n\r\n")
        while end < 0:
            data += _more(sock)
            end = data.find(b"\r\n\r\n")
        first, *lines = data[:end].decode("latin-1").split("\r\n")
        headers: dict[str, str] = {}
        cookies = []
        for line in lines:
            name, _, value = line.partition(": ")
            name = name.lower()
            if name == "set-cookie":
                cookies.append(value)
            else:
                headers[name] = value
        if "content-length" not in headers:
            raise Broken("an answer without Content-Length")
        total = end + 4 + int(headers["content-length"])
        while len(data) < total:
            data += _more(sock)
        if len(data) > total:
            raise Broken("more bytes than were announced")
        body = data[end + 4 :]
        if headers.get("content-encoding") == "gzip":
            body = zlib.decompress(body, 31)
        if headers.get("connection", "").lower() == "close":
            self.close()
        return Answer(int(first[9:12]), headers, cookies, body.decode(), total)


def _more(sock: socket.socket) -> bytes:
    data = sock.recv(65536)
    if not data:
        raise Broken("closed by the server")
    return data
