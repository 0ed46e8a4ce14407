"""The draw and what followed it, for the own copy of the data: entry, groups, offers, objections, reversals.

A rank is given when the draw is published, a reversal when a second officer confirmed it: not before the person is
told of it in its own way.
"""

from __future__ import annotations

from app.models import Application, Draw, Entry, GroupClaim, LateEntry, Objection, Offer, Reversal
from app.rules.reasons import WORDS as REASON_WORDS
from app.rules.reasons import Reason
from app.rules.states import WORDS as STATE_WORDS
from app.rules.states import State
from app.services import trail
from app.services.record import Fact, Item


def draws(applicant_id: int) -> list[Item]:
    """Everything around draws of this person, in the order in which it comes about."""
    mine = [row.id for row in Application.select(Application.id).where(Application.applicant == applicant_id)]
    return [
        *_entries(mine),
        *_groups(mine),
        *_offers(mine),
        *_reversals(mine),
        *_late(mine),
        *_objections(mine),
    ]


def _entries(mine: list[int]) -> list[Item]:
    listed = Entry.application.in_(mine) & Draw.listed_at.is_null(False)
    return [_entry(row) for row in Entry.select(Entry, Draw).join(Draw).where(listed)]


def _entry(row: Entry) -> Item:
    facts = [
        Fact("nomor_undian", "Nomor undian", row.entry),
        Fact("kelompok", "Kelompok", row.groups or None),
        Fact("keluarga", "Keluarga", row.household or None),
        Fact("baris", "Baris di daftar peserta", row.line),
        Fact("garam", "Rahasia pengikat NIK", row.salt),
    ]
    if row.draw.published_at is not None:
        facts += [Fact("urutan", "Urutan", row.rank), Fact("lewat", "Lewat", row.via or None)]
    return Item("Di daftar undian", tuple(facts))


def _groups(mine: list[int]) -> list[Item]:
    return [
        Item(
            "Kelompok khusus",
            (
                Fact("kelompok", "Kelompok", row.group),
                Fact("keadaan", "", row.state),
                Fact("bukti", "Bukti", row.evidence or None),
                Fact("dilihat_oleh", "Bukti dilihat oleh", trail.named(row.seen_by) if row.seen_by else None),
                Fact("diputuskan", "Diputuskan", row.decided_at),
            ),
        )
        for row in GroupClaim.select().where(GroupClaim.application.in_(mine))
    ]


def _offers(mine: list[int]) -> list[Item]:
    return [
        Item(
            "Tawaran tempat",
            (
                Fact("ditawarkan", "Ditawarkan", row.made_at),
                Fact("berlaku_sampai", "Berlaku sampai", row.expires_at),
                Fact("jawaban", "", row.answer),
                Fact("dijawab", "Dijawab", row.answered_at),
            ),
        )
        for row in Offer.select().where(Offer.application.in_(mine)).order_by(Offer.made_at)
    ]


def _reversals(mine: list[int]) -> list[Item]:
    confirmed = Reversal.application.in_(mine) & Reversal.confirmed_at.is_null(False)
    return [
        Item(
            "Keputusan yang diubah",
            (
                Fact("menjadi", "Menjadi", STATE_WORDS[State(row.to_state)].label),
                Fact("alasan", "Alasan", REASON_WORDS[Reason(row.reason)].sentence),
                Fact("catatan", "Catatan", row.note),
                Fact("pada", "Pada", row.confirmed_at),
                Fact("keberatan_sampai", "Keberatan sampai", row.object_until),
            ),
        )
        for row in Reversal.select().where(confirmed).order_by(Reversal.confirmed_at)
    ]


def _late(mine: list[int]) -> list[Item]:
    confirmed = LateEntry.application.in_(mine) & LateEntry.confirmed_at.is_null(False)
    return [
        Item(
            "Dihitung menyusul",
            (
                Fact("menjadi", "Menjadi", STATE_WORDS[State(row.to_state)].label),
                Fact("catatan", "Catatan", row.note),
                Fact("pada", "Pada", row.confirmed_at),
            ),
        )
        for row in LateEntry.select().where(confirmed).order_by(LateEntry.confirmed_at)
    ]


def _objections(mine: list[int]) -> list[Item]:
    return [
        Item(
            "Keberatan Anda",
            (
                Fact("isi", "Isi", row.text),
                Fact("diajukan", "Diajukan", row.made_at),
                Fact("dijawab_paling_lambat", "Dijawab paling lambat", row.due_at),
                Fact("jawaban", "Jawaban", row.answer),
                Fact("dijawab", "Dijawab", row.answered_at),
                Fact("diterima", "Diterima", None if row.upheld is None else bool(row.upheld)),
            ),
        )
        for row in Objection.select().where(Objection.application.in_(mine)).order_by(Objection.made_at)
    ]
