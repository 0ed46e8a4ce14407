"""Forgetting old audit lines without breaking the chain: it goes on from the last line that was forgotten."""

from __future__ import annotations

from datetime import datetime

from app.models import AuditCut, AuditLine
from app.services import audit, forgetting

BATCH = 2_000


def due(before: datetime) -> int:
    """How many lines are older than this moment."""
    last = _last_old(before, None)
    first = AuditLine.select(AuditLine.id).order_by(AuditLine.id).first()
    return last.id - first.id + 1 if last else 0


def cut(before: datetime, now: datetime) -> int:
    """Forget the oldest lines, a batch at most, inside the caller's transaction; the newest line always stays.

    The anchor is sealed under the audit key, and a line of the chain itself tells of the cut.
    """
    first = AuditLine.select(AuditLine.id).order_by(AuditLine.id).first()
    last = _last_old(before, first.id + BATCH - 1) if first else None
    if last is None:
        return 0
    audit.lock_chain()
    anchor = AuditCut(upto=last.id, mac=bytes(last.mac), at=now)
    anchor.cut_mac = audit.anchor_mac(anchor)
    AuditCut.delete().execute()
    anchor.save(force_insert=True)
    with forgetting.door("audit_line", before):
        gone = int(AuditLine.delete().where(AuditLine.id <= last.id).execute())
    audit.record("system", "retention.audit", f"audit_line:{last.id}", now, f"{gone} {bytes(last.mac).hex()}")
    return gone


def _last_old(before: datetime, most: int | None) -> AuditLine | None:
    """The newest line that is older, but never the newest of all; lines stand in the order of time but for clocks set back."""
    newest = AuditLine.select(AuditLine.id).order_by(AuditLine.id.desc()).first()
    if newest is None:
        return None
    young = AuditLine.select(AuditLine.id).where(AuditLine.at >= before).order_by(AuditLine.id).first()
    end = min(newest.id, young.id if young else newest.id) - 1
    end = min(end, most) if most is not None else end
    found: AuditLine | None = AuditLine.get_or_none(AuditLine.id == end)
    return found
