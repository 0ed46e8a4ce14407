"""What the example office told many: one that went out, one that waits for a second person, one that is being written."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from app.models import Staff
from app.rules.broadcast import Segment
from app.rules.local_time import at_local, local_day
from app.services import broadcast_sending, broadcasts
from app.services.broadcasts import Text
from app.services.ledger import Actor

#: Before this many people a second person is asked here: the example is small.
ALONE = 20


def fill(imported: int, open_wave: int, zone: str, now: datetime) -> None:
    """`imported` and `open_wave` are numbers of waves. Meant for the end, when everybody has registered."""
    writer = Actor("staff", Staff.get(Staff.username == "ratna.wulandari"))
    second = Actor("staff", Staff.get(Staff.username == "hadi.purnomo"))
    morning = at_local(local_day(now, zone) - timedelta(days=2), time(9), zone)
    told = _ordered(
        "Posko membantu menyiapkan akun",
        "Setiap Selasa dan Kamis, pukul 08.00 sampai 12.00, petugas di posko membantu menyiapkan akun email dan akun "
        "program. Bawa KTP dan HP Anda. Kami tidak pernah meminta PIN atau kode OTP.",
        Segment(wave=str(imported)),
        writer,
        morning,
    )
    broadcasts.confirm(told, _mark(told), second, morning + timedelta(minutes=20))
    for minute in (20, 21):
        broadcast_sending.send_due(morning + timedelta(minutes=minute))
    _ordered(
        "Posko pindah ke balai desa",
        "Mulai Senin, Posko Sukodono pindah ke balai desa. Jam buka tetap pukul 08.00 sampai 15.00.",
        Segment(wave=str(open_wave)),
        writer,
        now - timedelta(hours=1),
    )
    broadcasts.write(
        Text(
            "Jadwal bimbingan minggu depan",
            "Bimbingan memilih pelatihan diadakan di posko. Datang sesuai kecamatan Anda, tidak perlu mendaftar dulu.",
            Segment(unopened="last"),
        ),
        writer,
        now - timedelta(minutes=30),
    )


def _ordered(title: str, body: str, segment: Segment, writer: Actor, at: datetime) -> int:
    row = broadcasts.write(Text(title, body, segment), writer, at - timedelta(minutes=10))
    broadcasts.order(row.id, None, True, _mark(row.id), ALONE, writer, at)
    return row.id


def _mark(broadcast_id: int) -> str:
    row = broadcasts.find(broadcast_id)
    return "" if row is None else broadcasts.mark(row)
