"""What lies open at the example office: pairs, papers, an objection, an offer, and people as whom a stranger may sign in.

Made by the verbs that people use, so that every page has something to try. Never part of production.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from app.models import Applicant, Application, GroupClaim, Objection, Offer, Staff, Wave
from app.rules import codes
from app.rules import pin as pins
from app.rules.deadlines import Deadline
from app.rules.states import State
from app.services import (
    applicants,
    archiving,
    deadlines,
    demo_people,
    drafts,
    group_claims,
    group_evidence,
    kunci,
    objections,
    offers,
    pair_decisions,
    pairs,
    registration,
    wave_control,
    withdrawal,
)
from app.services.demo_people import Answers
from app.services.ledger import APPLICANT, Actor

AREA = "35.08"
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
CLAIMS = 6
"""So many people who lost their job register, for papers in every state."""


def register(given: Answers, notice_text: str, at: datetime) -> Application:
    """One registration from the first page to the receipt."""
    draft, _ = drafts.start(given, at)
    applicants.make_person(draft, given, pins.new_pin(), "HP Android, Chrome", at)
    return registration.send(draft.id, given, notice_text, "WIB", at).application


def open_cases(wave: Wave, imported: Wave, notice_text: str, now: datetime) -> None:
    """Everything below, in the open wave and in the one whose results were told last."""
    _look_alikes(wave, notice_text, now)
    _papers(notice_text, now)
    _offer(imported, now)
    _objection(imported, now)


def end(wave: Wave) -> None:
    """What became of a wave that was drawn long ago: freed seats taken by the next in line, then its end."""
    told = wave.published_at
    taken, over = told + 50 * DAY, told + 160 * DAY
    offers.expire_due(taken)
    for offer in list(Offer.select().where((Offer.wave == wave.id) & (Offer.answer == ""))):
        application = offers.accept(offer.id, offer.application.applicant_id, taken + DAY)
        bought = taken + 5 * DAY
        deadlines.mark_done(application.id, Deadline.BUY_FIRST_TRAINING, APPLICANT, bought)
        deadlines.mark_done(application.id, Deadline.FINISH_TRAINING, APPLICANT, bought + 30 * DAY)
        deadlines.mark_done(application.id, Deadline.WRITE_REVIEW, APPLICANT, bought + 31 * DAY)
    seen = wave_control.mark(Wave.get_by_id(wave.id))
    archiving.archive(wave.number, seen, _actor("ratna.wulandari"), over)
    archiving.end_reserves_due(over)


# two records, one person? -----------------------------------------------------------------------------


def _look_alikes(wave: Wave, notice_text: str, now: datetime) -> None:
    """Three pairs that are open, one that is decided, and a second claim to a NIK."""
    known = [_sent(row) for row in _submitted(wave, 5)]
    at = now - 3 * HOUR
    for n, original in enumerate(known):
        given = demo_people.answers(AREA, at.date())
        said, own = dict(given["identitas"]), original["identitas"]
        if n in (0, 3):  # the same name and birth date on another card
            said |= {"nama": own["nama"], "lahir": own["lahir"], "jk": own["jk"]}
        elif n == 1:  # one slip in the NIK, and the same name
            said |= own | {"nik": _slipped(own["nik"])}
        elif n == 2:  # one phone in two families
            given |= {"kontak": given["kontak"] | {"hp": original["kontak"]["hp"]}}
        else:  # the same NIK on another family card: the KTP decides
            said |= {"nik": own["nik"], "nama": own["nama"], "lahir": own["lahir"], "jk": own["jk"]}
        register(given | {"identitas": said, "periksa-nik": {"cek": "sama"}}, notice_text, at)
    while pairs.find_due(now - 2 * HOUR):
        continue
    found = [pair for row in pairs.listed(False, None) if (pair := pairs.find(row.id)) is not None]
    pair = next(pair for pair in found if not pair_decisions.is_for_ktp(pair))
    why = "Dua orang, sudah ditelepon."
    pair_decisions.decide_different(pair.id, why, pairs.mark(pair), _actor("budi.santoso"), now - HOUR)


def _submitted(wave: Wave, count: int) -> list[Application]:
    mine = (Application.wave == wave.id) & (Application.state == State.SUBMITTED.value)
    return list(Application.select().where(mine).order_by(Application.submitted_at).limit(count))


def _sent(application: Application) -> Answers:
    """What somebody answered about identity and contact, from the own row."""
    person = application.applicant
    identity = {"nama": person.name, "nik": person.nik, "kk": person.kk}
    identity |= {"lahir": person.birth_date, "jk": person.sex}
    return {"identitas": identity, "kontak": {"hp": person.phone}}


def _slipped(number: str) -> str:
    """The same NIK with its last two digits the other way round, or one more where they are equal: nobody's either."""
    end = number[-1] + number[-2]
    return number[:-2] + (end if end != number[-2:] else f"{(int(number[-2:]) + 1) % 100:02}")


# groups -----------------------------------------------------------------------------------------------


def _papers(notice_text: str, now: datetime) -> None:
    """Claims to the seats for people who lost their job: not seen, seen by one, confirmed, refused."""
    for _ in range(CLAIMS):
        given = demo_people.answers(AREA, now.date())
        given |= {"pekerjaan": {"kerja": "phk"}, "phk": demo_people.lost_job(now.date())}
        register(given, notice_text, now - 8 * HOUR)
    claims = GroupClaim.select().join(Application).where(GroupClaim.state == "claimed")
    rows = list(claims.order_by(Application.submitted_at.desc()).limit(CLAIMS))
    for n, row in enumerate(rows[2:]):
        at = now - 5 * HOUR + n * timedelta(minutes=11)
        group_evidence.mark_seen(row.id, "surat", group_claims.mark(row), _actor("dewi.anggraini"), at)
        seen = group_claims.find(row.id)
        if seen is None or n == 0:
            continue
        budi, mark = _actor("budi.santoso"), group_claims.mark(seen)
        if n == 1:
            group_evidence.refuse(row.id, "nama", mark, budi, at + HOUR)
        else:
            group_evidence.confirm(row.id, mark, budi, at + HOUR)


# after the results ------------------------------------------------------------------------------------


def _offer(wave: Wave, now: datetime) -> None:
    """Somebody selected has left; the first of the reserve list is asked and has not answered."""
    mine = (Application.wave == wave.id) & (Application.state == State.SELECTED.value)
    leaver = Application.select().where(mine).order_by(Application.id.desc()).first()
    withdrawal.withdraw(leaver.applicant_id, "Sudah dapat kerja.", now - DAY)
    offers.expire_due(now - 20 * HOUR)


def _objection(wave: Wave, now: datetime) -> None:
    """Somebody who was not selected says why that is wrong; nobody has taken it on yet."""
    told = wave.published_at or now
    mine = (Application.wave == wave.id) & (Application.state == State.NOT_SELECTED.value)
    for application in Application.select().where(mine).order_by(Application.id.desc()):
        try:
            words = "Nama saya benar, tetapi hasilnya tertukar dengan saudara saya. Mohon dicek lagi."
            objections.make(application.applicant_id, words, told + 6 * DAY)
        except objections.NotOpen:  # has gone on to the next wave
            continue
        return


def _actor(username: str) -> Actor:
    return Actor("staff", Staff.get(Staff.username == username))


# people as whom a stranger may sign in ----------------------------------------------------------------


@dataclass(frozen=True)
class Example:
    """A made-up applicant: what there is to see, and everything that /masuk asks for on a new phone."""

    what: str
    name: str
    ticket: str
    nik: str
    pin: str
    kunci: str


def examples(now: datetime) -> list[Example]:
    """One person for each thing that an applicant may have to do. Gives each a new PIN and a new kunci."""
    asked = Offer.select(Offer.application).where(Offer.answer == "")
    objected = Objection.select(Objection.application).where(Objection.answered_at.is_null())
    drawn = Application.wave == Wave.select(Wave.id).order_by(Wave.number).limit(1)
    drawn &= Application.state == State.COMPLETED.value  # the others of that year are forgotten by now
    wanted = (
        ("a seat is offered: answer it", Application.id.in_(asked)),
        ("selected: buy the training in time", Application.state == State.SELECTED.value),
        ("asked to correct something", Application.state == State.NEEDS_FIX.value),
        ("waits for the draw of the open wave", Application.state == State.SUBMITTED.value),
        ("the wave is closed, its result is not told yet", Application.state == State.IN_SELECTION.value),
        ("objected to a result", Application.id.in_(objected)),
        ("took part in the drawn wave: number, proof and secret", drawn),
    )
    found: dict[int, Example] = {}
    for what, condition in wanted:
        rows = Application.select().join(Applicant).where(condition & (Applicant.claim == "holder"))
        for row in rows.order_by(Application.submitted_at.desc()).limit(20):
            if row.applicant_id not in found:
                found[row.applicant_id] = _example(what, row, now)
                break
    return list(found.values())


def _example(what: str, application: Application, now: datetime) -> Example:
    person = application.applicant
    pin = pins.new_pin()
    applicants.change_pin(person.id, pin, now)
    key = kunci.replace(person, now)
    return Example(what, person.name, codes.shown(application.ticket), person.nik, pin, key)
