"""What the office decided after the list of a draw was published and before it is frozen: the list does not know it."""

from __future__ import annotations

from app.models import Application, Draw, GroupClaim, SuspectedPair
from app.rules import local_time


def newer(draw: Draw) -> list[str]:
    """What is newer than the published list, in words; empty when the list is up to date or frozen."""
    if draw.listed_at is None or draw.frozen_at is not None:
        return []
    counts = (
        (_groups(draw), "putusan bukti kelompok"),
        (_pairs(draw), "putusan pasangan yang mungkin satu orang"),
        (_people(draw), "pendaftar yang keadaannya berubah"),
    )
    return [f"{local_time.number(count)} {what}." for count, what in counts if count]


def _groups(draw: Draw) -> int:
    mine = Application.select(Application.id).where(Application.wave == draw.wave_id)
    decided = GroupClaim.application.in_(mine) & (GroupClaim.decided_at > draw.listed_at)
    return int(GroupClaim.select().where(decided).count())


def _pairs(draw: Draw) -> int:
    people = Application.select(Application.applicant).where(Application.wave == draw.wave_id)
    either = SuspectedPair.first.in_(people) | SuspectedPair.second.in_(people)
    return int(SuspectedPair.select().where(either & (SuspectedPair.decided_at > draw.listed_at)).count())


def _people(draw: Draw) -> int:
    """Withdrawn, corrected, settled with the KTP: whoever came in or left since."""
    mine = (Application.wave == draw.wave_id) & (Application.changed_at > draw.listed_at)
    return int(Application.select().where(mine).count())
