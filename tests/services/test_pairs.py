"""Two records that may be one person: each found once, decided by people, never by itself again."""

from __future__ import annotations

import pytest

from app.models import (
    Applicant,
    Application,
    AuditLine,
    Beat,
    Draw,
    Entry,
    LedgerEntry,
    Notice,
    Result,
    SuspectedPair,
)
from app.rules.reasons import Reason
from app.rules.states import State
from app.services import beats, joining, pair_decisions, pairs, registration
from app.services.casework import Changed
from app.services.ledger import Actor
from app.services.pair_decisions import HasResult, NeedsKtp
from tests.conftest import NOW
from tests.services import people
from tests.states import CLOSED, DAY, SELECTED, answers, make_wave, moved, sent

NIK = "3599015704880003"
NEAR = "3599015704880013"
FAR = "3599010101900001"


def _sent(nik, nama="Siti Marlina", lahir="1988-04-17", hp="+6281234567713", now=NOW):
    said = answers(identitas={"nik": nik, "nama": nama, "lahir": lahir}, kontak={"hp": hp})
    return sent(said=said, now=now)


def _actor():
    return Actor("staff", people.officer("ratna", "verifier"))


def _two(**second):
    """Two applications of one person, and their pair; `stays` is the side of the first."""
    one, other = _sent(NIK), _sent(NEAR, **second)
    pairs.find_due(NOW)
    pair = SuspectedPair.get()
    stays = "first" if pair.first_id == one.applicant_id else "second"
    return one, other, pair, stays


# finding ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("second", "why"),
    [
        ({"nik": NEAR, "nama": "Orang Lain", "hp": "+6281234500000"}, "near_nik"),
        ({"nik": "3599015704880030", "nama": "Orang Lain", "hp": "+6281234500000"}, "near_nik"),
        ({"nik": FAR, "nama": "SITI  MARLINA", "hp": "+6281234500000"}, "same_name_and_birth"),
        ({"nik": FAR, "nama": "Orang Lain", "lahir": "1990-01-01"}, "same_phone"),
        ({"nik": NIK, "nama": "Orang Lain", "hp": "+6281234500000"}, "same_nik"),
        ({"nik": NEAR}, "near_nik,same_name_and_birth,same_phone"),
    ],
)
def test_each_likeness_is_found_and_kept_with_its_reasons(office, second, why):
    one, other = _sent(NIK), _sent(**second)
    assert pairs.find_due(NOW) == 1
    pair = SuspectedPair.get()
    assert pair.why == why
    assert (pair.first_id, pair.second_id) == tuple(sorted((one.applicant_id, other.applicant_id)))
    assert pair.decision == ""


def test_the_next_serial_of_the_same_day_is_a_stranger(office):
    _sent(NIK)
    said = answers(
        identitas={"nik": "3599015704880004", "nama": "Orang Lain", "kk": "3599011207150099"},
        kontak={"hp": "+6281234500000"},
    )
    sent(said=said)
    assert pairs.find_due(NOW) == 0


def test_people_who_share_nothing_that_counts_are_no_pair(office):
    _sent(NIK)
    _sent(FAR, lahir="1988-04-18", hp="+6281234500000")  # a namesake of the same year
    _sent("3599015704880330", nama="Orang Lain", hp="+6281234500001")  # three wrong digits
    assert pairs.find_due(NOW) == 0
    assert SuspectedPair.select().count() == 0


def test_each_record_is_looked_at_once(office, monkeypatch):
    looked = []
    really = pairs._pairs_of
    monkeypatch.setattr(pairs, "_pairs_of", lambda person: looked.append(person.id) or really(person))
    one = _sent(NIK)
    assert pairs.find_due(NOW) == 0
    other = _sent(NEAR)
    assert pairs.find_due(NOW) == 1
    assert pairs.find_due(NOW) == 0
    assert looked == [one.applicant_id, other.applicant_id]
    assert "find_pairs:mark" not in beats.last()
    assert "find_pairs:mark" in {beat.name for beat in Beat.select()}


def test_many_lines_are_read_in_batches_and_none_is_left_out(office, monkeypatch):
    monkeypatch.setattr(pairs, "BATCH", 2)
    monkeypatch.setattr(pairs, "BATCHES", 2)
    for n in range(7):
        _sent(f"359901010190000{n}", nama=f"Orang {n}", hp=f"+628123450000{n}")
    rounds = [pairs.find_due(NOW) for _ in range(5)]
    assert sum(rounds) == 7 * 6 // 2  # serials 0 to 6 differ in one digit
    assert rounds[-1] == 0
    assert rounds[0] < 21


def test_a_second_worker_with_an_old_mark_writes_nothing(office, monkeypatch):
    _sent(NIK)
    _sent(NEAR)
    monkeypatch.setattr(beats, "move_mark", lambda *_: False)
    assert pairs.find_due(NOW) == 0
    assert SuspectedPair.select().count() == 0


def test_a_family_phone_makes_a_bounded_number_of_pairs(office, monkeypatch):
    monkeypatch.setattr(pairs, "SHARED", 3)
    for n in range(1, 9):
        _sent(
            f"35990101{n:02}{n:02}9{n}0001"[:16].ljust(16, "7"), nama=f"Orang {n}", lahir=f"19{60 + n}-01-01"
        )
        pairs.find_due(NOW)
    assert SuspectedPair.select().count() == 1 + 2 + 3 * 5


def test_a_corrected_nik_is_looked_at_again(office):
    one = _sent(NIK)
    other = _sent(FAR, nama="Orang Lain", hp="+6281234500000")
    assert pairs.find_due(NOW) == 0
    from app.services import drafts

    said = answers(identitas={"nik": NEAR, "nama": "Orang Lain"}, kontak={"hp": "+6281234500000"})
    draft, _ = drafts.start(said, NOW)
    type(draft).update(application_id=other.id, applicant=other.applicant_id).where(
        type(draft).id == draft.id
    ).execute()
    registration.send(draft.id, said, "teks", "WIB", NOW)
    assert pairs.find_due(NOW) == 1
    assert {SuspectedPair.get().first_id, SuspectedPair.get().second_id} == {
        one.applicant_id,
        other.applicant_id,
    }


def test_a_damaged_row_does_not_hide_the_others(office):
    broken, _, third = _sent(FAR, now=NOW - DAY), _sent(NIK), _sent(NEAR)
    Applicant.update(nik=b"\x01damaged").where(Applicant.id == broken.applicant_id).execute()
    assert pairs.find_due(NOW) == 1
    assert third.applicant_id in (SuspectedPair.get().first_id, SuspectedPair.get().second_id)


def test_drafts_are_not_suspected(office):
    people.person(NEAR, claim="draft")
    _sent(NIK)
    assert pairs.find_due(NOW) == 0


# deciding -----------------------------------------------------------------------------------------


def test_one_person_keeps_one_application(office):
    make_wave(4)
    one, other, pair, stays = _two()
    actor = _actor()
    pair_decisions.decide_same(pair.id, stays, "KTP-nya satu", pairs.mark(pair), actor, NOW)
    assert Application.get_by_id(one.id).state == "submitted"
    ended = Application.get_by_id(other.id)
    assert ended.state == "withdrawn"
    line = (
        LedgerEntry.select().where(LedgerEntry.application == other.id).order_by(LedgerEntry.n.desc()).get()
    )
    assert (line.reason, line.told, line.note) == ("duplicate", "kabar", None)
    notice = Notice.get(
        (Notice.applicant == other.applicant_id) & (Notice.title == "Ada kabar tentang pendaftaran Anda")
    )
    assert one.ticket not in notice.body.replace("-", "").replace(" ", "")
    assert not Notice.select().where((Notice.applicant == one.applicant_id) & (Notice.kind == "fix")).exists()
    pair = SuspectedPair.get()
    assert (pair.decision, pair.reason, pair.decided_by_id) == (stays, "KTP-nya satu", actor.staff.id)
    verbs = [row.verb for row in AuditLine.select().order_by(AuditLine.id.desc()).limit(2)]
    assert verbs == ["application.duplicate", "pair.decide"]
    assert "KTP" not in AuditLine.get(AuditLine.verb == "pair.decide").detail
    # and does not come back
    assert joining.offer(ended.applicant, ended, NOW) is None


def test_decided_pairs_stay_decided(office):
    one, other, pair, _ = _two()
    pair_decisions.decide_different(pair.id, "Kakak dan adik", pairs.mark(pair), _actor(), NOW)
    said = answers(identitas={"nik": NEAR, "nama": "Siti Marlina Dua"})
    from app.services import drafts

    draft, _ = drafts.start(said, NOW)
    type(draft).update(application_id=other.id, applicant=other.applicant_id).where(
        type(draft).id == draft.id
    ).execute()
    registration.send(draft.id, said, "teks", "WIB", NOW)
    assert pairs.find_due(NOW) == 0
    assert SuspectedPair.get().decision == "different"
    assert pairs.waiting(None) == 0
    assert [row.id for row in pairs.listed(True, None)] == [pair.id]
    assert Application.get_by_id(one.id).state == Application.get_by_id(other.id).state == "submitted"


def test_undoing_opens_the_pair_and_lets_the_application_go_on(office):
    wave = make_wave(4)
    _, other, pair, stays = _two()
    actor = _actor()
    pair_decisions.decide_same(pair.id, stays, "sama", pairs.mark(pair), actor, NOW)
    seen = pairs.mark(pairs.find(pair.id))
    assert pair_decisions.undo(pair.id, "Ternyata kembar", seen, actor, NOW + DAY) == 1
    assert Application.get_by_id(other.id).state == "submitted"
    assert (SuspectedPair.get().decision, SuspectedPair.get().reason) == ("", "Ternyata kembar")
    assert pairs.waiting(None) == 1
    assert not pairs.is_given_up(other.applicant_id)
    assert AuditLine.select().where(AuditLine.verb == "pair.undo").count() == 1
    with pytest.raises(Changed):
        pair_decisions.undo(pair.id, "lagi", seen, actor, NOW + DAY)
    assert wave.number == 4


def test_what_was_to_be_fixed_is_to_be_fixed_again_after_undoing(office):
    make_wave(4)
    _, other, pair, stays = _two()
    moved(other, (State.NEEDS_FIX, Reason.OLD_KK))
    actor = _actor()
    pair_decisions.decide_same(pair.id, stays, "sama", pairs.mark(pair), actor, NOW)
    pair_decisions.undo(pair.id, "tidak", pairs.mark(pairs.find(pair.id)), actor, NOW + DAY)
    line = (
        LedgerEntry.select().where(LedgerEntry.application == other.id).order_by(LedgerEntry.n.desc()).get()
    )
    assert (line.to_state, line.reason) == ("needs_fix", "old_kk")


def test_after_the_publication_undoing_brings_no_application_back(office):
    wave = make_wave(4)
    _, other, pair, stays = _two()
    actor = _actor()
    pair_decisions.decide_same(pair.id, stays, "sama", pairs.mark(pair), actor, NOW)
    wave.published_at = NOW
    wave.save()
    assert pair_decisions.undo(pair.id, "tidak", pairs.mark(pairs.find(pair.id)), actor, NOW) == 0
    assert Application.get_by_id(other.id).state == "withdrawn"


def test_whoever_withdrew_before_is_not_brought_back(office):
    make_wave(4)
    _, other, pair, stays = _two()
    moved(other, (State.WITHDRAWN, Reason.OWN_WISH))
    actor = _actor()
    pair_decisions.decide_same(pair.id, stays, "sama", pairs.mark(pair), actor, NOW)
    assert pair_decisions.undo(pair.id, "tidak", pairs.mark(pairs.find(pair.id)), actor, NOW) == 0
    assert Application.get_by_id(other.id).state == "withdrawn"


@pytest.mark.parametrize("stands", ["result", "unpublished", "frozen"])
def test_a_result_is_never_taken_away_by_one_person(office, stands):
    wave = make_wave(4)
    _, other, pair, stays = _two()
    moved(other, CLOSED)
    actor = _actor()
    if stands == "result":
        moved(other, SELECTED)
    elif stands == "unpublished":
        Result.create(
            application=other.id,
            wave=wave,
            outcome="selected",
            reason="central_result",
            staff=actor.staff,
            set_at=NOW,
        )
    else:
        draw = Draw.create(
            wave=wave,
            promise=b"{}",
            promise_sha256="0" * 64,
            promised_at=NOW,
            promised_by=actor.staff,
            draw_at=NOW,
            listing=1,
            frozen_at=NOW,
        )
        entry = Entry(draw=draw, application=other.id, listing=1, entry="1", bound="0" * 64)
        entry.salt = "00"
        entry.save(force_insert=True)
    with pytest.raises(HasResult):
        pair_decisions.decide_same(pair.id, stays, "sama", pairs.mark(pair), actor, NOW)
    assert SuspectedPair.get().decision == ""
    assert Application.get_by_id(other.id).state != "withdrawn"
    pair_decisions.decide_different(pair.id, "beda", pairs.mark(pair), actor, NOW)


def test_two_claims_to_one_nik_are_for_the_ktp(office):
    _sent(NIK)
    _sent(NIK, nama="Orang Lain")
    pairs.find_due(NOW)
    pair = SuspectedPair.get()
    for decide in (
        lambda: pair_decisions.decide_same(pair.id, "first", "x", pairs.mark(pair), _actor(), NOW),
        lambda: pair_decisions.decide_different(pair.id, "x", pairs.mark(pair), Actor("staff"), NOW),
    ):
        with pytest.raises(NeedsKtp):
            decide()
    Applicant.update(claim="rejected").where(Applicant.claim == "disputed").execute()
    assert pairs.waiting(None) == 0  # settled there, it asks nobody here


def test_the_slower_of_two_people_is_told(office):
    _, other, pair, stays = _two()
    seen = pairs.mark(pair)
    pair_decisions.decide_different(pair.id, "beda", seen, _actor(), NOW)
    with pytest.raises(Changed):
        pair_decisions.decide_same(pair.id, stays, "sama", seen, Actor("staff"), NOW)
    assert Application.get_by_id(other.id).state == "submitted"


def test_officers_see_the_pairs_of_their_district(office):
    _, other, _, _ = _two()
    assert pairs.waiting("35.08.15") == 1
    assert pairs.waiting("35.08.01") == 0
    Applicant.update(district="35.08.01").where(Applicant.id == other.applicant_id).execute()
    assert pairs.waiting("35.08.15") == pairs.waiting("35.08.01") == 1


def test_the_owner_reads_that_the_office_ended_it_and_where_to_go(office, visitor):
    make_wave(4)
    one = _sent(NIK)
    said = answers(identitas={"nik": NEAR})
    other = sent(visitor, said=said)
    pairs.find_due(NOW)
    pair = SuspectedPair.get()
    stays = "first" if pair.first_id == one.applicant_id else "second"
    pair_decisions.decide_same(pair.id, stays, "KTP-nya satu", pairs.mark(pair), _actor(), NOW)
    page = visitor.open("/saya")
    assert "Pendaftaran dihentikan" in page.main
    assert "Menurut petugas Anda terdaftar dua kali." in page.main
    assert "Cari posko" in page.links
    assert "Daftar lagi" not in page.main
    assert one.ticket not in page.html.replace("-", "")
    assert "KTP-nya satu" not in page.html
    undone = pairs.mark(pairs.find(pair.id))
    pair_decisions.undo(pair.id, "kembar", undone, Actor("system"), NOW + DAY)
    page = visitor.open("/saya")
    assert "Pendaftaran dihentikan" not in page.main
    assert Application.get_by_id(other.id).state == "submitted"
