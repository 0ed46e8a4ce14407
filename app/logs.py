"""Logging: one JSON line per event, with every run of 16 digits, phone number and email address masked."""

from __future__ import annotations

import json
import logging
import re
from datetime import UTC, datetime

from flask import Flask

#: 16 digits however they are parted (NIK, KK), Indonesian mobile numbers in every way of writing, email addresses.
PERSONAL = re.compile(
    r"(?<!\d)(?:\d[ .+-]?){15}\d(?!\d)"
    r"|(?<!\d)(?:\+?62|0)[ .-]?8[1-9](?:[ .-]?\d){6,11}"
    r"|[\w.+%-]+@[\w-]+(?:\.[\w-]+)+"
)


def masked(text: str) -> str:
    """The text with what identifies a person replaced: a log is read by more people than a record."""
    return PERSONAL.sub("[disamarkan]", text)


class OneLine(logging.Formatter):
    """A JSON object per record: a newline in a name stays inside its line."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "text": masked(record.getMessage()),
        }
        if record.exc_info:
            line["trace"] = masked(self.formatException(record.exc_info))
        return json.dumps(line, ensure_ascii=False)


def to_standard_error() -> logging.Logger:
    """Send every logger of ours to standard error in that form; returns the one above them all."""
    root = logging.getLogger("gelombang")
    if not root.handlers:
        handler = logging.StreamHandler()
        handler.setFormatter(OneLine())
        root.addHandler(handler)
        root.setLevel(logging.INFO)
        root.propagate = False
    return root


def init(app: Flask) -> None:
    """Let the application log the same way."""
    app.logger = to_standard_error()
