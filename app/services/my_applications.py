"""What a person sent and has not sent yet, with every version, for the person's own copy of the data."""

from __future__ import annotations

import json
from typing import Any

from peewee import JOIN

from app.models import Application, ApplicationVersion, Deadline, Draft, Result, Wave
from app.rules import codes, local_time
from app.rules.deadlines import WORDS as DEADLINE_WORDS
from app.rules.deadlines import Deadline as DeadlineKind
from app.rules.states import WORDS as STATE_WORDS
from app.rules.states import State
from app.services import history
from app.services.record import Fact, Item


def applications(applicant_id: int, zone: str) -> list[Item]:
    mine = Application.select(Application, Wave).join(Wave, JOIN.LEFT_OUTER)
    rows = mine.where(Application.applicant == applicant_id).order_by(Application.submitted_at.desc())
    return [_application(row, zone) for row in rows]


def _application(row: Application, zone: str) -> Item:
    facts = [
        Fact("nomor_pendaftaran", "Nomor pendaftaran", codes.shown(row.ticket)),
        Fact("nomor_undian", "Nomor undian", codes.shown(row.entry_number)),
        Fact("gelombang", "Gelombang", row.wave.number if row.wave else None),
        Fact("keadaan", "Keadaan", STATE_WORDS[State(row.state)].label),
        Fact("dikirim", "Dikirim", row.submitted_at),
        Fact("diubah", "Terakhir berubah", row.changed_at),
        Fact("cara", "", row.channel),
        Fact("posko", "Posko", row.posko.name if row.posko else None),
        *_result(row),
        Fact("jawaban", "", json.loads(row.answers)),
        Fact("jawaban_sebelumnya", "", [_version(old, zone) for old in versions(row.id)]),
        Fact("batas_waktu", "", _deadlines(row.id, zone)),
        Fact("riwayat", "", _ledger(row, zone)),
    ]
    return Item(f"Gelombang {row.wave.number}" if row.wave else "Menunggu gelombang", tuple(facts), row.id)


def versions(application_id: int) -> list[ApplicationVersion]:
    """The answers as they were before each change, newest first."""
    mine = ApplicationVersion.application == application_id
    return list(ApplicationVersion.select().where(mine).order_by(ApplicationVersion.n.desc()))


def _version(row: ApplicationVersion, zone: str) -> dict[str, Any]:
    return {
        "sejak": local_time.local(row.at, zone).isoformat(),
        "jawaban": json.loads(row.answers),
    }


def _result(row: Application) -> list[Fact]:
    told = (Result.application == row.id) & Result.published_at.is_null(False)
    result = Result.get_or_none(told)
    if result is None:
        return []
    return [
        Fact("hasil", "Hasil", STATE_WORDS[State(result.outcome)].label),
        Fact("urutan_cadangan", "Urutan cadangan", result.position),
        Fact("tanggal_hasil", "Tanggal hasil dari pusat", result.dated or None),
        Fact("diumumkan", "Diumumkan", result.published_at),
    ]


def _deadlines(application_id: int, zone: str) -> list[dict[str, Any]]:
    rows = Deadline.select().where(Deadline.application == application_id).order_by(Deadline.due_at)
    return [
        {
            "tugas": DEADLINE_WORDS[DeadlineKind(row.kind)].task,
            "paling_lambat": local_time.local(row.due_at, zone).isoformat(),
            "selesai": local_time.local(row.done_at, zone).isoformat() if row.done_at else None,
        }
        for row in rows
    ]


def _ledger(row: Application, zone: str) -> list[dict[str, Any]]:
    return [
        {
            "pada": local_time.local(entry.at, zone).isoformat(),
            "dari": entry.from_state,
            "menjadi": entry.to_state,
            "alasan": entry.reason,
            "catatan": entry.note,
            "oleh": history.who(entry.actor, entry.staff),
            "dikabari": entry.told,
        }
        for entry in reversed(history.entries(row))
    ]


def unsent(applicant_id: int) -> list[Item]:
    mine = (Draft.applicant == applicant_id) & Draft.done_at.is_null()
    return [
        Item(
            "Belum dikirim",
            (
                Fact("mulai", "Mulai diisi", row.created_at),
                Fact("terakhir", "Terakhir diisi", row.touched_at),
                Fact("dihapus", "Dihapus pada", row.stored_until),
                Fact("jawaban", "", json.loads(row.answers)),
            ),
        )
        for row in Draft.select().where(mine).order_by(Draft.touched_at.desc())
    ]
