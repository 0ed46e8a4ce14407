"""Waves: listed, planned, opened, paused, closed, ended. Each act has a page that says what it does, and what was seen."""

from __future__ import annotations

# Long because: every act of a manager on a wave, with its words, its page and its refusals.
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app import auth
from app.models import Wave
from app.rules import local_time
from app.rules.promise import BEFORE_CLOSING
from app.rules.waves import WORDS, WavePhase
from app.services import (
    archiving,
    late_entries,
    office,
    result_entry,
    result_files,
    staff_accounts,
    wave_control,
)
from app.services import waves as known
from app.services.archiving import Blocked, Obstacle
from app.services.ledger import Actor
from app.services.wave_control import Changed, NotNow
from app.views.staff.area import EVERYBODY, RESULTS, WAVES, actor, pages, refused, staff

Answer = str | Response | tuple[str, int]

TAGS = {
    WavePhase.OPEN: ("ok", "check"),
    WavePhase.PAUSED: ("warn", "alert"),
    WavePhase.SCHEDULED: ("", "clock"),
    WavePhase.CLOSED: ("sea-bg", "lock"),
    WavePhase.ANNOUNCED: ("ok", "bell"),
}

HIGHEST = 9_999
"""No wave has a higher number; a larger one in an address would not fit its column."""


@dataclass(frozen=True)
class Act:
    """One thing that a manager does to a wave."""

    verb: Callable[[int, str, Actor, datetime], None]
    phases: tuple[WavePhase, ...]
    button: str
    title: str
    what: str
    done: str
    kind: str
    icon: str


ACTS: dict[str, Act] = {
    "buka": Act(
        wave_control.open_now,
        (WavePhase.SCHEDULED,),
        *("Buka sekarang", "Buka gelombang sekarang?"),
        "Pendaftaran langsung dibuka. Waktu tutup tidak berubah.",
        *("Gelombang dibuka.", "", "check"),
    ),
    "jeda": Act(
        wave_control.pause,
        (WavePhase.OPEN,),
        *("Hentikan sementara", "Hentikan sementara?"),
        "Pendaftaran baru menunggu gelombang berikutnya sampai Anda melanjutkan. Yang sudah mendaftar tidak berubah.",
        *("Pendaftaran dihentikan sementara.", "line", "clock"),
    ),
    "lanjut": Act(
        wave_control.resume,
        (WavePhase.PAUSED,),
        *("Lanjutkan", "Lanjutkan pendaftaran?"),
        "Pendaftaran dibuka lagi sampai waktu tutup.",
        *("Pendaftaran dilanjutkan.", "", "check"),
    ),
    "tutup": Act(
        wave_control.close_now,
        (WavePhase.OPEN, WavePhase.PAUSED),
        *("Tutup sekarang", "Tutup gelombang sekarang?"),
        "Sesudah ditutup, tidak ada yang bisa mendaftar atau mengubah jawaban. Gelombang tidak bisa dibuka lagi.",
        *("Gelombang ditutup. Peserta masuk seleksi dalam satu menit.", "stop", "lock"),
    ),
    "akhiri": Act(
        archiving.archive,
        (WavePhase.ANNOUNCED,),
        *("Akhiri gelombang", "Akhiri gelombang ini?"),
        "Tidak ada lagi tempat kosong yang ditawarkan. Yang masih cadangan dikabari bahwa gelombang berakhir, dan bisa "
        "ikut gelombang berikutnya. Halaman dan berkas gelombang tetap terbuka untuk umum. Tidak bisa dibatalkan.",
        *("Gelombang diakhiri. Yang masih cadangan dikabari dalam satu menit.", "line", "lock"),
    ),
}

MENDED: dict[str, tuple[str, str]] = {
    "umumkan": ("staff.wave", "Lihat hasil gelombang ini"),
    "keberatan": ("staff.objections", "Jawab keberatan"),
    "cabut": ("staff.reversals_waiting", "Lihat usulan cabut tempat"),
    "susulan": ("staff.late_entries", "Hitung yang tertinggal"),
}
"""Where what keeps a wave from ending can be mended: endpoint and words of the link."""


@pages.get("/gelombang")
@auth.roles(*EVERYBODY)
def waves() -> Answer:
    """All waves, the newest first."""
    rows = [shown(wave) for wave in Wave.select().order_by(Wave.number.desc())]
    return render_template("staff/waves.html", at="gelombang", rows=rows, may_plan=staff().role in WAVES)


@pages.get("/gelombang/<int:number>")
@auth.roles(*EVERYBODY)
def wave(number: int) -> Answer:
    """One wave: times, numbers, results, and what can be done now."""
    row = found(number)
    phase = known.phase_of(row, auth.now())
    return render_template(
        "staff/wave.html",
        at="gelombang",
        wave=shown(row),
        summary=result_entry.summary(row),
        acts=_acts(row, phase),
        may_edit=phase in (WavePhase.SCHEDULED, WavePhase.DRAFT) and staff().role in WAVES,
        may_enter=staff().role in RESULTS,
        may_publish=staff().role in WAVES,
        own_results=staff() in result_entry.authors(row),
        results_open=row.closes_at <= auth.now(),
        drawn=wave_control.is_promised(row),
        promise_by=_promise_by(row),
        publish=_publication(row),
        told=row.published_at is not None,
        left_behind=late_entries.without_result(row),
        files=result_files.of_wave(row),
        file_at=lambda moment: local_time.short(moment, office.current().zone),
        number=local_time.number,
    )


def _acts(row: Wave, phase: WavePhase) -> list[tuple[str, Act]]:
    """What this person may do to the wave now; whoever promised a closing time does not close early."""
    promised = wave_control.is_promised(row)
    fitting = [(slug, act) for slug, act in ACTS.items() if phase in act.phases]
    return [one for one in fitting if staff().role in WAVES and not (promised and one[0] == "tutup")]


def found(number: int) -> Wave:
    """The wave of this address, or 404."""
    row = known.find(number) if number <= HIGHEST else None
    if row is None:
        abort(404)
    return row


def shown(row: Wave) -> dict[str, Any]:
    """A wave in words, for lists and pages."""
    zone = office.current().zone
    phase = known.phase_of(row, auth.now())
    tag, icon = TAGS.get(phase, ("", "info"))
    announced = row.publish_at or row.announce_at
    return {
        "number": row.number,
        "opens_short": local_time.brief(row.opens_at, zone),
        "closes_short": local_time.brief(row.closes_at, zone),
        "opens": local_time.day_clock(row.opens_at, zone),
        "closes": local_time.day_clock(row.closes_at, zone),
        "announce": local_time.day_clock(announced, zone) if announced else "Belum ditentukan",
        "quota": local_time.number(row.quota),
        "days": row.buy_within_days,
        "phase": WORDS[phase],
        "tag": tag,
        "icon": icon,
    }


def _promise_by(row: Wave) -> str:
    """Until when a draw of this wave can be promised, in words; empty when that is over."""
    last = row.closes_at - BEFORE_CLOSING
    return local_time.day_clock(last, office.current().zone) if auth.now() <= last else ""


def _publication(row: Wave) -> dict[str, Any] | None:
    """A planned or running publication, for the page of its wave."""
    if row.publish_at is None or (row.published_at is not None and not result_entry.pending(row).exists()):
        return None
    zone = office.current().zone
    return {
        "at": local_time.day_clock(row.publish_at, zone),
        "running": row.publish_at <= auth.now(),
        "by": staff_accounts.name_of(row.publish_by),
    }


# acts ---------------------------------------------------------------------------------------------


@pages.get("/gelombang/<int:number>/<any(buka, jeda, lanjut, tutup, akhiri):slug>")
@auth.roles(*WAVES)
def ask_act(number: int, slug: str) -> Answer:
    """What will happen."""
    row, act = found(number), ACTS[slug]
    if known.phase_of(row, auth.now()) not in act.phases:
        return redirect(url_for(".wave", number=number), 303)
    ending = slug == "akhiri"
    return render_template(
        "staff/wave_act.html",
        at="gelombang",
        wave=shown(row),
        act=act,
        seen=wave_control.mark(row),
        blocks=_blocks(number, archiving.obstacles(row, auth.now())) if ending else [],
        waiting=local_time.number(archiving.waiting(row)) if ending else "",
    )


def _blocks(number: int, obstacles: list[Obstacle]) -> list[tuple[str, str, str]]:
    """(words, address, link) of everything that stands in the way; no address where only time helps."""
    found = []
    for one in obstacles:
        endpoint, link = MENDED.get(one.see, ("", ""))
        about_wave: dict[str, Any] = {"number": number} if one.see in ("umumkan", "susulan") else {}
        found.append((one.words, url_for(endpoint, **about_wave) if endpoint else "", link))
    return found


@pages.post("/gelombang/<int:number>/<any(buka, jeda, lanjut, tutup, akhiri):slug>")
@auth.roles(*WAVES)
def act(number: int, slug: str) -> Answer:
    """Do it, once."""
    try:
        ACTS[slug].verb(found(number).number, request.form.get("seen", ""), actor(), auth.now())
    except Changed:
        return faster(number)
    except Blocked as problem:
        return _blocked(number, problem)
    except NotNow as problem:
        return not_now(number, problem)
    flash(ACTS[slug].done)
    return redirect(url_for(".wave", number=number), 303)


def _blocked(number: int, problem: Blocked) -> tuple[str, int]:
    """409: all that is still open, each with its page."""
    blocks = _blocks(number, problem.obstacles)
    page = render_template("staff/blocked.html", at="gelombang", number=number, blocks=blocks)
    return page, 409


def faster(number: int) -> tuple[str, int]:
    """409: somebody changed the wave while this person looked at it."""
    what = "Orang lain baru saja mengubah gelombang ini. Lihat dulu keadaan terbarunya."
    return refused(409, "Sudah berubah", what, url_for(".wave", number=number), f"Lihat Gelombang {number}")


def not_now(number: int, problem: NotNow) -> tuple[str, int]:
    """409: the wave is in another phase."""
    there = url_for(".wave", number=number)
    return refused(409, "Belum bisa sekarang", problem.words, there, f"Lihat Gelombang {number}")
