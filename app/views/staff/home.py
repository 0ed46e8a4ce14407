"""The first page: search, what needs doing, the wave that is open."""

from __future__ import annotations

from flask import render_template, url_for
from werkzeug.wrappers import Response

from app import auth
from app.forms.staff_search import SearchForm
from app.models import Wave
from app.rules import local_time
from app.rules.groups import Standing
from app.services import (
    applicant_search,
    broadcasts,
    deadline_moves,
    draw_reminders,
    group_claims,
    objection_answers,
    office,
    office_mail,
    pairs,
    reversals,
    waves,
)
from app.services.draw_reminders import Reminder
from app.views.staff.area import CASEWORK, EVERYBODY, RESULTS, WATCHERS, WAVES, pages, staff
from app.views.staff.search import TASKS, own_district

Answer = str | Response

ICONS = ("alert", "card", "family")
NOTHING = "Tidak ada yang menunggu"


@pages.get("")
@auth.roles(*EVERYBODY)
def home() -> Answer:
    """Search first; nobody's name stands here by itself."""
    counts = applicant_search.counts(own_district())
    wave = waves.open_wave(auth.now())
    return render_template(
        "staff/home.html",
        at="beranda",
        form=SearchForm(),
        errors=[],
        tasks=[
            (task.value, icon, TASKS[task], counts[task]) for task, icon in zip(TASKS, ICONS, strict=True)
        ],
        more_tasks=[*_more_tasks(), *_after_results()],
        tools=_tools(),
        district_only=own_district() is not None,
        wave=_wave_card(wave) if wave else None,
        next_wave=waves.next_wave(auth.now()),
        steps=_draw_steps(),
        unsent=office_mail.failed() if staff().role in WAVES else 0,
    )


def _draw_steps() -> list[Reminder]:
    """The steps of a draw that are due, for who may take them."""
    role = staff().role
    return [
        one
        for one in draw_reminders.due(auth.now())
        if role in WAVES or (role in RESULTS and one.slug in draw_reminders.SECOND_PERSON)
    ]


def _after_results() -> list[tuple[str, str, str, str]]:
    """Objections for all, proposals to take a place for who may read them; only while there are any."""
    open_ones = objection_answers.waiting(own_district(), staff())
    late = sum(row.due_at < auth.now() for row in open_ones)
    said = f"{len(open_ones)} belum dijawab" + (f", {late} lewat waktu" if late else "")
    found = [(url_for(".objections"), "chat", "Keberatan", said)] if open_ones else []
    overdue = len(deadline_moves.late(auth.now(), office.current().zone, own_district()))
    if overdue:
        found.append((url_for(".late"), "cal", "Lewat batas", f"{overdue} orang"))
    proposals = reversals.waiting() if staff().role != "officer" else []
    if proposals:
        found.append(
            (
                url_for(".reversals_waiting"),
                "alert",
                "Cabut tempat",
                f"{len(proposals)} menunggu petugas kedua",
            )
        )
    return found


def _tools() -> list[tuple[str, str, str, str]]:
    """What is there whether or not somebody waits: telling many, opening a network, watching who opened full numbers."""
    role, found = staff().role, []
    if role != "officer":
        second = broadcasts.waiting()
        said = f"{second} menunggu orang kedua" if second else "Satu kabar untuk banyak orang"
        found.append((url_for(".broadcast_list"), "send", "Siaran", said))
    if role in CASEWORK:
        found.append(
            (url_for(".ask_network"), "family", "Banyak orang mendaftar di sini", "Buka jaringan, 12 jam")
        )
    if role in WATCHERS:
        found.append(
            (url_for(".openings_of_day"), "eye", "Pembukaan NIK lengkap", "Siapa, berapa kali, kapan")
        )
        found.append((url_for(".posko_list"), "pin", "Posko", "Alamat, telepon, jam buka"))
        found.append((url_for(".accounts"), "person", "Akun petugas", "Undangan, peran, kode baru"))
    return found


def _more_tasks() -> list[tuple[str, str, str, str]]:
    """(address, icon, words, count in words) of work that has pages of its own."""
    couples = pairs.waiting(own_district())
    papers = group_claims.waiting(Standing.SEEN, own_district())
    return [
        (
            url_for(".suspected_pairs"),
            "family",
            "Mungkin satu orang",
            f"{couples} pasangan" if couples else NOTHING,
        ),
        (
            url_for(".group_claims_waiting"),
            "person",
            "Bukti kelompok",
            f"{papers} menunggu petugas kedua" if papers else NOTHING,
        ),
    ]


def _wave_card(wave: Wave) -> dict[str, object]:
    zone = office.current().zone
    now = auth.now()
    days = local_time.days_left(now, wave.closes_at, zone)
    whole = (wave.closes_at - wave.opens_at).total_seconds()
    return {
        "number": wave.number,
        "left": f"{days} hari lagi" if days > 0 else "Hari ini",
        "closes": local_time.day_clock(wave.closes_at, zone),
        "percent": round(100 * (now - wave.opens_at).total_seconds() / whole),
        "joined": local_time.number(waves.joined(wave, now)),
        "quota": local_time.number(wave.quota),
    }
