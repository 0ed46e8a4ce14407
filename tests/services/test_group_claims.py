"""Seats for groups: a claim comes from an answer and counts when two people have looked at a paper, until the freeze."""

from __future__ import annotations

import json
from datetime import date

import pytest

from app.models import Applicant, Application, AuditLine, Draw, GroupClaim, Notice
from app.rules import groups
from app.rules.groups import Standing
from app.rules.reasons import Reason
from app.rules.states import State
from app.rules.terms import WORK
from app.services import (
    drafts,
    draw_rules,
    group_claims,
    group_evidence,
    joining,
    receipts,
    registration,
    standing,
)
from app.services.casework import Changed
from app.services.group_evidence import SamePerson
from app.services.ledger import Actor
from app.services.wave_control import NotNow
from tests.conftest import NOW
from tests.services import people
from tests.states import DAY, answers, make_wave, moved, sent

RULES = json.dumps({"reserves": [{"group": "phk", "seats": 40}, {"group": "umi", "seats": 5}]})


@pytest.fixture
def wave(office):
    return make_wave(4, rules=RULES, selection="draw")


def _claims():
    return {row.group: row.state for row in GroupClaim.select()}


def _actors(count=2):
    return [Actor("staff", people.officer(f"petugas.{n}")) for n in range(count)]


def _mark():
    return group_claims.mark(GroupClaim.get())


def _confirmed(first, second, now=NOW):
    claim = GroupClaim.get()
    group_evidence.mark_seen(claim.id, "surat", _mark(), first, now)
    group_evidence.confirm(claim.id, _mark(), second, now)
    return claim


def _frozen(wave, staff):
    return Draw.create(
        wave=wave,
        promise=b"{}",
        promise_sha256="0" * 64,
        promised_at=NOW,
        promised_by=staff,
        draw_at=NOW,
        frozen_at=NOW,
    )


# claiming -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("work", "group"), [("phk", "phk"), ("usaha", "umi"), ("pmi", None), ("cari", None)])
def test_an_answer_about_work_claims_a_group_that_owns_seats(wave, work, group):
    sent(said=answers(pekerjaan={"kerja": work}))
    assert _claims() == ({group: "claimed"} if group else {})


def test_no_claim_without_a_wave_or_without_seats(office):
    sent()
    make_wave(4)
    sent(said=answers(identitas={"nik": "3599010101900001"}))
    assert _claims() == {}


def test_a_changed_answer_takes_its_claim_along(wave):
    application = sent()
    first, second = _actors()
    _confirmed(first, second)
    for work, claims in (("usaha", {"umi": "claimed"}), ("cari", {})):
        said = answers(pekerjaan={"kerja": work})
        draft, _ = drafts.start(said, NOW)
        row = type(draft)
        row.update(application_id=application.id, applicant=application.applicant_id).where(
            row.id == draft.id
        ).execute()
        registration.send(draft.id, said, "teks", "WIB", NOW)
        assert _claims() == claims


def test_changing_another_answer_keeps_what_was_confirmed(wave):
    application = sent()
    _confirmed(*_actors())
    said = answers(alamat={"jalan": "Pindah"})
    draft, _ = drafts.start(said, NOW)
    row = type(draft)
    row.update(application_id=application.id, applicant=application.applicant_id).where(
        row.id == draft.id
    ).execute()
    registration.send(draft.id, said, "teks", "WIB", NOW)
    assert _claims() == {"phk": "confirmed"}


def test_whoever_waits_claims_when_taken_into_the_wave(office):
    sent()
    make_wave(4, rules=RULES)
    assert _claims() == {}
    assert joining.admit_due(NOW) == 1
    assert _claims() == {"phk": "claimed"}


def test_joining_the_next_wave_needs_the_paper_again(office):
    old = make_wave(3, rules=RULES)
    application = sent()
    _confirmed(*_actors())
    moved(application, (State.IN_SELECTION, Reason.WAVE_CLOSED), (State.NOT_SELECTED, Reason.QUOTA_FULL))
    type(old).update(closes_at=NOW - DAY).where(type(old).id == old.id).execute()
    make_wave(4, rules=RULES)
    applicant = Applicant.get_by_id(application.applicant_id)
    offered = joining.offer(applicant, joining.newest(applicant.id), NOW)
    fresh = joining.join(applicant.id, offered.mark, NOW)
    assert GroupClaim.get(GroupClaim.application == fresh.id).state == "claimed"


def test_rules_that_come_later_find_those_who_were_there(office):
    wave = make_wave(4)
    sent()
    assert group_claims.claim_due(NOW) == 0
    type(wave).update(rules=RULES).where(type(wave).id == wave.id).execute()
    assert group_claims.claim_due(NOW) == 1
    assert _claims() == {"phk": "claimed"}
    GroupClaim.delete().execute()
    assert group_claims.claim_due(NOW) == 0  # looked at once for these rules
    type(wave).update(rules=RULES.replace("40", "41")).where(type(wave).id == wave.id).execute()
    assert group_claims.claim_due(NOW) == 1


def test_every_group_that_may_own_seats_has_words_and_papers():
    known = set(draw_rules.GROUPS)
    assert (
        known == set(groups.NAMES) == set(groups.PAPERS) == set(groups.BRING) == set(groups.OF_WORK.values())
    )
    assert set(groups.OF_WORK) <= {code for code, _ in WORK}
    assert all(len(words) <= 60 for papers in groups.PAPERS.values() for _, words in papers)


# two people ---------------------------------------------------------------------------------------


def test_a_claim_counts_when_a_second_person_has_seen_it_too(wave):
    application = sent()
    first, second = _actors()
    _confirmed(first, second, NOW + DAY)
    claim = GroupClaim.get()
    assert (claim.state, claim.evidence) == ("confirmed", "Surat PHK dari perusahaan")
    assert (claim.seen_by_id, claim.decided_by_id) == (first.staff.id, second.staff.id)
    lines = list(AuditLine.select().where(AuditLine.verb.startswith("group.")).order_by(AuditLine.id))
    assert [(line.verb, line.actor, line.subject, line.detail) for line in lines] == [
        ("group.seen", "staff:petugas.0", f"application:{application.id}", "phk surat"),
        ("group.confirm", "staff:petugas.1", f"application:{application.id}", "phk"),
    ]
    notice = Notice.get(Notice.kind == "group")
    assert notice.title == "Ada kabar tentang bukti Anda"
    assert "Bukti PHK: sudah diperiksa." in notice.body


def test_one_person_is_never_both(wave):
    sent()
    first, second = _actors()
    claim = GroupClaim.get()
    group_evidence.mark_seen(claim.id, "jkp", _mark(), first, NOW)
    for verb in (group_evidence.confirm, lambda *a: group_evidence.refuse(a[0], "nama", *a[1:])):
        with pytest.raises(SamePerson):
            verb(claim.id, _mark(), first, NOW)
        with pytest.raises(SamePerson):
            verb(claim.id, _mark(), Actor("system"), NOW)
    assert _claims() == {"phk": "seen"}
    group_evidence.confirm(claim.id, _mark(), second, NOW)
    with pytest.raises(SamePerson):  # nor does the confirmer take it back alone
        group_evidence.refuse(claim.id, "ragu", _mark(), second, NOW)
    group_evidence.refuse(claim.id, "ragu", _mark(), first, NOW)
    assert _claims() == {"phk": "refused"}


def test_after_a_refusal_another_paper_may_come(wave):
    application = sent()
    first, second = _actors()
    claim = GroupClaim.get()
    group_evidence.mark_seen(claim.id, "lain", _mark(), first, NOW)
    group_evidence.refuse(claim.id, "nama", _mark(), second, NOW)
    (said,) = group_claims.told(Application.get_by_id(application.id))
    assert said.title == "Bukti PHK: belum diterima."
    assert said.text.startswith("Nama di surat berbeda. Punya surat lain?")
    group_evidence.mark_seen(claim.id, "surat", _mark(), second, NOW)
    claim = GroupClaim.get()
    assert (claim.state, claim.decided_by_id, claim.decided_at) == ("seen", None, None)
    group_evidence.confirm(claim.id, _mark(), first, NOW)
    assert _claims() == {"phk": "confirmed"}


def test_the_slower_of_two_people_is_told(wave):
    sent()
    first, second = _actors()
    claim, before = GroupClaim.get(), _mark()
    group_evidence.mark_seen(claim.id, "surat", before, first, NOW)
    with pytest.raises(Changed):
        group_evidence.mark_seen(claim.id, "jkp", before, second, NOW)
    with pytest.raises(Changed):
        group_evidence.confirm(claim.id, before, second, NOW)
    with pytest.raises(Changed):
        group_evidence.confirm(1, before, second, NOW)


def test_nothing_changes_after_the_list_is_frozen(wave):
    application = sent()
    first, second = _actors()
    claim = GroupClaim.get()
    group_evidence.mark_seen(claim.id, "surat", _mark(), first, NOW)
    _frozen(wave, first.staff)
    for verb in (
        lambda: group_evidence.confirm(claim.id, _mark(), second, NOW),
        lambda: group_evidence.refuse(claim.id, "nama", _mark(), second, NOW),
        lambda: group_evidence.mark_seen(claim.id, "surat", _mark(), second, NOW),
    ):
        with pytest.raises(NotNow):
            verb()
    assert _claims() == {"phk": "seen"}
    (said,) = group_claims.told(Application.get_by_id(application.id))
    assert said.title == "Bukti PHK: tidak ikut dihitung."
    assert group_claims.waiting(Standing.SEEN, None) == 0
    application.work = "cari"
    group_claims.claim_for(Application.get_by_id(application.id))
    assert _claims() == {"phk": "seen"}


# told ---------------------------------------------------------------------------------------------


def test_the_owner_reads_where_it_stands_on_status_page_and_receipt(wave):
    application = sent()
    applicant = Applicant.get_by_id(application.applicant_id)

    def titles():
        here = standing.of(applicant, NOW, "WIB")
        steps = receipts.of_applicant(applicant.id, "WIB", NOW).steps
        assert {(said.title, said.text) for said in here.groups} <= set(steps)
        return [said.title for said in here.groups]

    assert titles() == ["Bukti PHK: belum diperiksa."]
    first, second = _actors()
    claim = GroupClaim.get()
    group_evidence.mark_seen(claim.id, "surat", _mark(), first, NOW)
    assert titles() == ["Bukti PHK: sudah dilihat."]
    group_evidence.confirm(claim.id, _mark(), second, NOW)
    assert titles() == ["Bukti PHK: sudah diperiksa."]
    type(wave).update(rules="{}").where(type(wave).id == wave.id).execute()
    assert titles() == []  # a group without seats is nobody's business


def test_the_pages_say_it(wave, visitor):
    sent(visitor)
    for path in ("/saya", "/daftar/selesai"):
        page = visitor.open(path)
        assert "Bukti PHK: belum diperiksa. Bawa surat PHK ke posko." in page.main, path


def test_counts_by_group_and_local_day(wave):
    first, second = _actors()
    for n, at in enumerate((NOW, NOW, NOW + DAY)):
        sent(said=answers(identitas={"nik": f"35990101019000{n:02}"}))
        claim = GroupClaim.get(GroupClaim.state == "claimed")
        group_evidence.mark_seen(claim.id, "surat", group_claims.mark(claim), first, NOW)
        seen = group_claims.mark(GroupClaim.get_by_id(claim.id))
        if n == 1:
            group_evidence.refuse(claim.id, "nama", seen, second, at)
        else:
            group_evidence.confirm(claim.id, seen, second, at)
    sent(said=answers(identitas={"nik": "3599010101900099"}))
    counts = [(one.day, one.group, one.confirmed, one.refused) for one in group_claims.daily_counts(wave)]
    assert counts == [(date(2026, 11, 22), "phk", 1, 1), (date(2026, 11, 23), "phk", 1, 0)]


def test_a_day_ends_at_midnight_of_the_office(wave):
    sent()
    _confirmed(*_actors(), now=NOW.replace(hour=17, minute=30))  # half past midnight in WIB
    assert [one.day for one in group_claims.daily_counts(wave)] == [date(2026, 11, 23)]


def test_the_list_is_of_the_district_and_of_open_waves(wave):
    application = sent()
    assert group_claims.waiting(Standing.CLAIMED, "35.08.15") == 1
    assert group_claims.waiting(Standing.CLAIMED, "35.08.01") == 0
    (row,) = group_claims.listed(Standing.CLAIMED, None)
    assert (row.name, row.group, row.evidence) == ("Siti Marlina", "phk", "")
    moved(application, (State.WITHDRAWN, Reason.OWN_WISH))
    assert group_claims.waiting(Standing.CLAIMED, None) == 0
