"""The product without a server or a socket: a Wire that calls the WSGI application in this process."""

from __future__ import annotations

import io
import sys
import zlib
from collections.abc import Callable, Iterable
from typing import Any

from bench.wire import LOOPBACK, Answer


class Inside:
    """Carries the same bytes as a Connection, to a function instead of a port."""

    def __init__(self, application: Callable[..., Iterable[bytes]]) -> None:
        self._application = application

    def exchange(self, request: bytes) -> Answer:
        """One request and its answer."""
        said: list[Any] = []

        def start(status: str, headers: list[tuple[str, str]], _error: Any = None) -> None:
            said[:] = [int(status[:3]), headers]

        chunks = self._application(environ_of(request), start)
        try:
            body = b"".join(chunks)
        finally:
            close = getattr(chunks, "close", None)
            if close:
                close()
        status, lines = said
        headers = {name.lower(): value for name, value in lines if name.lower() != "set-cookie"}
        cookies = [value for name, value in lines if name.lower() == "set-cookie"]
        size = len(body)
        if headers.get("content-encoding") == "gzip":
            body = zlib.decompress(body, 31)
        return Answer(status, headers, cookies, body.decode(), size)


def environ_of(request: bytes) -> dict[str, Any]:
    """What a server makes of a request (PEP 3333)."""
    head, _, body = request.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    method, address, protocol = first.split(" ")
    path, _, query = address.partition("?")
    environ: dict[str, Any] = {
        "REQUEST_METHOD": method,
        "SCRIPT_NAME": "",
        "PATH_INFO": path,
        "QUERY_STRING": query,
        "SERVER_NAME": LOOPBACK,
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": protocol,
        "REMOTE_ADDR": LOOPBACK,
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": False,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    for line in lines:
        name, _, value = line.partition(": ")
        name = name.upper().replace("-", "_")
        environ[name if name in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{name}"] = value
    return environ
