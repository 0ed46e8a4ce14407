"""The head of the audit chain, every day, to somebody outside: whoever owns database and keys cannot rewrite a mail.

The inspectorate keeps the mails and asks for any of them to be checked (`flask audit verify --head`): security.md,
threat 29; ASVS 16.4.3.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from app.db import writing
from app.rules import local_time
from app.services import audit, office, office_mail

JOB = "mail_audit_head"
#: After this a head is worth nothing: a newer one has been sent.
KEEP = timedelta(days=7)
KEEP_THIS = (
    "Simpan email ini. Setiap baris terikat pada baris sebelumnya. Kalau ada baris lama yang diubah atau dihapus, "
    "sidik ini tidak cocok lagi."
)


def write_due(now: datetime, hour: int | None) -> int:
    """Once a day from this hour of the office on, put the mail into the outbox; `hour` None: nobody reads. Returns 0 or 1."""
    if hour is None:
        return 0
    zone = office.current().zone
    here = local_time.local(now, zone)
    if here.hour < hour:
        return 0
    day = local_time.date_words(here.date())
    with writing():
        head = audit.newest()
        lines = (
            f"Catatan tindakan kantor sampai {local_time.day_clock(now, zone)}: {local_time.number(head.lines)} baris.",
            f"Sidik baris terakhir:\n{head.mac}",
            KEEP_THIS,
            f"Minta kantor menjalankan ini di depan Anda:\nflask audit verify --head {head.mac}",
        )
        subject = f"Sidik catatan tindakan, {day}"
        key = f"audit:{here.date().isoformat()}"
        return int(
            office_mail.write(office_mail.INSPECTORATE, key, subject, lines, now, not_after=now + KEEP)
        )
