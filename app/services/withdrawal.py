"""Withdrawing: the person's own wish, possible until the training is over, never a silent end."""

from __future__ import annotations

from datetime import datetime

from app.db import acknowledged
from app.models import Applicant, Application, Draft
from app.rules.reasons import Reason
from app.rules.states import State, withdrawable
from app.services import audit, deadlines, joining, ledger, notices
from app.services.ledger import APPLICANT

LONGEST_REASON = 200


def may_withdraw(application: Application | None) -> bool:
    """Whether there is something that its owner can take back."""
    return application is not None and withdrawable(State(application.state))


def withdraw(applicant_id: int, why: str, now: datetime) -> Application:
    """Take the newest application back; `why` may be empty and is shown in the person's own ledger.

    Open deadlines and changes that were not sent go with it. Raises ledger.NotAllowed when there is nothing (left)
    to withdraw. On the disk when it returns.
    """
    with acknowledged():
        application = joining.newest(applicant_id)
        if application is None:
            raise ledger.NotAllowed("", State.WITHDRAWN.value)
        note = why.strip()[:LONGEST_REASON] or None
        ledger.move(application, State.WITHDRAWN, Reason.OWN_WISH, APPLICANT, now, note=note)
        deadlines.end_open(application, "withdrawn", now)
        Draft.delete().where((Draft.application_id == application.id) & Draft.done_at.is_null()).execute()
        notices.write(
            applicant_id=applicant_id,
            application=application,
            wave_id=application.wave_id,
            kind="withdrawn",
            key=f"withdrawn:{application.id}:{round(now.timestamp())}",
            title="Pendaftaran Anda sudah ditarik",
            body=_words(application, now),
            path="/saya",
            now=now,
        )
        audit.record("applicant", "application.withdraw", f"application:{application.id}", now)
        return application


def _words(application: Application, now: datetime) -> str:
    done = "Anda sudah mengundurkan diri. Bukan Anda yang melakukannya? Segera hubungi kantor kami."
    offered = joining.offer(Applicant.get_by_id(application.applicant_id), application, now)
    return f"{done} Berubah pikiran? Anda bisa mendaftar lagi di halaman Status." if offered else done
