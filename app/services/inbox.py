"""The inbox: the truth to which push, mail and calls only lead."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from app.models import Notice
from app.rules import codes, local_time

PAGE = 20
"""Notices on one page; a person gets some thirty in a whole programme."""

ICONS = {
    "received": "check",
    "joined": "wave",
    "security": "lock",
    "deadline": "cal",
    "result": "list",
    "fix": "alert",
    "broadcast": "send",
    "moved": "cal",
    "offer": "clock",
    "offer_over": "clock",
    "reversal": "alert",
    "objection": "chat",
    "group": "family",
    "withdrawn": "out",
    "frozen": "list",
    "late": "list",
    "ended": "wave",
}


@dataclass(frozen=True)
class Line:
    """One notice as the inbox lists it."""

    id: int
    icon: str
    title: str
    when: str
    unread: bool


@dataclass(frozen=True)
class Letter:
    """One notice, opened. `path` leads to what it is about; empty when that is nowhere of ours; `code` is for /cek.

    `to_many`: the same words went to many, so they are public. `stopped`: when the office stopped telling them, or "".
    """

    id: int
    title: str
    body: str
    when: str
    unread: bool
    path: str
    code: str
    to_many: bool = False
    stopped: str = ""


def unread(applicant_id: int) -> int:
    """How many notices were not opened yet."""
    mine = (Notice.applicant == applicant_id) & Notice.opened_at.is_null()
    return int(Notice.select().where(mine).count())


def lines(applicant_id: int, now: datetime, zone: str, page: int = 1, size: int = PAGE) -> list[Line]:
    """The notices of one page, newest first; an empty list beyond the last."""
    mine = Notice.select().where(Notice.applicant == applicant_id)
    rows = mine.order_by(Notice.created_at.desc(), Notice.id).paginate(page, size)
    return [
        Line(
            id=row.id,
            icon=ICONS.get(row.kind, "mail" if row.opened_at else "bell"),
            title=row.title,
            when=local_time.said(row.created_at, now, zone),
            unread=row.opened_at is None,
        )
        for row in rows
    ]


def pages(applicant_id: int) -> int:
    """How many pages the list has, at least one."""
    return max(1, -(-int(Notice.select().where(Notice.applicant == applicant_id).count()) // PAGE))


def letter(applicant_id: int, notice_id: int, zone: str) -> Letter | None:
    """One notice of this person; None for one that is not there or belongs to somebody else."""
    row = Notice.get_or_none((Notice.id == notice_id) & (Notice.applicant == applicant_id))
    if row is None:
        return None
    ours = row.path.startswith("/") and not row.path.startswith("//")
    sent = row.broadcast if row.broadcast_id is not None else None
    stopped = sent.stopped_at if sent is not None else None
    return Letter(
        id=row.id,
        title=row.title,
        body=row.body,
        when=local_time.day_clock(row.created_at, zone),
        unread=row.opened_at is None,
        path=row.path if ours and not row.path.startswith("/saya/kabar") else "",
        code=codes.shown(row.code if sent is None else sent.code),
        to_many=sent is not None,
        stopped=local_time.day_clock(stopped, zone) if stopped is not None else "",
    )


def mark_opened(applicant_id: int, notice_id: int, now: datetime) -> bool:
    """Note that a notice was opened, the first time only; False when this person has no such notice."""
    mine = (Notice.id == notice_id) & (Notice.applicant == applicant_id)
    Notice.update(opened_at=now).where(mine & Notice.opened_at.is_null()).execute()
    return bool(Notice.select().where(mine).exists())
