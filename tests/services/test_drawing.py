"""The draw step by step, on both databases: each step in its time, each by the right person, once."""

from __future__ import annotations

import hashlib
from datetime import timedelta

import pytest

from app import db
from app.models import Applicant, Application, AuditLine, Entry, GroupClaim, Staff, Wave
from app.rules import codes
from app.rules import draw as rules
from app.rules.promise import Promise, Reserve, Rules
from app.services import (
    applicants,
    demo_people,
    drafts,
    draw_files,
    draw_rules,
    drawing,
    registration,
    wave_control,
)
from app.services.drawing import NotYet, SamePerson
from app.services.ledger import Actor
from tests.beacons import chain_from
from tests.conftest import NOW

CLOSES = NOW + timedelta(days=10)
DRAW_AT = CLOSES + timedelta(days=3)
FINAL = DRAW_AT - timedelta(hours=36)
OWN = chain_from(NOW - timedelta(days=30))


@pytest.fixture
def manager(office):
    return Actor("staff", Staff.create(username="ratna", name="Ratna", role="manager", created_at=NOW))


@pytest.fixture
def other(office):
    return Actor("staff", Staff.create(username="hadi", name="Hadi", role="manager", created_at=NOW))


@pytest.fixture
def wave(office):
    made = Wave.create(number=4, opens_at=NOW, closes_at=CLOSES, quota=3, selection="draw", created_at=NOW)
    rules = Rules(quota=3, reserves=(Reserve("phk", 1),), max_per_household=1, scope=("35.08",))
    draw_rules.change(4, rules, wave_control.mark(made), Actor("staff", None), NOW)
    return Wave.get_by_id(made.id)


def register(n: int, family: int | None = None) -> Application:
    given = demo_people.answers("35.08", NOW.date())
    said = given["identitas"]
    given["identitas"] = said | {"nik": said["nik"][:12] + f"{n + 1:04}"}
    given["pekerjaan"] = {"kerja": "cari"}  # whose group nobody claims by answering
    if family is not None:
        given["identitas"]["kk"] = f"359901120715{family:04}"
    draft, _ = drafts.start(given, NOW)
    applicants.make_person(draft, given, f"48291{n}7", "HP", NOW)
    return registration.send(draft.id, given, "notice", "WIB", NOW).application


@pytest.fixture
def draw(wave, manager):
    made = drawing.promise(wave, DRAW_AT, manager, NOW, OWN.chain)
    for n, family in enumerate((None, 7, 7, None, None)):
        register(n, family)
    return made


def public_list(draw):
    return draw_files.read(draw, "peserta.csv")


def frozen(draw, manager):
    drawing.list_entrants(draw, manager, CLOSES + timedelta(hours=1))
    return drawing.freeze(draw, manager, FINAL)


def drawn(draw, manager):
    fixed = frozen(draw, manager)
    number = drawing.round_of(fixed, OWN.chain)
    return drawing.run(fixed, OWN.sign(number), manager, DRAW_AT + timedelta(minutes=1), OWN.chain)


def test_from_promise_to_attested(draw, manager, other):
    done = drawn(draw, manager)
    result = drawing.attest(done, other, DRAW_AT + timedelta(hours=1))
    entrants = rules.read_list(public_list(result))
    assert [e.household for e in entrants].count("k1") == 2
    assert hashlib.sha256(public_list(result)).hexdigest() == result.tickets_sha256
    outcome = draw_files.stored(result, "hasil.csv").decode().splitlines()
    assert sum(",selected," in line for line in outcome) == 3
    assert Entry.select().where(Entry.rank.is_null()).count() == 0
    assert result.attested_by == other.staff
    verbs = [line.verb for line in AuditLine.select().order_by(AuditLine.id)]
    assert [verb for verb in verbs if verb.startswith("draw.")] == [
        f"draw.{step}" for step in ("rules", "promise", "list", "freeze", "run", "attest")
    ]


def test_the_promise_is_what_the_verifier_reads(draw):
    made = Promise.from_json(bytes(draw.promise))
    assert made.sha256.hex() == draw.promise_sha256
    assert (made.closes_at, made.draw_at, made.final_list_by) == (CLOSES, DRAW_AT, FINAL)


def test_a_promise_comes_seven_days_before_closing_and_once(wave, manager):
    with pytest.raises(NotYet, match="7 hari"):
        drawing.promise(wave, DRAW_AT, manager, CLOSES - timedelta(days=7) + timedelta(seconds=1))
    with pytest.raises(NotYet, match="48 jam"):
        drawing.promise(wave, CLOSES + timedelta(hours=24), manager, NOW)
    drawing.promise(wave, DRAW_AT, manager, NOW)
    with pytest.raises(NotYet, match="sudah dibuat"):
        drawing.promise(wave, DRAW_AT, manager, NOW)


def test_rules_stand_still_after_the_promise(draw, wave):
    fresh = Wave.get_by_id(wave.id)
    with pytest.raises(draw_rules.NotNow):
        draw_rules.change(
            4, Rules(quota=3, scope=("35.08",)), wave_control.mark(fresh), Actor("staff", None), NOW
        )


def test_each_step_waits_for_the_one_before(draw, manager, other):
    with pytest.raises(NotYet, match="masih dibuka"):
        drawing.list_entrants(draw, manager, NOW)
    with pytest.raises(NotYet, match="Terbitkan"):
        drawing.freeze(draw, manager, FINAL)
    with pytest.raises(NotYet, match="Kunci daftar"):
        drawing.run(draw, "00", manager, DRAW_AT, OWN.chain)
    with pytest.raises(NotYet, match="belum dijalankan"):
        drawing.attest(draw, other, DRAW_AT)
    drawing.list_entrants(draw, manager, CLOSES)
    with pytest.raises(NotYet, match="keberatan"):
        drawing.freeze(draw, manager, FINAL - timedelta(seconds=1))


def test_undecided_people_are_left_out_and_counted(draw, manager):
    first = Application.select().order_by(Application.id).first()
    Application.update(state="needs_fix").where(Application.id == first.id).execute()
    second = Application.select().where(Application.id != first.id).first()
    Applicant.update(claim="disputed").where(Applicant.id == second.applicant_id).execute()
    listed = drawing.list_entrants(draw, manager, CLOSES)
    assert len(rules.read_list(public_list(listed))) == 3
    assert listed.left_out == 2


def test_a_group_counts_only_when_confirmed(draw, manager):
    first, second = Application.select().order_by(Application.id).limit(2)
    GroupClaim.create(application=first, group="phk", state="confirmed")
    GroupClaim.create(application=second, group="phk", state="seen")
    GroupClaim.create(application=second, group="umi", state="confirmed")
    listed = drawing.list_entrants(draw, manager, CLOSES)
    groups = {e.entry: e.groups for e in rules.read_list(public_list(listed))}
    assert groups[codes.shown(first.entry_number)] == ("phk",)
    assert groups[codes.shown(second.entry_number)] == ()


def test_a_list_made_again_keeps_its_salts(draw, manager):
    drawing.list_entrants(draw, manager, CLOSES)
    before = {entry.application_id: (entry.salt, entry.bound) for entry in Entry.select()}
    drawing.list_entrants(draw, manager, CLOSES + timedelta(hours=2))
    assert {entry.application_id: (entry.salt, entry.bound) for entry in Entry.select()} == before
    entry = Entry.select().first()
    assert rules.bind(bytes.fromhex(entry.salt), entry.application.applicant.nik) == entry.bound


def test_a_late_list_moves_the_draw_by_whole_weeks_in_public(draw, manager):
    drawing.list_entrants(draw, manager, CLOSES)
    late = drawing.freeze(draw, manager, DRAW_AT - timedelta(hours=23))
    assert late.draw_at == DRAW_AT + timedelta(weeks=1)
    assert '"reason": "late_list"' in late.moves
    assert Wave.get().draw_at == late.draw_at


def test_nothing_moves_after_the_freeze(draw, manager):
    fixed = frozen(draw, manager)
    with pytest.raises(NotYet, match="sudah dikunci"):
        drawing.list_entrants(fixed, manager, FINAL)
    with pytest.raises(NotYet, match="sudah dikunci"):
        drawing.freeze(fixed, manager, FINAL)


def test_a_false_signature_a_wrong_round_or_a_second_run(draw, manager):
    fixed = frozen(draw, manager)
    number = drawing.round_of(fixed, OWN.chain)
    later = DRAW_AT + timedelta(minutes=1)
    for wrong in (OWN.sign(number + 1), OWN.sign(number)[:-2] + "00", "", "zz"):
        with pytest.raises(NotYet, match="bukan tanda tangan"):
            drawing.run(fixed, wrong, manager, later, OWN.chain)
    with pytest.raises(NotYet, match="baru ada sesudah"):
        drawing.run(fixed, OWN.sign(number), manager, DRAW_AT - timedelta(seconds=1), OWN.chain)
    done = drawing.run(fixed, OWN.sign(number), manager, later, OWN.chain)
    with pytest.raises(NotYet, match="satu kali"):
        drawing.run(done, OWN.sign(number), manager, later, OWN.chain)


def test_who_drew_cannot_attest(draw, manager, other):
    done = drawn(draw, manager)
    with pytest.raises(SamePerson):
        drawing.attest(done, manager, DRAW_AT + timedelta(hours=1))
    with db.writing():
        draw_files.keep(done, done.listing, "hasil.csv", b"rank,entry,outcome,via\n")
    with pytest.raises(NotYet, match="Hitungan ulang berbeda"):
        drawing.attest(done, other, DRAW_AT + timedelta(hours=1))
