"""The audit trail: one line per act of the office, each bound to the one before by a keyed hash."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from app.crypto import keys
from app.db import database, is_sqlite
from app.models import AuditCut, AuditLine
from app.prepared import Prepared

#: The chain hangs on this before its first line.
START = b"gelombang/audit/1"
_last: Prepared[AuditLine] = Prepared(
    lambda: AuditLine.select(AuditLine.id, AuditLine.mac).order_by(AuditLine.id.desc()).limit(1)
)
#: PostgreSQL advisory lock that makes lines queue up; SQLite's writer lock does it by itself.
CHAIN_LOCK = 0x67656C71


@dataclass(frozen=True)
class Head:
    """The end of the chain at a moment: so many lines since the beginning, and the mac of the newest in hex."""

    lines: int
    mac: str


def record(actor: str, verb: str, subject: str, now: datetime, detail: str = "") -> None:
    """Append one line inside the caller's transaction.

    actor: "staff:<username>", "applicant" or "system"; subject: ids and codes only, such as "application:123",
    never a name, NIK or phone number.
    """
    lock_chain()
    last = _last.first()
    line = AuditLine(
        id=last.id + 1 if last else 1, at=now, actor=actor, verb=verb, subject=subject, detail=detail
    )
    line.mac = keys().audit_mac(bytes(last.mac) if last else START, _content(line))
    line.save(force_insert=True)


def lock_chain() -> None:
    """Until the transaction ends nobody else appends."""
    if not is_sqlite():
        database.execute_sql("SELECT pg_advisory_xact_lock(%s)", (CHAIN_LOCK,))


def _content(line: AuditLine) -> bytes:
    moment = AuditLine.at.db_value(line.at)
    return json.dumps([line.id, moment, line.actor, line.verb, line.subject, line.detail]).encode()


def anchor_mac(cut: AuditCut) -> bytes:
    """What proves that a cut is ours: a link of the chain's own kind over what was cut."""
    moment = AuditCut.at.db_value(cut.at)
    return keys().audit_mac(bytes(cut.mac), json.dumps(["cut", cut.upto, moment]).encode())


class Walk(NamedTuple):
    """What a walk along the chain found: lines that fit, the first that does not (or None), whether a head was not met."""

    lines: int
    wrong: int | None
    headless: bool


def verify(head: bytes | None = None) -> tuple[int, int | None]:
    """Walk the chain: (lines that fit, number of the first line that does not or None).

    A `head` that no line has counts as a line that is missing at the end.
    """
    return walk(head)[:2]


def walk(head: bytes | None = None) -> Walk:
    """Walk the chain from its beginning.

    `head`, when given, is a mac that was noted outside at any time since the last cut: it must be that of a line (or of
    the cut). That shows that no end was cut off and nothing before it rewritten. Lines that retention has forgotten
    are vouched for by the anchor.
    """
    previous, number = START, 0
    cut = AuditCut.select().order_by(AuditCut.upto.desc()).first()
    if cut is not None:
        if anchor_mac(cut) != bytes(cut.cut_mac):
            return Walk(0, 1, headless=False)
        previous, number = bytes(cut.mac), cut.upto
    first, seen = number, head in (None, previous)
    for line in AuditLine.select().order_by(AuditLine.id).iterator():
        expected = keys().audit_mac(previous, _content(line))
        if line.id != number + 1 or bytes(line.mac) != expected:
            return Walk(number - first, number + 1, headless=False)
        previous, number = expected, number + 1
        seen = seen or head == previous
    return Walk(number - first, None if seen else number + 1, headless=not seen)


def newest() -> Head:
    """The end of the chain now."""
    last = _last.first()
    return Head(last.id, bytes(last.mac).hex()) if last else Head(0, START.hex())


def head() -> str:
    """The mac of the newest line in hex, to be mailed to the inspectorate."""
    return newest().mac
