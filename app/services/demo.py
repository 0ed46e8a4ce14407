"""The example office: filled by the same verbs that people use, dated in the past, so that every page has a story.

Never part of production: `flask demo` refuses there.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, time, timedelta

import pyotp

from app.db import writing
from app.models import Application, Office, Posko, Staff, Wave
from app.rules import local_time
from app.rules import pin as pins
from app.rules.reasons import Reason
from app.rules.states import State
from app.services import (
    applicants,
    demo_broadcasts,
    demo_cases,
    demo_draw,
    demo_life,
    demo_people,
    drafts,
    joining,
    ledger,
    office,
    result_entry,
    results,
    staff_accounts,
    wave_control,
)
from app.services.ledger import APPLICANT, SYSTEM, Actor
from app.services.result_entry import Outcome

AREA = "35.08"
OFFICE: dict[str, str | bool] = {
    "name": "Disnaker Kabupaten Lumajang",
    "area": AREA,
    "zone": "WIB",
    "address": "Jalan Contoh 1, Lumajang",
    "phone": "0334-000-014",
    "whatsapp": "+6281200000014",
    "hours": "Senin sampai Jumat, pukul 08.00-15.00",
    "privacy_contact": "Sekretaris Disnaker Kabupaten Lumajang, privasi@example.org",
    "programme": "Prakerja",
    "programme_site": "prakerja.go.id",
    "example": True,
}
POSKO = (
    *(("Posko Lumajang", "35.08.10"), ("Posko Sukodono", "35.08.15"), ("Posko Pasirian", "35.08.04")),
    *(("Posko Senduro", "35.08.12"), ("Posko Klakah", "35.08.19"), ("Posko Yosowilangun", "35.08.07")),
)
PEOPLE = (
    ("dewi.anggraini", "Dewi Anggraini", "officer", "Posko Sukodono"),
    ("budi.santoso", "Budi Santoso", "verifier", "Posko Lumajang"),
    ("ratna.wulandari", "Ratna Wulandari", "manager", ""),
    ("hadi.purnomo", "Hadi Purnomo", "manager", ""),
    ("tri.auditor", "Tri Lestari", "auditor", ""),
)
#: The wave that was drawn, in September 2023 (demo_draw says why): number, people, places, of them for who lost work.
DRAWN, DRAWN_PEOPLE, DRAWN_PLACES, DRAWN_PHK = 1, 40, 12, 3
#: The wave whose result came from the centre: number, days ago that it opened, days it was open, days ago that its
#: result was told, people, places.
IMPORTED, IMPORTED_AGO, IMPORTED_DAYS, IMPORTED_TOLD, IMPORTED_PEOPLE, IMPORTED_PLACES = 2, 40, 14, 9, 48, 18
#: The wave that is closed and waits for the centre: number, days ago that it opened, days it was open, people, places.
WAITING, WAITING_AGO, WAITING_DAYS, WAITING_PEOPLE, WAITING_PLACES = 3, 22, 12, 14, 10
OPEN, OPEN_DAYS_AGO, OPEN_DAYS, OPEN_PEOPLE, PLACES, PLACES_PHK = 4, 6, 18, 30, 164, 40


@dataclass(frozen=True)
class SignIn:
    """How to sign in as one of the example's people."""

    username: str
    name: str
    role: str
    password: str
    totp_secret: str


def is_empty() -> bool:
    """Whether there is no office yet."""
    return not Office.select().exists()


def fill(notice_text: str, now: datetime) -> list[SignIn]:
    """Fill an empty database; about 20 seconds. Returns the staff's sign-ins, which are kept nowhere else."""
    office.set_office(now, **OFFICE)
    home = office.current()
    with writing():
        for name, district in POSKO:
            Posko.create(office=home.id, name=name, district=district, address=f"Balai desa, {name[6:]}")
    began = demo_draw.OPENS - timedelta(days=10)
    sign_ins = [_employ(*person, began) for person in PEOPLE]
    _past_waves(notice_text, now)
    _waiting_wave(notice_text, now)
    demo_life.live_on(DRAWN, IMPORTED, now)
    demo_cases.end(Wave.get(Wave.number == DRAWN))
    opens = _morning(now, OPEN_DAYS_AGO)
    closes = opens + timedelta(days=OPEN_DAYS, hours=8)
    wave = _wave(OPEN, opens, closes, closes + timedelta(days=4), PLACES)
    manager = _actor("ratna.wulandari")
    wave = demo_draw.promise(wave, PLACES_PHK, closes + timedelta(days=3), manager, opens)
    _register_many(wave, OPEN_PEOPLE, notice_text, until=now)
    _busy_today(wave, now)
    demo_cases.open_cases(wave, Wave.get(Wave.number == IMPORTED), notice_text, now)
    demo_broadcasts.fill(IMPORTED, wave.number, home.zone, now)
    return sign_ins


def _past_waves(notice_text: str, now: datetime) -> None:
    """One that this office drew, and one whose result came from the centre."""
    ratna, budi, hadi = map(_actor, ("ratna.wulandari", "budi.santoso", "hadi.purnomo"))
    drawn = _wave(DRAWN, demo_draw.OPENS, demo_draw.CLOSES, demo_draw.TOLD, DRAWN_PLACES)
    drawn = demo_draw.promise(drawn, DRAWN_PHK, demo_draw.DRAW_AT, ratna, demo_draw.OPENS)
    _register_many(drawn, DRAWN_PEOPLE, notice_text)
    demo_draw.finish(drawn, ratna, budi, hadi)
    opens, told = _morning(now, IMPORTED_AGO), _morning(now, IMPORTED_TOLD)
    closes = opens + timedelta(days=IMPORTED_DAYS, hours=8)
    imported = _wave(IMPORTED, opens, closes, told, IMPORTED_PLACES)
    _register_many(imported, IMPORTED_PEOPLE, notice_text)
    _decide(imported, IMPORTED_PLACES, told)


def _waiting_wave(notice_text: str, now: datetime) -> None:
    """One that is closed: everybody in it waits for a result that the centre has not sent yet."""
    opens = _morning(now, WAITING_AGO)
    closes = opens + timedelta(days=WAITING_DAYS, hours=8)
    wave = _wave(WAITING, opens, closes, _morning(now, -3), WAITING_PLACES)
    _register_many(wave, WAITING_PEOPLE, notice_text)
    wave_control.close_due(closes + timedelta(minutes=1))


def _morning(now: datetime, days_ago: int) -> datetime:
    """08.00 on the office's clock, so many days ago: when offices open things."""
    day = local_time.local_day(now, "WIB") - timedelta(days=days_ago)
    return local_time.at_local(day, time(8), "WIB")


def _employ(username: str, name: str, role: str, posko: str, now: datetime) -> SignIn:
    password = secrets.token_urlsafe(12)
    code = staff_accounts.invitation(staff_accounts.invite(username, name, role, posko, now), now)
    staff_accounts.choose_password(code, password, now)
    secret = str(Staff.get(Staff.username == username).totp_secret)
    staff_accounts.finish(code, pyotp.TOTP(secret).at(now), now)
    return SignIn(username, name, role, password, secret)


def _actor(username: str) -> Actor:
    return Actor("staff", Staff.get(Staff.username == username))


def _wave(number: int, opens: datetime, closes: datetime, announce: datetime, quota: int) -> Wave:
    return Wave.create(
        number=number, opens_at=opens, closes_at=closes, announce_at=announce, quota=quota, created_at=opens
    )


def _register_many(wave: Wave, people: int, notice_text: str, until: datetime | None = None) -> None:
    span = int(((until or wave.closes_at) - wave.opens_at).total_seconds())
    moments = sorted(secrets.randbelow(span) for _ in range(people))
    for n, seconds in enumerate(moments):
        at = (wave.opens_at + timedelta(seconds=seconds)).replace(microsecond=0)
        given = demo_people.answers(AREA, at.date())
        if n % 12 == 5:
            given = demo_people.with_odd_nik(given)
        demo_cases.register(given, notice_text, at)


def _decide(wave: Wave, places: int, told: datetime) -> None:
    """The central result: places, a few reserves, the rest not selected; set by one person, published by another."""
    closed = wave.closes_at + timedelta(minutes=1)
    wave_control.close_due(closed)
    setter, publisher = _actor("ratna.wulandari"), _actor("hadi.purnomo")
    entrants = list(
        Application.select().where((Application.wave == wave.id) & (Application.state == "in_selection"))
    )
    for n, application in enumerate(entrants):
        outcome = Outcome(State.NOT_SELECTED, Reason.QUOTA_FULL)
        if n < places:
            outcome = Outcome(State.SELECTED, Reason.CENTRAL_RESULT)
        elif n < places + 5:
            outcome = Outcome(State.RESERVE, Reason.QUOTA_FULL, n - places + 1)
        result_entry.set_one(application.id, outcome, "", setter, closed + timedelta(hours=2))
    results.schedule_publication(Wave.get_by_id(wave.id), told, publisher, closed + timedelta(hours=3))
    results.publish_due(told)


def _busy_today(wave: Wave, now: datetime) -> None:
    """The open wave: data to mend, a withdrawal, people who came along from the wave before, an unfinished draft."""
    officer = _actor("dewi.anggraini")
    here = Application.select().where(Application.wave == wave.id)
    mine = list(here.order_by(Application.submitted_at).limit(6))  # so that it comes after they register
    for application, reason in zip(
        mine[:3], (Reason.OLD_KK, Reason.NAME_DIFFERS, Reason.DATA_INCOMPLETE), strict=True
    ):
        ledger.move(application, State.NEEDS_FIX, reason, officer, now - timedelta(hours=20))
    ledger.move(mine[3], State.WITHDRAWN, Reason.OWN_WISH, APPLICANT, now - timedelta(hours=9))
    before = Wave.get(Wave.number == IMPORTED)
    hopeful = (
        Application.select()
        .where((Application.wave == before.id) & (Application.state == "not_selected"))
        .limit(6)
    )
    for application in hopeful:
        offered = joining.offer(application.applicant, application, now)
        if offered is not None:
            joining.join(application.applicant_id, offered.mark, now - timedelta(hours=5))
    unfinished = demo_people.answers(AREA, now.date())
    draft, _ = drafts.start({}, now)
    applicants.make_person(draft, unfinished, pins.new_pin(), "HP Android, Chrome", now)
    kept = {slug: unfinished[slug] for slug in ("syarat", "persetujuan", "identitas", "pin", "kecamatan")}
    drafts.save(draft, kept, now)
    ledger.remark(mine[4], Reason.EDITED, SYSTEM, now)
