"""Logging: one JSON line per event, with every run of 16 digits and every phone number masked."""

from __future__ import annotations

import json
import logging
import re
from datetime import UTC, datetime

from flask import Flask

PERSONAL = re.compile(r"(?<!\d)(?:\d[ .-]?){15}\d(?!\d)|(?:\+?62|0)8[1-9][\d -]{6,13}\d")


def masked(text: str) -> str:
    """The text with NIK, KK and phone numbers replaced: a log is read by more people than a record."""
    return PERSONAL.sub("[angka]", text)


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
