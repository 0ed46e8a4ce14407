"""One applicant: what is known, what happened, and what the office can do now."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from flask import abort, render_template, url_for
from werkzeug.wrappers import Response

from app import auth
from app.models import Applicant, Application, LedgerEntry
from app.rules import codes, groups, local_time, phone, terms
from app.rules.email_address import masked as masked_email
from app.rules.groups import Standing
from app.rules.nik import OFFICE_WORDS
from app.rules.reasons import WORDS as REASON_WORDS
from app.rules.reasons import Reason
from app.rules.states import WORDS as STATE_WORDS
from app.rules.states import State
from app.services import (
    applicant_search,
    casework,
    consents,
    deadline_moves,
    group_claims,
    late_entries,
    list_lock,
    looking,
    objections,
    office,
    result_entry,
    reversals,
    wave_control,
)
from app.views.staff import beside
from app.views.staff.area import CASEWORK, EVERYBODY, RESULTS, WAVES, about, pages, refused, staff
from app.views.staff.search import way_back

Answer = str | Response | tuple[str, int]


@pages.get("/pendaftar/<int:application_id>")
@auth.roles(*EVERYBODY)
def applicant(application_id: int) -> Answer:
    """No number by which the NIK could be put together; the ledger as its owner reads it."""
    application = case(application_id)
    ledger = casework.lines(application)
    return render_template(
        "staff/applicant.html",
        **about(application),
        person=application.applicant,
        state=STATE_WORDS[State(application.state)],
        rows=_rows(application),
        lines=[_line(line) for line in ledger],
        seen=len(ledger),
        fault=_fault(application, ledger),
        flags=_flags(application.applicant),
        others=casework.others_of_person(application),
        claims=[
            (one.id, codes.shown(one.ticket), _day(one.submitted_at))
            for one in casework.other_claims(application.applicant)
        ],
        group_claims=[
            (claim.id, groups.NAMES[claim.group], groups.LABELS[Standing(claim.state)])
            for claim in group_claims.of_application(application.id)
            if claim.group in groups.NAMES
        ],
        result=_result(application),
        call=_call(application),
        deadlines=beside.deadlines(application),
        told=beside.told(application),
        way_back=way_back(),
        may=_may(application),
        proposal=reversals.open_for(application.id),
        late=late_entries.open_for(application.id),
        objections=_objections(application),
        state_words=STATE_WORDS,
    )


def case(application_id: int) -> Application:
    """The application of this address, or 404; a line is left of somebody of another district."""
    found = casework.find(application_id)
    if found is None:
        abort(404)
    looked_at(found.applicant)
    return found


def looked_at(*people: Applicant) -> None:
    """A page shows these people: an officer of a posko leaves a line for those of other districts (or gets a 429)."""
    for person in people:
        looking.note_opened(person, staff(), auth.now())


@pages.errorhandler(looking.TooMany)
def _too_many(_: looking.TooMany) -> tuple[str, int]:
    return refused(
        429,
        "Terlalu banyak orang dari kecamatan lain",
        f"Anda sudah membuka {looking.ELSEWHERE_AN_HOUR} orang dari kecamatan lain dalam satu jam. Tunggu sebentar, "
        "atau minta petugas di kecamatan itu.",
        url_for(".home"),
        "Beranda",
    )


def _day(moment: datetime) -> str:
    return local_time.short(moment, office.current().zone)


def _rows(application: Application) -> list[tuple[str, str]]:
    person = application.applicant
    sex = {"p": "Perempuan", "l": "Laki-laki"}.get(person.sex, "-")
    rows = [
        ("Tahun lahir", str(person.birth_year)),
        ("Kelamin", sex),
        ("Tinggal di", applicant_search.place(person.village)),
        ("Email", masked_email(person.email) if person.email else "Belum punya"),
        ("Pekerjaan", terms.label(terms.WORK, application.work)),
        ("Cara daftar", _channel(application)),
        ("Dikirim", local_time.day_clock(application.submitted_at, office.current().zone)),
    ]
    if application.version > 1:
        rows.append(("Diubah", f"{application.version - 1} kali"))
    return rows


def _channel(application: Application) -> str:
    if application.channel == "self":
        return "Daftar sendiri"
    return f"Dibantu petugas, {application.posko.name}" if application.posko else "Dibantu petugas"


def _line(line: LedgerEntry) -> dict[str, Any]:
    zone = office.current().zone
    words = REASON_WORDS[Reason(line.reason)]
    by = {"applicant": "Pendaftar", "system": "Sistem"}.get(line.actor) or (
        line.staff.name if line.staff else "Petugas"
    )
    changed = line.from_state != line.to_state
    text = "" if not changed else f"Alasan: {words.label}." if line.from_state else f"{words.label}."
    return {
        "iso": line.at.isoformat(),
        "when": local_time.short(line.at, zone),
        "title": STATE_WORDS[State(line.to_state)].label if changed else words.label,
        "text": f"{text} Catatan: {line.note}".strip() if line.note else text,
        "by": f"{by}. Dikabari di halaman pendaftar." if line.told else by,
    }


def _fault(application: Application, ledger: list[LedgerEntry]) -> dict[str, str] | None:
    """Why it needs a fix, for the banner."""
    if application.state != State.NEEDS_FIX:
        return None
    line = next(line for line in ledger if line.to_state == State.NEEDS_FIX)
    words = REASON_WORDS[Reason(line.reason)]
    by = f"Ditandai {line.staff.name}, {_day(line.at)}." if line.staff else ""
    return {"title": words.sentence, "text": " ".join([by, line.note or ""]).strip()}


def _flags(person: Applicant) -> list[str]:
    known = {warning.value: words for warning, words in OFFICE_WORDS.items()}
    return [known[flag] for flag in person.nik_flags.split(",") if flag in known]


def _result(application: Application) -> dict[str, Any] | None:
    row = result_entry.of(application.id)
    if row is None:
        return None
    return {
        "label": STATE_WORDS[State(row.outcome)].label,
        "reason": REASON_WORDS[Reason(row.reason)].label,
        "position": row.position,
        "by": row.staff.name,
        "at": _day(row.set_at),
        "told": row.published_at is not None,
        "dated": local_time.date_words(date.fromisoformat(row.dated)) if row.dated else "",
    }


def _call(application: Application) -> dict[str, Any] | None:
    person = application.applicant
    if not person.phone:
        return None
    calls = staff().role in CASEWORK  # the links hold the whole number
    writes = person.whatsapp and consents.current(person.id)["wa"]
    greeting = f"Halo, kami dari {office.current().name}. Ini tentang nomor pendaftaran {codes.shown(application.ticket)}."
    return {
        "shown": phone.masked(person.phone),
        "tel": f"tel:{person.phone}" if calls else "",
        "wa": phone.wa_link(person.phone, greeting) if calls and writes else "",
        "no_wa": person.whatsapp and not writes,
    }


def _objections(application: Application) -> list[tuple[int, str, bool]]:
    """(id, due, too late) of the one without an answer."""
    one = objections.open_one(application.id)
    return [(one.id, _day(one.due_at), one.due_at < auth.now())] if one else []


def _is_drawn(application: Application) -> bool:
    """Whether its wave promised a draw: then no result is filled in by hand."""
    return application.wave is not None and wave_control.is_promised(application.wave)


def _may(application: Application) -> dict[str, bool]:
    """Which buttons this person gets for this application."""
    role, state = staff().role, State(application.state)
    works = role in CASEWORK
    return {
        "open": works,
        "fix": works
        and state in (State.SUBMITTED, State.IN_SELECTION)
        and not list_lock.is_locked(application),
        "complete": works and state is State.NEEDS_FIX,
        "match": works and bool(application.applicant.nik_flags),
        "pin": works and application.applicant.claim in ("holder", "disputed"),
        "settle": works and application.applicant.claim in ("holder", "disputed"),
        "result": role in RESULTS and state is State.IN_SELECTION and not _is_drawn(application),
        "move": works and bool(deadline_moves.open_tasks(application, auth.now(), office.current().zone)),
        "reverse": role in WAVES and reversals.may_propose(application),
        "late": role in RESULTS and not late_entries.refusal(application, auth.now()),
        "see_reversal": role in (*RESULTS, "auditor"),
    }
