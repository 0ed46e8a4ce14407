"""The accounts of the office: listed, and one at a time; what all that is done to them answers."""

from __future__ import annotations

from typing import Any

from flask import abort, current_app, render_template, url_for
from werkzeug.wrappers import Response

from app import auth
from app.config import Settings
from app.models import Staff
from app.rules import local_time
from app.services import office, staff_accounts, staff_codes, staff_managing
from app.views.staff.area import ROLE_WORDS, WATCHERS, WAVES, pages, refused, staff

Answer = str | Response | tuple[str, int]

WRONG_CODE = "Kode belum benar atau sudah dipakai. Tunggu kode berikutnya, lalu ketik."


def state(row: Staff) -> tuple[str, str, str]:
    """(words, kind of tag, icon) of where an account stands."""
    if not row.active:
        return ("Dimatikan", "bad", "lock")
    return ("Aktif", "ok", "check") if row.enrolled_at else ("Diundang", "warn", "clock")


def found(staff_id: int) -> Staff:
    """The account of this address, or 404."""
    row = staff_managing.find(staff_id)
    if row is None:
        abort(404)
    return row


def shown(row: Staff) -> dict[str, Any]:
    """An account in words."""
    return {
        "id": row.id,
        "name": row.name,
        "username": row.username,
        "role": ROLE_WORDS[row.role],
        "post": row.posko.name if row.posko else "Kantor",
        "post_closed": row.posko is not None and not row.posko.active,
        "state": state(row),
        "active": row.active,
        "enrolled": row.enrolled_at is not None,
        "factor": "Sudah dipasang" if row.enrolled_at else "Belum",
        "since": local_time.date_words(local_time.local_day(row.created_at, office.current().zone)),
        "own": row.id == staff().id,
    }


@pages.get("/akun")
@auth.roles(*WATCHERS)
def accounts() -> Answer:
    """All accounts, those that are open first, by name."""
    rows = sorted(staff_accounts.everybody(), key=lambda row: (not row.active, row.name.casefold()))
    return render_template(
        "staff/accounts.html",
        at="beranda",
        rows=[shown(row) for row in rows],
        may_change=staff().role in WAVES,
    )


@pages.get("/akun/<int:staff_id>")
@auth.roles(*WAVES)
def account(staff_id: int) -> Answer:
    """One account, and what can be done with it."""
    return render_template("staff/account.html", at="beranda", row=shown(found(staff_id)))


# answers to what is done --------------------------------------------------------------------------


def invited(username: str, code: str) -> str:
    """The code of an invitation, on this answer and nowhere else."""
    settings: Settings = current_app.extensions["settings"]
    return render_template(
        "staff/invited.html",
        at="beranda",
        row=shown(Staff.get(Staff.username == username)),
        code=staff_codes.shown(code),
        host=settings.staff_host or settings.public_host,
    )


def own() -> tuple[str, int]:
    """409: the own account is somebody else's to mend."""
    what = "Akun Anda sendiri diubah oleh pengelola lain, atau oleh pengelola sistem."
    return refused(409, "Ini akun Anda sendiri", what, url_for(".accounts"), "Lihat semua akun")


def faster() -> tuple[str, int]:
    """409: somebody changed the account while this person looked at it."""
    what = "Orang lain baru saja mengubah akun ini. Lihat dulu keadaan terbarunya."
    return refused(409, "Sudah berubah", what, url_for(".accounts"), "Lihat semua akun")
