"""Broadcasts: listed, looked at before they go and while they go. Writing: broadcast_texts.py, acts: broadcast_acts.py."""

from __future__ import annotations

from typing import Any

from flask import abort, current_app, render_template, request, url_for
from werkzeug.wrappers import Response

from app import auth
from app.config import Settings
from app.forms.staff_broadcast import SendForm
from app.models import Broadcast, Posko
from app.rules import codes, local_time, notice_words
from app.rules.broadcast import Segment, Sent, Unopened, listed, tells_by_whom
from app.rules.local_time import number as digits
from app.rules.states import WORDS, State
from app.services import broadcast_people, broadcast_sending, broadcasts, office, reach, regions, ways
from app.services.broadcasts import NotNow
from app.views.staff.area import RESULTS, WAVES, pages, refused, staff
from app.views.staff.reach import card

Answer = str | Response | tuple[str, int]

LOOK = (*RESULTS, "auditor")
"""Whoever may read them: managers write, verifiers and managers confirm, auditors look."""

#: State, its word, kind and icon of its tag.
TAGS = {
    Sent.DRAFT: ("Konsep", "", "edit"),
    Sent.WAITING: ("Menunggu orang kedua", "warn", "person"),
    Sent.SCHEDULED: ("Dijadwalkan", "", "clock"),
    Sent.RUNNING: ("Sedang dikirim", "warn", "send"),
    Sent.DONE: ("Selesai", "ok", "check"),
    Sent.STOPPED: ("Dihentikan", "bad", "x"),
}
CHANNELS = {"push": "HP", "email": "email", "sms": "SMS"}


# looking ------------------------------------------------------------------------------------------


@pages.get("/siaran")
@auth.roles(*LOOK)
def broadcast_list() -> Answer:
    """All broadcasts, the newest first."""
    page = min(max(request.args.get("halaman", 1, type=int), 1), 10_000)
    rows, total = broadcasts.listing(page)
    zone = office.current().zone
    return render_template(
        "staff/broadcasts.html",
        at="beranda",
        rows=[
            (row, TAGS[Sent(row.state)], local_time.said(row.written_at, auth.now(), zone)) for row in rows
        ],
        number=digits,
        page=page,
        last=max(1, -(-total // broadcasts.PAGE)),
        may_write=staff().role in WAVES,
    )


@pages.get("/siaran/<int:broadcast_id>")
@auth.roles(*LOOK)
def broadcast(broadcast_id: int) -> Answer:
    """One broadcast: a draft with its preview and its counts, or how far it came."""
    return shown(found(broadcast_id), SendForm(data={"kapan": "sekarang"}))


@pages.get("/siaran/<int:broadcast_id>/kabar")
@auth.roles(*LOOK)
def broadcast_live(broadcast_id: int) -> Answer:
    """The bars alone, fetched anew by staff.js every ten seconds."""
    return render_template("staff/broadcast_live.html", live=live(found(broadcast_id)))


def found(broadcast_id: int) -> Broadcast:
    """The broadcast of this address, or 404."""
    row = broadcasts.find(broadcast_id)
    if row is None:
        abort(404)
    return row


def shown(row: Broadcast, form: SendForm, problem: str = "") -> str:
    """The page of a broadcast in any state; `problem` is what stands above everything (an empty segment)."""
    state, zone, settings = Sent(row.state), office.current().zone, here()
    before = state in (Sent.DRAFT, Sent.WAITING)
    errors = ([("untuk", problem)] if problem else []) + form.error_list()
    return render_template(
        "staff/broadcast.html",
        at="beranda",
        row=row,
        seen=broadcasts.mark(row),
        tells=before and tells_by_whom(broadcasts.segment_of(row)),
        state=state.value,
        tag=TAGS[state],
        rows=facts(row, zone),
        counts=broadcast_people.reachable(broadcasts.segment_of(row)) if before else None,
        live=None if state in (Sent.DRAFT, Sent.WAITING, Sent.SCHEDULED) else live(row),
        form=form,
        errors=errors,
        number=digits,
        zone=zone,
        alone=settings.broadcast_alone if state is Sent.DRAFT else row.alone,
        code=codes.shown(row.code),
        site=settings.public_host,
        lock_screen=notice_words.LOCK_SCREEN,
        mail=_mail(row, settings),
        mail_hours=round(ways.hours()["broadcast"].email.total_seconds() / 3600),
        may_write=staff().role in WAVES,
        may_confirm=staff().role in RESULTS,
        own=row.written_by_id == staff().id,
        passed=row.send_at is not None and row.send_at <= auth.now(),
    )


def _mail(row: Broadcast, settings: Settings) -> tuple[str, ...]:
    """The lines of the email as services/letters.py writes them."""
    site = settings.public_url
    said = {
        "inbox": f"{site}/saya/kabar",
        "code": codes.shown(row.code),
        "stop": f"{site}/email/berhenti/...",
    }
    said["check"] = f"{site}/cek/{said['code']}"
    return tuple(line.format(**said) for line in notice_words.MAIL)


def facts(row: Broadcast, zone: str) -> list[tuple[str, str]]:
    """Whom it is for and what happened to it, as (key, words)."""
    made = [("Untuk", in_words(broadcasts.segment_of(row)))]
    made.append(("Ditulis", f"{row.written_by.name}, {local_time.short(row.written_at, zone)}"))
    if row.send_at is not None:
        made.append(("Waktu kirim", local_time.day_clock(row.send_at, zone)))
    if row.confirmed_by is not None and row.confirmed_at is not None:
        made.append(("Disetujui", f"{row.confirmed_by.name}, {local_time.short(row.confirmed_at, zone)}"))
    if row.stopped_by is not None and row.stopped_at is not None:
        made.append(("Dihentikan", f"{row.stopped_by.name}, {local_time.short(row.stopped_at, zone)}"))
    if row.over_at is not None and row.stopped_at is None:
        made.append(("Selesai", local_time.short(row.over_at, zone)))
    return made


def in_words(segment: Segment) -> str:
    """`Gelombang 4, Cadangan, Kecamatan Sukodono, belum membuka hasil`."""
    parts = ["Semua gelombang" if not segment.wave else f"Gelombang {segment.wave}"]
    if segment.wave == "0":
        parts = ["Menunggu gelombang berikutnya"]
    if segment.states:
        parts.append(listed(WORDS[State(one)].label for one in segment.states))
    if segment.districts:
        parts.append(f"Kecamatan {listed(regions.name(one) for one in segment.districts)}")
    if segment.posko:
        posko = Posko.get_or_none(Posko.id == int(segment.posko))
        parts.append(f"didaftarkan di {posko.name}" if posko else "didaftarkan di posko")
    if segment.unopened:
        parts.append(
            "belum membuka " + ("hasil" if segment.unopened == Unopened.RESULT else "kabar terakhir")
        )
    return ", ".join(parts)


def live(row: Broadcast) -> dict[str, Any]:
    """How far it came: written, handed over, and the bar of who was reached."""
    done = broadcast_sending.figures(row.id)
    now, zone = auth.now(), office.current().zone
    percent = min(100, round(100 * row.told / row.people)) if row.people else 0
    state = Sent(row.state)
    return {
        "at": local_time.hour(now, zone),
        "state": state.value,
        "running": state is Sent.RUNNING or bool(done.queued),
        "percent": 100 if state is Sent.DONE else percent,
        "told": digits(row.told),
        "people": digits(row.people),
        "sent": [(CHANNELS.get(one, one), digits(count)) for one, count in sorted(done.sent.items())],
        "queued": digits(done.queued),
        "called_off": digits(done.called_off),
        "failed": digits(done.failed),
        "left": digits(max(0, row.people - row.told)),
        "kinds": [card(reach.of_broadcast(row.id, now)) | {"title": row.title, "left": ""}]
        if row.told
        else [],
    }


def here() -> Settings:
    """The settings of this installation."""
    settings: Settings = current_app.extensions["settings"]
    return settings


# refusals -----------------------------------------------------------------------------------------


def changed(broadcast_id: int) -> tuple[str, int]:
    """409: somebody changed the text while this person looked at it."""
    what = "Orang lain baru saja mengubah siaran ini. Baca dulu teks terbarunya."
    there = url_for(".broadcast", broadcast_id=broadcast_id)
    return refused(409, "Sudah berubah", what, there, "Lihat siaran ini")


def not_now(broadcast_id: int, problem: NotNow) -> tuple[str, int]:
    """409: it is in another state."""
    there = url_for(".broadcast", broadcast_id=broadcast_id)
    if broadcasts.find(broadcast_id) is None:
        there = url_for(".broadcast_list")
    return refused(409, "Tidak bisa lagi", problem.words, there, "Lihat keadaannya")
