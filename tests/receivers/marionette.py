"""Marionette, Firefox' own remote control, as far as tests need it (geckodriver is not in Debian).

Frames are `length:json`; a command is `[0, number, name, parameters]`, its answer `[1, number, error, result]`.
https://firefox-source-docs.mozilla.org/testing/marionette/Protocol.html
"""

from __future__ import annotations

import json
import socket
from typing import Any


class ScriptError(AssertionError):
    """Firefox answered with an error; the text is its own."""


class Marionette:
    """One session. Scripts run in the page and may return a promise."""

    def __init__(self, port: int, timeout: float = 20) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout)
        self._buffer = b""
        self._number = 0
        self._read()  # the server's hello
        self.command("WebDriver:NewSession", {"capabilities": {"alwaysMatch": {}}})
        self.command(
            "WebDriver:SetTimeouts", {"script": int(timeout * 1000), "pageLoad": int(timeout * 1000)}
        )

    def goto(self, url: str) -> None:
        """Open a page and wait until it has loaded."""
        self.command("WebDriver:Navigate", {"url": url})

    def run(self, script: str, *arguments: Any) -> Any:
        """Run `script` as a function body in the page; a returned promise is awaited.

        The page's `const` and `let` are invisible to it, its functions and `window.x` are not.
        """
        return self.command("WebDriver:ExecuteScript", {"script": script, "args": list(arguments)})["value"]

    def run_in_browser(self, script: str) -> Any:
        """Run `script` as a function body in the browser itself, with all of its rights."""
        self.command("Marionette:SetContext", {"value": "chrome"})
        try:
            return self.run(script)
        finally:
            self.command("Marionette:SetContext", {"value": "content"})

    def command(self, name: str, parameters: dict[str, Any] | None = None) -> Any:
        """Send one command of the protocol and return its result."""
        self._number += 1
        frame = json.dumps([0, self._number, name, parameters or {}]).encode()
        self._socket.sendall(b"%d:%s" % (len(frame), frame))
        _, number, error, result = self._read()
        assert number == self._number, "answers out of order"
        if error:
            raise ScriptError(f"{name}: {error['error']}: {error['message']}")
        return result

    def close(self) -> None:
        """Hang up; the browser goes on."""
        self._socket.close()

    def _read(self) -> Any:
        while b":" not in self._buffer:
            self._receive()
        size, _, self._buffer = self._buffer.partition(b":")
        while len(self._buffer) < int(size):
            self._receive()
        frame, self._buffer = self._buffer[: int(size)], self._buffer[int(size) :]
        return json.loads(frame)

    def _receive(self) -> None:
        part = self._socket.recv(65536)
        if not part:
            raise ScriptError("Firefox hung up")
        self._buffer += part
