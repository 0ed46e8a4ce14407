"""How a person was reached and where they are signed in, and who opened what, for the own copy of the data."""

from __future__ import annotations

from typing import Any

from peewee import JOIN

from app.models import (
    CallTask,
    Delivery,
    Device,
    Notice,
    OneTimeCode,
    Preference,
    PushSubscription,
    Session,
)
from app.rules import notice_texts, quiet
from app.services import trail
from app.services.reach import Reach
from app.services.record import Fact, Item

#: How far a notice came by deliveries whose rows are deleted (services/condensing.py).
REACHED: dict[int, str] = {Reach.SENT: "dikirim", Reach.SHOWN: "tampil", Reach.OPENED: "dibuka"}


def notices(applicant_id: int) -> list[Item]:
    mine = Notice.select().where(Notice.applicant == applicant_id).order_by(Notice.created_at.desc())
    return [
        Item(
            row.title,
            (
                Fact("judul", "", row.title),
                Fact("isi", "Isi", row.body),
                Fact("pada", "Pada", row.created_at),
                Fact("dibuka", "Dibuka", row.opened_at),
                Fact("pengiriman", "", _deliveries(row.id)),
                Fact("sampai", "", REACHED.get(row.reached)),
            ),
        )
        for row in mine
    ]


def _deliveries(notice_id: int) -> list[dict[str, Any]]:
    rows = Delivery.select().where(Delivery.notice == notice_id).order_by(Delivery.created_at)
    return [
        {"lewat": row.channel, "keadaan": row.state, "percobaan": row.attempts, "sebab": row.reason}
        for row in rows
    ]


def told(applicant_id: int) -> list[Item]:
    rows = Preference.select().where(Preference.applicant == applicant_id)
    return [
        Item(
            "Jam diam dan kata-kata",
            (
                Fact("jam_diam", "Jam diam", row.quiet, quiet.chosen(row.quiet).label),
                Fact("bahasa", "Kata-kata", row.language, notice_texts.LANGUAGES.get(row.language, ("",))[0]),
                Fact("diubah", "Diubah", row.changed_at),
            ),
        )
        for row in rows
    ]


def calls(applicant_id: int) -> list[Item]:
    why = {"asked": "Anda minta ditelepon", "notice": "Ada kabar yang belum Anda buka"}
    mine = CallTask.select().where(CallTask.applicant == applicant_id).order_by(CallTask.created_at.desc())
    return [
        Item(
            why.get(row.why, row.why),
            (
                Fact("sebab", "", row.why),
                Fact("keadaan", "", row.state),
                Fact("percobaan", "", row.tries),
                Fact("sejak", "Sejak", row.created_at),
                Fact("selesai", "Selesai", row.done_at),
            ),
        )
        for row in mine
    ]


def devices(applicant_id: int) -> list[Item]:
    rows = Device.select().where(Device.applicant == applicant_id).order_by(Device.last_seen_at.desc())
    return [
        Item(
            row.label,
            (
                Fact("nama", "", row.label),
                Fact("dipakai_bersama", "Dipakai bersama", row.shared),
                Fact("boleh_berbunyi", "Boleh berbunyi", row.rings),
                Fact("dikenal_sejak", "Dikenal sejak", row.created_at),
                Fact("terakhir", "Terakhir dipakai", row.last_seen_at),
                Fact("dikeluarkan", "Dikeluarkan", row.revoked_at),
            ),
        )
        for row in rows
    ]


def subscriptions(applicant_id: int) -> list[Item]:
    mine = PushSubscription.select().where(PushSubscription.applicant == applicant_id)
    return [
        Item(
            row.label or "HP",
            (
                Fact("nama", "", row.label),
                Fact("lewat", "Diteruskan oleh", row.origin),
                Fact("sejak", "Sejak", row.created_at),
            ),
        )
        for row in mine.order_by(PushSubscription.created_at.desc())
    ]


def sessions(applicant_id: int) -> list[Item]:
    rows = Session.select(Session, Device).join(Device, JOIN.LEFT_OUTER)
    return [
        Item(
            "Masuk penuh" if row.kind == "full" else "Masuk ringkas",
            (
                Fact("jenis", "", row.kind),
                Fact("hp", "HP", row.device.label if row.device else None),
                Fact("masuk", "Masuk", row.created_at),
                Fact("terakhir", "Terakhir dipakai", row.last_seen_at),
                Fact("keluar", "Dikeluarkan", row.revoked_at),
                Fact("berakhir", "", row.expires_at),
            ),
        )
        for row in rows.where(Session.applicant == applicant_id).order_by(Session.created_at.desc())
    ]


def codes_made(applicant_id: int) -> list[Item]:
    words = {
        "email_proof": "Kode ke email",
        "email_sign_in": "Kode masuk ke email",
        "posko_reset": "Kode dari posko",
    }
    mine = OneTimeCode.select().where(OneTimeCode.applicant == applicant_id)
    return [
        Item(
            words.get(row.purpose, row.purpose),
            (
                Fact("untuk", "", row.purpose),
                Fact("oleh", "Dibuat oleh", trail.named(row.issued_by) if row.issued_by else None),
                Fact("dibuat", "Dibuat", row.created_at),
                Fact("dipakai", "Dipakai", row.used_at),
            ),
        )
        for row in mine.order_by(OneTimeCode.created_at.desc())
    ]


def acts(applicant_id: int) -> list[Item]:
    return [
        Item(
            line.what,
            (
                Fact("pada", "Pada", line.at),
                Fact("oleh", "Oleh", line.who),
                Fact("apa", "", line.what),
            ),
        )
        for line in trail.of(applicant_id)
    ]
