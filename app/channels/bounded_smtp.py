"""smtplib with an end: a conversation that takes longer than it may is cut, whatever the server does."""

from __future__ import annotations

import smtplib
import socket
from contextlib import suppress
from threading import Timer
from typing import Any


class Bounded(smtplib.SMTP):
    """An SMTP line that is cut after `timeout` seconds in all.

    smtplib's own timeout bounds each read only: a server that drips one byte at a time would hold a worker for ever.
    """

    def __init__(self, host: str, port: int, *, timeout: float, **more: Any) -> None:
        self._overdue = False
        self._watch = Timer(timeout, self._cut)
        self._watch.daemon = True
        self._watch.start()
        try:
            super().__init__(host, port, timeout=timeout, **more)
        except BaseException:
            self._watch.cancel()
            raise

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
