"""The call list of a posko: who could not be reached otherwise or asked to be called, worked through one by one."""

from __future__ import annotations

from itertools import groupby
from typing import Any

from flask import abort, current_app, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app import auth
from app.config import Settings
from app.forms.staff_calls import CallForm
from app.models import CallTask
from app.rules import call_words, codes, local_time, phone
from app.services import applicant_search, call_list, calls, consents, joining, office, regions
from app.services.call_list import Line, Sieve
from app.services.calls import Said
from app.views.staff.area import CASEWORK, EVERYBODY, actor, pages, refused, staff
from app.views.staff.search import own_district

Answer = str | Response | tuple[str, int]

DONE = {
    "reached": "Dicatat: sudah bicara.",
    "wrong_number": "Dicatat: nomor salah. Orangnya pindah ke daftar Tidak tersambung.",
    "open": "Dicatat. Orang ini muncul lagi pada waktunya.",
    "gave_up": f"Dicatat. Sudah {calls.TRIES} kali tidak terjawab, jadi tidak ditelepon lagi, dan ada di Tidak tersambung.",
}
ENDED = {"wrong_number": "Nomor salah", "gave_up": f"{calls.TRIES} kali tidak terjawab"}
NOBODY = "Tidak ada lagi yang menunggu telepon di sini."
#: Values of the filter in the address: `siapa` (saya, gagal), `posko` (a district, or tanpa), `alasan`.
MINE, LOST, NO_POSKO = "saya", "gagal", "tanpa"


@pages.get("/telepon", endpoint="call_list")
@auth.roles(*EVERYBODY)
def listed() -> Answer:
    """Everybody who is still to be called, those who are due first."""
    now, zone = auth.now(), office.current().zone
    page = min(max(request.args.get("halaman", 1, type=int), 1), 10_000)
    sieve, asked, me = _sieve(), _asked(), staff().id
    lost = asked.get("siapa") == LOST
    lines = (call_list.lost if lost else call_list.listing)(sieve, now, page)
    counted = call_list.counts(sieve, me, now)
    total = counted.lost if lost else counted.due + counted.later
    return render_template(
        "staff/calls.html",
        at="beranda",
        groups=_groups(lines, lost),
        shown={line.id: local_time.said(line.since, now, zone) for line in lines},
        again={line.id: local_time.day_clock(line.next_at, zone) for line in lines},
        people=call_list.applications(lines),
        words=call_words.REASONS,
        ended=ENDED,
        counts=counted,
        asked=asked,
        lost=lost,
        chosen=_chosen,
        poskos=_poskos(sieve),
        page=page,
        last=max(1, -(-total // call_list.PAGE)),
        may_call=staff().role in CASEWORK,
        district_only=own_district() is not None,
    )


def _asked() -> dict[str, Any]:
    """What the address filters by, without what there is not."""
    known = {name: request.args.get(name, "") for name in ("siapa", "posko", "alasan")}
    if known["siapa"] not in (MINE, LOST):
        known["siapa"] = ""
    if known["alasan"] not in call_words.REASONS:
        known["alasan"] = ""
    if own_district() is not None or (
        known["posko"] != NO_POSKO and known["posko"] not in call_list.poskos()
    ):
        known["posko"] = ""
    return {name: value for name, value in known.items() if value}


def _chosen(**changes: str) -> dict[str, Any]:
    """The filters of the address with some of them changed, for a link."""
    return {name: value for name, value in (_asked() | changes).items() if value}


def _sieve() -> Sieve:
    asked, mine = _asked(), own_district()
    districts: tuple[str, ...] | None = (mine,) if mine is not None else None
    outside = asked.get("posko") == NO_POSKO
    if "posko" in asked:
        districts = tuple(call_list.poskos()) if outside else (asked["posko"],)
    me = staff().id if asked.get("siapa") == MINE else None
    return Sieve(districts, outside, asked.get("alasan", ""), me)


def _groups(lines: list[Line], lost: bool) -> list[tuple[str, list[Line]]]:
    """The lines below headings: now by posko, then later; one heading less where all is of one district."""
    known = call_list.poskos()

    def heading(line: Line) -> str:
        if lost:
            return ""
        when = "" if line.is_due else "Nanti"
        where = "" if own_district() is not None else _posko(line.district, known)
        return ", ".join(part for part in (when, where) if part)

    return [(words, list(group)) for words, group in groupby(lines, heading)]


def _posko(district: str, known: dict[str, list[str]]) -> str:
    if district in known:
        return " dan ".join(known[district])
    try:
        return f"Kec. {regions.name(district)}, belum ada posko"
    except (regions.UnknownRegion, ValueError):
        return "Tanpa kecamatan"


def _poskos(sieve: Sieve) -> list[tuple[str, str]]:
    """What the filter by posko offers, with how many wait there; nothing for an officer of one posko."""
    if own_district() is not None:
        return []
    known = call_list.poskos()
    waiting = call_list.by_district(sieve, auth.now())
    offered = [
        (code, f"{' dan '.join(known[code])} ({local_time.number(waiting[code])})")
        for code in sorted(known, key=lambda code: known[code])
        if waiting.get(code)
    ]
    without = sum(count for code, count in waiting.items() if code not in known)
    return [*offered, *([(NO_POSKO, f"Tanpa posko ({local_time.number(without)})")] if without else [])]


# one person after another -------------------------------------------------------------------------


@pages.post("/telepon/berikutnya")
@auth.roles(*CASEWORK)
def next_call() -> Answer:
    """Take the next person of the filter; `lewati` lets one go that was taken before."""
    skip = request.form.get("lewati", "")
    return _to_next(int(skip) if skip.isascii() and skip.isdigit() and len(skip) < 20 else 0)


def _to_next(skip: int = 0) -> Response:
    found = call_list.take_next(_sieve(), staff().id, auth.now(), skip if skip < 2**63 else 0)
    if found is None:
        flash(NOBODY)
        return redirect(url_for(".call_list", **_asked()), 303)
    return redirect(url_for(".call", task_id=found, **_asked()), 303)


@pages.post("/telepon/<int:task_id>/ambil")
@auth.roles(*CASEWORK)
def take_call(task_id: int) -> Answer:
    """Take this person."""
    task = _task(task_id)
    if not call_list.take(task.id, staff().id, auth.now()):
        who = call_list.holder(task, staff().id, auth.now()) or "Petugas lain"
        what = f"{who} sedang menelepon orang ini. Pilih orang lain."
        back = url_for(".call_list", **_asked())
        return refused(409, "Sedang ditelepon", what, back, "Lihat daftar telepon")
    return redirect(url_for(".call", task_id=task.id, **_asked()), 303)


@pages.get("/telepon/<int:task_id>")
@auth.roles(*CASEWORK)
def call(task_id: int) -> Answer:
    """One person: the number, the words, and what came of it."""
    return _page(_task(task_id), CallForm(auth.now(), office.current().zone))


@pages.post("/telepon/<int:task_id>")
@auth.roles(*CASEWORK)
def note_call(task_id: int) -> Answer:
    """Write down what came of the call; then the list, or the next person."""
    task, now = _task(task_id), auth.now()
    form = CallForm(now, office.current().zone, request.form)
    if not form.validate():
        return _page(task, form), 422
    seen = request.form.get("seen", "")
    tries = int(seen) if seen.isascii() and seen.isdigit() and len(seen) < 4 else -1
    try:
        state = calls.note(task.id, tries, Said(form.hasil.data), form.again_at(), actor(), now)
    except calls.Changed:
        what, back = "Orang lain baru saja mencatat telepon ini.", url_for(".call_list", **_asked())
        return refused(409, "Sudah berubah", f"{what} Lihat dulu daftarnya.", back, "Lihat daftar telepon")
    flash(DONE[state])
    if request.form.get("lalu") == "berikutnya":
        return _to_next()
    return redirect(url_for(".call_list", **_asked()), 303)


def _task(task_id: int) -> CallTask:
    """The open entry, of the own district, or 404."""
    found = calls.find(task_id, own_district(), auth.now()) if task_id < 2**63 else None
    if found is None:
        abort(404)
    return found


def _page(task: CallTask, form: CallForm) -> str:
    person, now = task.applicant, auth.now()
    writes = bool(person.phone) and person.whatsapp and consents.current(person.id)["wa"]
    said = _said(task)
    application = joining.newest(person.id)
    return render_template(
        "staff/call.html",
        at="beranda",
        task=task,
        person=person,
        place=applicant_search.place(person.village),
        number=phone.shown(person.phone) if person.phone else "",
        wa=phone.wa_link(person.phone, said["written"]) if writes else "",
        since=_small(local_time.said(task.created_at, now, office.current().zone)),
        application_id=application.id if application is not None else None,
        holder=call_list.holder(task, staff().id, now),
        waiting=local_time.number(call_list.counts(_sieve(), staff().id, now).due),
        asked=_asked(),
        form=form,
        errors=form.error_list(),
        **said,
    )


def _small(words: str) -> str:
    """In the middle of a sentence: `hari ini, 07.42`; a date begins with its number anyway."""
    return words[:1].lower() + words[1:]


def _said(task: CallTask) -> dict[str, Any]:
    """The reason and the words for it: to say, and to send."""
    settings: Settings = current_app.extensions["settings"]
    notice, facts = task.notice, office.current()
    reason = call_words.reason(task.why, notice.kind if notice is not None else None)
    code = codes.shown(notice.code) if notice is not None else ""
    return {
        "why": call_words.REASONS[reason].label,
        "by_wish": reason == call_words.ASKED,
        "spoken": call_words.spoken(reason, facts.name, settings.public_host),
        "written": call_words.written(reason, facts.name, settings.public_url, code),
    }


@pages.app_template_global("calls_due")  # the first page counts them
def due() -> str:
    """How many are to be called now, in words."""
    count = calls.count_due(own_district(), auth.now())
    return f"{local_time.number(count)} orang" if count else ""
