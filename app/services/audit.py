"""The audit trail: one line per act of the office, each bound to the one before by a keyed hash."""

from __future__ import annotations

import json
from datetime import datetime

from app.crypto import keys
from app.db import database, is_sqlite
from app.models import AuditLine
from app.prepared import Prepared

#: The chain hangs on this before its first line.
START = b"gelombang/audit/1"
_last: Prepared[AuditLine] = Prepared(
    lambda: AuditLine.select(AuditLine.id, AuditLine.mac).order_by(AuditLine.id.desc()).limit(1)
)
#: PostgreSQL advisory lock that makes lines queue up; SQLite's writer lock does it by itself.
CHAIN_LOCK = 0x67656C71


def record(actor: str, verb: str, subject: str, now: datetime, detail: str = "") -> None:
    """Append one line inside the caller's transaction.

    actor: "staff:<username>", "applicant" or "system"; subject: ids and codes only, such as "application:123",
    never a name, NIK or phone number.
    """
    if not is_sqlite():
        database.execute_sql("SELECT pg_advisory_xact_lock(%s)", (CHAIN_LOCK,))
    last = _last.first()
    line = AuditLine(
        id=last.id + 1 if last else 1, at=now, actor=actor, verb=verb, subject=subject, detail=detail
    )
    line.mac = keys().audit_mac(bytes(last.mac) if last else START, _content(line))
    line.save(force_insert=True)


def _content(line: AuditLine) -> bytes:
    moment = AuditLine.at.db_value(line.at)
    return json.dumps([line.id, moment, line.actor, line.verb, line.subject, line.detail]).encode()


def verify(head: bytes | None = None) -> tuple[int, int | None]:
    """Walk the chain: (lines checked, number of the first line that does not fit or None).

    `head`, when given, is the mac that the last line must have: it shows that no end was cut off.
    """
    previous, count = START, 0
    for line in AuditLine.select().order_by(AuditLine.id).iterator():
        expected = keys().audit_mac(previous, _content(line))
        if line.id != count + 1 or bytes(line.mac) != expected:
            return count, count + 1
        previous, count = expected, count + 1
    if head is not None and head != previous:
        return count, count + 1
    return count, None


def head() -> str:
    """The mac of the newest line in hex, to be mailed to the inspectorate."""
    last = AuditLine.select(AuditLine.mac).order_by(AuditLine.id.desc()).first()
    return bytes(last.mac).hex() if last else START.hex()
