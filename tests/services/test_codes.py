"""One-time codes: who may get one, how long it lives, how often it may be tried."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from app.crypto import keys
from app.models import Applicant, AuditLine, Notice, OneTimeCode, Posko, Staff
from app.rules.states import State
from app.services import codes
from app.services.ledger import Actor
from tests.conftest import NOW
from tests.services.people import application, officer, person, takes

ADDRESS = "siti88@gmail.com"
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
pytestmark = pytest.mark.usefixtures("database")


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 10**6:06}"


# by email -----------------------------------------------------------------------------------------


def test_a_code_has_six_digits_and_works_once() -> None:
    siti = person()
    issued = codes.issue(siti, codes.EMAIL_PROOF, ADDRESS, NOW)
    assert len(issued.code) == 6
    assert issued.code.isdigit()
    assert takes(siti, codes.EMAIL_PROOF, issued.code, NOW, address=ADDRESS)
    assert not takes(siti, codes.EMAIL_PROOF, issued.code, NOW, address=ADDRESS)


def test_the_database_does_not_hold_the_code() -> None:
    issued = codes.issue(person(), codes.EMAIL_PROOF, ADDRESS, NOW)
    row = OneTimeCode.get_by_id(issued.id)
    assert row.code_hash.startswith("1$argon2id$")
    assert ADDRESS.encode() not in bytes(row.address_index)


@pytest.mark.parametrize(
    ("age", "good"),
    [(timedelta(0), True), (10 * MINUTE - timedelta(milliseconds=1), True), (10 * MINUTE, False)],
)
def test_a_code_lives_ten_minutes(age: timedelta, good: bool) -> None:
    siti = person()
    issued = codes.issue(siti, codes.EMAIL_SIGN_IN, ADDRESS, NOW)
    assert takes(siti, codes.EMAIL_SIGN_IN, issued.code, NOW + age) is good


@pytest.mark.parametrize(("tries", "good"), [(4, True), (5, False)])
def test_five_wrong_tries_kill_a_code(tries: int, good: bool) -> None:
    siti = person()
    issued = codes.issue(siti, codes.EMAIL_PROOF, ADDRESS, NOW)
    for _ in range(tries):
        assert not takes(siti, codes.EMAIL_PROOF, wrong(issued.code), NOW)
    assert takes(siti, codes.EMAIL_PROOF, issued.code, NOW) is good


@pytest.mark.parametrize(
    "asked",
    [
        {"purpose": codes.EMAIL_SIGN_IN},
        {"address": "other@gmail.com"},
        {"code_id": 1},
    ],
    ids=["another purpose", "another address", "another browser"],
)
def test_a_code_serves_only_what_it_was_made_for(asked: dict[str, Any]) -> None:
    siti = person()
    issued = codes.issue(siti, codes.EMAIL_PROOF, ADDRESS, NOW)
    assert not takes(siti, typed=issued.code, now=NOW, **{"purpose": codes.EMAIL_PROOF} | asked)
    assert takes(siti, codes.EMAIL_PROOF, issued.code, NOW, address=ADDRESS.upper(), code_id=issued.id)


def test_a_code_of_one_person_is_nothing_to_another() -> None:
    siti, budi = person(), person(nik="3508012506880001")
    issued = codes.issue(siti, codes.EMAIL_PROOF, ADDRESS, NOW)
    assert not takes(budi, codes.EMAIL_PROOF, issued.code, NOW)
    assert not takes(None, codes.EMAIL_PROOF, issued.code, NOW)


def test_only_the_newest_code_works() -> None:
    siti = person()
    first = codes.issue(siti, codes.EMAIL_PROOF, ADDRESS, NOW)
    second = codes.issue(siti, codes.EMAIL_PROOF, ADDRESS, NOW + MINUTE)
    if first.code != second.code:
        assert not takes(siti, codes.EMAIL_PROOF, first.code, NOW + MINUTE)
    assert takes(siti, codes.EMAIL_PROOF, second.code, NOW + MINUTE)


def test_one_address_gets_three_codes_an_hour_whoever_asks() -> None:
    for minute in range(3):
        codes.issue(person(nik=f"350801250688{minute:04}"), codes.EMAIL_PROOF, ADDRESS, NOW + minute * MINUTE)
    siti = person()
    with pytest.raises(codes.TooManyCodes) as refused:
        codes.issue(siti, codes.EMAIL_SIGN_IN, ADDRESS.upper(), NOW + 10 * MINUTE)
    assert refused.value.retry_after == 50 * 60
    assert codes.issue(siti, codes.EMAIL_PROOF, "other@gmail.com", NOW + 10 * MINUTE)
    assert codes.issue(siti, codes.EMAIL_PROOF, ADDRESS, NOW + HOUR)


def test_one_address_gets_ten_codes_a_day() -> None:
    siti = person()
    for n in range(10):
        codes.issue(siti, codes.EMAIL_PROOF, ADDRESS, NOW + n * HOUR / 2)
    with pytest.raises(codes.TooManyCodes):
        codes.issue(siti, codes.EMAIL_PROOF, ADDRESS, NOW + 20 * HOUR)
    assert codes.issue(siti, codes.EMAIL_PROOF, ADDRESS, NOW + 24 * HOUR)


def test_a_refused_code_leaves_no_row() -> None:
    siti = person()
    for _ in range(3):
        codes.issue(siti, codes.EMAIL_PROOF, ADDRESS, NOW)
    for _ in range(5):
        with pytest.raises(codes.TooManyCodes):
            codes.issue(siti, codes.EMAIL_PROOF, ADDRESS, NOW)
    assert OneTimeCode.select().count() == 3


# from a posko -------------------------------------------------------------------------------------


@pytest.fixture
def dewi(office: object) -> Staff:
    return officer("dewi", posko=Posko.get(Posko.name == "Posko Sukodono"))


def actor(staff: Staff) -> Actor:
    return Actor("staff", staff)


def test_a_posko_code_is_told_noted_and_hashed(dewi: Staff) -> None:
    siti = person()
    shown = codes.issue_posko_code(siti, actor(dewi), NOW)
    assert len(shown) == 9
    [row] = codes.live_posko_codes(siti.nik_index, NOW)
    assert keys().verify_secret(row.id, shown.replace("-", ""), row.code_hash)
    assert codes.live_posko_codes(siti.nik_index, NOW + 30 * MINUTE) == []
    line = AuditLine.get(AuditLine.verb == "pin.code")
    assert (line.actor, line.subject) == ("staff:dewi", f"applicant:{siti.id}")
    notice = Notice.get(Notice.applicant == siti.id)
    assert "Posko Sukodono" in notice.body
    assert shown not in notice.body + line.detail


def test_a_second_posko_code_replaces_the_first(dewi: Staff) -> None:
    siti = person()
    codes.issue_posko_code(siti, actor(dewi), NOW)
    codes.issue_posko_code(siti, actor(dewi), NOW + MINUTE)
    assert len(codes.live_posko_codes(siti.nik_index, NOW + MINUTE)) == 1


@pytest.mark.parametrize("state", [State.SELECTED, State.RESERVE])
def test_a_place_at_stake_takes_two_officers(dewi: Staff, state: State) -> None:
    siti, rudi = person(), officer("rudi")
    application(siti, state)
    with pytest.raises(codes.NeedsSecondOfficer):
        codes.issue_posko_code(siti, actor(dewi), NOW)
    with pytest.raises(codes.NeedsSecondOfficer):
        codes.issue_posko_code(siti, actor(dewi), NOW, confirmed_by=actor(dewi))
    assert codes.issue_posko_code(siti, actor(dewi), NOW, confirmed_by=actor(rudi))
    assert AuditLine.get(AuditLine.verb == "pin.code").detail == "confirmed by staff:rudi"


def test_an_officer_makes_fifteen_codes_a_day_then_a_manager(dewi: Staff) -> None:
    siti, boss = person(), officer("boss", role="manager")
    for n in range(15):
        codes.issue_posko_code(siti, actor(dewi), NOW + n * MINUTE)
    with pytest.raises(codes.TooManyCodes):
        codes.issue_posko_code(siti, actor(dewi), NOW + HOUR)
    assert codes.issue_posko_code(siti, actor(dewi), NOW + HOUR, confirmed_by=actor(boss))
    assert codes.issue_posko_code(siti, actor(officer("rudi")), NOW + HOUR)
    assert codes.issue_posko_code(siti, actor(dewi), NOW + timedelta(days=1, hours=2))


def test_a_rejected_claim_has_no_code(dewi: Staff) -> None:
    siti = person()
    codes.issue_posko_code(siti, actor(dewi), NOW)
    Applicant.update(claim="rejected").where(Applicant.id == siti.id).execute()
    assert codes.live_posko_codes(siti.nik_index, NOW) == []
