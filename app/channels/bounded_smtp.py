"""smtplib with an end: a conversation that takes longer than it may is cut, whatever the server does."""

from __future__ import annotations

import smtplib
import socket
from contextlib import suppress
from threading import Timer
from typing import Any


class Bounded(smtplib.SMTP):
    """An SMTP line that is cut after `timeout` seconds in all; `give` begins the time anew, for the next message.

    smtplib's own timeout bounds each read only: a server that drips one byte at a time would hold a worker for ever.
    """

    def __init__(self, host: str, port: int, *, timeout: float, **more: Any) -> None:
        self._overdue = False
        self._watch = self._watching(timeout)
        try:
            super().__init__(host, port, timeout=timeout, **more)
        except BaseException:
            self._watch.cancel()
            raise

    def give(self, timeout: float) -> None:
        """So many seconds from now for the next message."""
        self._watch.cancel()
        self._watch = self._watching(timeout)

    def rest(self) -> None:
        """Nothing is under way: no time runs until the next message."""
        self._watch.cancel()

    def _watching(self, timeout: float) -> Timer:
        watch = Timer(timeout, self._cut)
        watch.daemon = True
        watch.start()
        return watch

    def _cut(self) -> None:
        self._overdue = True
        line = self.sock
        if line is not None:
            with suppress(OSError):
                # The plain method: SSLSocket.shutdown would pull the TLS object from under the reading thread.
                socket.socket.shutdown(line, socket.SHUT_RDWR)

    def getreply(self) -> tuple[int, bytes]:
        if self._overdue:  # the time ran out while there was no socket to cut: connecting, TLS handshake
            self.close()
            raise smtplib.SMTPServerDisconnected("overdue")
        return super().getreply()

    def close(self) -> None:
        self._watch.cancel()
        super().close()


class BoundedTLS(Bounded, smtplib.SMTP_SSL):
    """The same with TLS from the first byte (RFC 8314)."""
