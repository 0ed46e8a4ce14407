"""What each way in is worth, and that no outsider can close the ways that are the owner's."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from app import crypto
from app.crypto import HashingBusy, Keys, keys
from app.models import Applicant, Attempt, Device, Notice, OneTimeCode, PushSubscription, Session
from app.rules import codes as written
from app.services import claims, codes, devices, kunci, limits, pins, sessions, signing_in
from app.services.claims import Refused
from app.services.ledger import Actor
from app.services.signing_in import Opened, Phone
from tests.conftest import KEYS, NOW
from tests.services.people import NIK, PIN, officer, person
from tests.services.test_limits import wrong_tries

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
OTHER_NIK = "3508012506880001"
ADDRESS = "siti88@gmail.com"
NEW_PIN = "730846"
pytestmark = pytest.mark.usefixtures("office")


def phone(n: int = 1, cookie: str | None = None, shared: bool = False) -> Phone:
    """A browser in a network of its own."""
    place = limits.where(f"10.0.{n // 256}.{n % 256}", f"browser {n}", False)
    return Phone(place, cookie, crypto.new_token(), f"HP {n}", shared)


def key_of(applicant: Applicant, at: timedelta = timedelta(0)) -> str:
    """The person's kunci as the form hands it over."""
    return written.parse_key(kunci.replace(applicant, NOW + at))


def known(applicant: Applicant, at: timedelta = timedelta(0)) -> str:
    """The cookie of a phone that the person registered on."""
    return devices.register(applicant, "HP Android, Chrome", False, NOW + at)


def session_of(opened: Opened, at: timedelta = timedelta(0)) -> Session:
    found = sessions.find(opened.session_token, NOW + at)
    assert found is not None
    return found


def titles(applicant: Applicant) -> list[str]:
    return [
        row.title
        for row in Notice.select().where(Notice.applicant == applicant.id).order_by(Notice.created_at)
    ]


def other_than(pin: str, n: int) -> str:
    return f"{(int(pin) + 1 + n) % 10**6:06}"


# what a way in is worth -----------------------------------------------------------------------------


def test_a_known_phone_and_the_pin_open_everything() -> None:
    siti = person()
    opened = signing_in.with_pin(NIK, PIN, phone(cookie=known(siti)), NOW)
    session = session_of(opened)
    assert (session.kind, session.applicant.id, session.device.applicant_id) == ("full", siti.id, siti.id)


def test_a_new_phone_and_the_pin_open_the_summary() -> None:
    siti = person()
    opened = signing_in.with_pin(NIK, PIN, phone(), NOW)
    session = session_of(opened)
    assert (session.kind, session.applicant.id, session.device) == ("summary", siti.id, None)
    assert opened.device_token is None
    assert Device.select().count() == 0
    assert titles(siti) == ["Status Anda dibuka di HP lain"]


def test_a_phone_of_somebody_else_is_a_new_phone() -> None:
    person()
    budi = person(nik=OTHER_NIK, pin="905173")
    assert signing_in.with_pin(NIK, PIN, phone(cookie=known(budi)), NOW).kind == "summary"


def test_a_family_is_known_on_one_phone_each_with_the_own_pin() -> None:
    siti, budi = person(), person(nik=OTHER_NIK, pin="905173")
    cookie = devices.with_token(known(siti), known(budi))
    assert signing_in.with_pin(NIK, PIN, phone(cookie=cookie), NOW).kind == "full"
    assert signing_in.with_pin(OTHER_NIK, "905173", phone(cookie=cookie), NOW).kind == "full"
    with pytest.raises(Refused):
        signing_in.with_pin(NIK, "905173", phone(cookie=cookie), NOW)


def test_a_cookie_remembers_four_people_the_first_and_the_last_ones() -> None:
    cookie = None
    for token in "abcde":
        cookie = devices.with_token(cookie, token)
        assert devices.browser_of(cookie) == "a"  # counted by one thing, whoever is known on it
    assert cookie == "e.d.c.a"
    assert devices.with_token("d.c.b.a", "c") == "c.d.b.a"
    assert devices.with_token("b.a", "a") == "b.a"
    assert devices.browser_of(None) is None


def test_kunci_makes_a_phone_known_and_is_replaced() -> None:
    siti = person()
    key = key_of(siti)
    opened = signing_in.with_kunci(NIK, PIN, key, phone(), NOW)
    assert session_of(opened).kind == "full"
    assert opened.device_token is not None
    assert opened.kunci is not None
    assert signing_in.with_pin(NIK, PIN, phone(2, cookie=opened.device_token), NOW).kind == "full"
    with pytest.raises(Refused):
        signing_in.with_kunci(NIK, PIN, key, phone(3), NOW)
    assert signing_in.with_kunci(NIK, PIN, written.parse_key(opened.kunci), phone(4), NOW).kind == "full"
    assert titles(siti) == ["Ada HP baru masuk ke akun Anda"] * 2


@pytest.mark.parametrize("wrong", ["nik", "pin", "kunci"])
def test_kunci_pin_and_nik_must_all_fit(wrong: str) -> None:
    siti = person()
    person(nik=OTHER_NIK, pin="905173")
    typed = {"nik": NIK, "pin": PIN, "key": key_of(siti)}
    typed |= {"nik": {"nik": OTHER_NIK}, "pin": {"pin": NEW_PIN}, "kunci": {"key": "00000000"}}[wrong]
    with pytest.raises(Refused):
        signing_in.with_kunci(**typed, phone=phone(), now=NOW)
    assert Session.select().count() == 0


def test_nobody_without_a_kunci_is_let_in_by_an_empty_one() -> None:
    person()
    with pytest.raises(Refused):
        signing_in.with_kunci(NIK, PIN, "", phone(), NOW)


def test_a_kunci_outlives_a_newer_pepper_until_the_old_one_is_gone() -> None:
    siti = person()
    key = key_of(siti)
    new = (2, b"q" * 32)
    crypto.use(replace(KEYS, pepper=(new, *KEYS.pepper)))
    assert kunci.is_right(Applicant.get_by_id(siti.id), key)
    crypto.use(replace(KEYS, pepper=(new,)))
    assert not kunci.is_right(Applicant.get_by_id(siti.id), key)
    crypto.use(KEYS)


def test_a_kunci_used_twice_at_once_opens_once(monkeypatch: pytest.MonkeyPatch) -> None:
    siti = person()
    key, real = key_of(siti), signing_in._whose_kunci

    def somebody_is_faster(nik_index: bytes, pin: str, typed: str) -> Applicant | None:
        found = real(nik_index, pin, typed)
        monkeypatch.setattr(signing_in, "_whose_kunci", real)
        signing_in.with_kunci(NIK, PIN, key, phone(9), NOW)
        return found

    monkeypatch.setattr(signing_in, "_whose_kunci", somebody_is_faster)
    with pytest.raises(Refused):
        signing_in.with_kunci(NIK, PIN, key, phone(1), NOW)
    assert [device.label for device in devices.list_for(siti)] == ["HP 9"]


def test_a_lost_answer_does_not_cost_the_kunci() -> None:
    """Dead spot: we changed the kunci, the phone never heard. The same browser tries again with the old one."""
    siti = person()
    key, browser = key_of(siti), phone()
    lost = signing_in.with_kunci(NIK, PIN, key, browser, NOW)
    again = signing_in.with_kunci(NIK, PIN, key, browser, NOW + MINUTE)
    assert again.kind == "full"
    assert again.device_token == browser.token
    assert again.kunci not in (None, lost.kunci)
    assert signing_in.with_kunci(NIK, PIN, written.parse_key(again.kunci or ""), phone(2), NOW + MINUTE).kunci


def test_an_answer_that_arrived_is_not_repeated() -> None:
    siti = person()
    opened = signing_in.with_kunci(NIK, PIN, key_of(siti), phone(), NOW)
    again = signing_in.with_pin(NIK, PIN, phone(cookie=opened.device_token), NOW + MINUTE)
    assert again.kunci is None


def test_an_email_code_opens_everything_for_a_proved_address() -> None:
    siti = person(email="Siti88@gmail.com", email_proved_at=NOW)
    asked = signing_in.ask_email_code(NIK, "siti88@gmail.com", phone().place, NOW)
    assert asked.issued is not None
    opened = signing_in.with_email_code(asked.id, asked.issued.code, phone(), NOW)
    assert (opened.kind, opened.kunci) == ("full", None)
    assert [device.label for device in devices.list_for(siti)] == ["HP 1"]
    with pytest.raises(Refused):
        signing_in.with_email_code(asked.id, asked.issued.code, phone(), NOW)


@pytest.mark.parametrize(
    ("columns", "nik", "address"),
    [
        ({"email": "siti88@gmail.com"}, NIK, "siti88@gmail.com"),
        ({"email": "siti88@gmail.com", "email_proved_at": NOW}, NIK, "other@gmail.com"),
        ({"email": "siti88@gmail.com", "email_proved_at": NOW}, OTHER_NIK, "siti88@gmail.com"),
        ({"email": "siti88@gmail.com", "email_proved_at": NOW, "claim": "rejected"}, NIK, "siti88@gmail.com"),
    ],
    ids=["not proved", "another address", "another NIK", "rejected claim"],
)
def test_nothing_is_sent_otherwise_and_nobody_is_told(
    columns: dict[str, object], nik: str, address: str
) -> None:
    person(**columns)
    asked = signing_in.ask_email_code(nik, address, phone().place, NOW)
    assert asked.issued is None
    assert asked.id > 0
    assert OneTimeCode.select().count() == 0
    with pytest.raises(Refused):
        signing_in.with_email_code(asked.id, "123456", phone(), NOW)


def test_an_address_that_had_its_codes_gets_no_more_and_nobody_is_told() -> None:
    person(email="siti88@gmail.com", email_proved_at=NOW)
    asked = [signing_in.ask_email_code(NIK, "siti88@gmail.com", phone().place, NOW) for _ in range(4)]
    assert [one.issued is None for one in asked] == [False, False, False, True]


def test_a_proof_code_does_not_sign_in() -> None:
    siti = person(email="siti88@gmail.com", email_proved_at=NOW)
    issued = codes.issue(siti, codes.EMAIL_PROOF, "siti88@gmail.com", NOW)
    with pytest.raises(Refused):
        signing_in.with_email_code(issued.id, issued.code, phone(), NOW)


def test_a_shared_phone_has_a_short_session_and_no_push() -> None:
    siti = person()
    cookie = known(siti)
    subscribe(siti, devices.find(cookie, siti))
    opened = signing_in.with_pin(NIK, PIN, phone(cookie=cookie, shared=True), NOW)
    assert session_of(opened).shared
    assert sessions.find(opened.session_token, NOW + 15 * MINUTE) is None
    assert PushSubscription.select().count() == 0
    again = signing_in.with_pin(NIK, PIN, phone(cookie=cookie), NOW + HOUR)
    assert session_of(again, HOUR).shared


# several claims to one NIK ----------------------------------------------------------------------------


def test_each_claim_has_its_own_pin() -> None:
    holder, rival = person(claim="holder"), person(claim="disputed", pin=NEW_PIN)
    assert session_of(signing_in.with_pin(NIK, PIN, phone(1), NOW)).applicant.id == holder.id
    assert session_of(signing_in.with_pin(NIK, NEW_PIN, phone(2), NOW)).applicant.id == rival.id


def test_a_rejected_claim_signs_in_nowhere() -> None:
    loser = person(claim="rejected")
    cookie, key = known(loser), key_of(loser)
    for attempt in (
        lambda: signing_in.with_pin(NIK, PIN, phone(), NOW),
        lambda: signing_in.with_pin(NIK, PIN, phone(cookie=cookie), NOW),
        lambda: signing_in.with_kunci(NIK, PIN, key, phone(), NOW),
    ):
        with pytest.raises(Refused):
            attempt()


def test_nobody_is_crowded_out_by_drafts_of_the_same_nik() -> None:
    """Squatters make drafts of my NIK; holder and kunci are tried all the same."""
    holder, mine = person(claim="holder"), person(pin="614097")
    key = key_of(mine)
    for n in range(20):
        squatter = person(pin=f"91357{n % 10}", created_at=NOW + n * MINUTE)
        if kunci.index(key_of(squatter)) == kunci.index(
            key
        ):  # one in 256: another kunci keeps this test exact
            Applicant.update(kunci_index=b"").where(Applicant.id == squatter.id).execute()
    assert session_of(signing_in.with_pin(NIK, PIN, phone(1), NOW + HOUR), HOUR).applicant.id == holder.id
    opened = signing_in.with_kunci(NIK, "614097", key, phone(2), NOW + HOUR)
    assert session_of(opened, HOUR).applicant.id == mine.id


# one answer for all -----------------------------------------------------------------------------------


@pytest.fixture
def hashed(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many secrets were compared."""
    count = [0]
    real = Keys.verify_secret

    def counted(self: Keys, owner: int, secret: str, stored: str) -> bool:
        count[0] += 1
        return real(self, owner, secret, stored)

    monkeypatch.setattr(Keys, "verify_secret", counted)
    return count


def _exhaust() -> None:
    for n in range(20):
        Attempt.create(
            path="pin",
            subject=keys().lookup_hash("nik", NIK),
            source=b"x" * 32,
            at=NOW - 2 * DAY + n * MINUTE,
        )


SITUATIONS: dict[str, Callable[[], object]] = {
    "unknown NIK": lambda: None,
    "one claim": lambda: person(),
    "three claims": lambda: [person(), person(pin=NEW_PIN), person(pin="614097", claim="holder")],
    "five claims": lambda: [person(pin=f"91357{n}") for n in range(5)],
    "claim without kunci or with": lambda: key_of(person()),
    "closed until opened": lambda: (person(created_at=NOW - 3 * DAY), _exhaust()),
}


@pytest.mark.parametrize("situation", SITUATIONS)
def test_a_wrong_secret_costs_the_same_whoever_is_registered(situation: str, hashed: list[int]) -> None:
    SITUATIONS[situation]()
    with pytest.raises(Refused) as pin_refused:
        signing_in.with_pin(NIK, "999111", phone(), NOW)
    assert hashed == [3]
    with pytest.raises(Refused) as kunci_refused:
        signing_in.with_kunci(NIK, "999111", "ABCDEFGH", phone(), NOW)
    assert hashed == [4]
    with pytest.raises(Refused):
        pins.set_with_posko_code(NIK, "ABCDEFGH", NEW_PIN, phone(), NOW)
    assert hashed == [7]
    assert (str(pin_refused.value), str(kunci_refused.value)) == ("", "")


def test_a_closed_path_refuses_the_right_pin_without_hashing(hashed: list[int]) -> None:
    person()
    for n in range(5):
        with pytest.raises(Refused):
            signing_in.with_pin(NIK, other_than(PIN, n), phone(n), NOW)
    hashed[0] = 0
    with pytest.raises(Refused):
        signing_in.with_pin(NIK, PIN, phone(9), NOW)
    assert hashed == [0]
    assert signing_in.with_pin(NIK, PIN, phone(9), NOW + HOUR).kind == "summary"


def test_a_busy_server_counts_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    siti = person(email="siti88@gmail.com", email_proved_at=NOW)
    key, cookie = key_of(siti), known(siti)

    def busy(self: Keys, owner: int, secret: str, stored: str) -> bool:
        raise HashingBusy

    with monkeypatch.context() as patched:
        patched.setattr(Keys, "verify_secret", busy)
        for attempt in (
            lambda: signing_in.with_pin(NIK, PIN, phone(), NOW),
            lambda: signing_in.with_pin(NIK, PIN, phone(cookie=cookie), NOW),
            lambda: signing_in.with_kunci(NIK, PIN, key, phone(), NOW),
            lambda: signing_in.ask_email_code(NIK, "other@gmail.com", phone().place, NOW),
            lambda: pins.set_with_posko_code(NIK, "ABCDEFGH", NEW_PIN, phone(), NOW),
        ):
            with pytest.raises(HashingBusy):
                attempt()
    assert Attempt.select().count() == 0
    assert Device.get().wrong_pins == 0


# nobody is locked out by others ---------------------------------------------------------------------------


def test_an_attacker_who_fills_every_bucket_locks_nobody_out() -> None:
    """The claim of security.md 4.3, from the owner's own network too: the worst is "a new phone needs kunci"."""
    siti = person(created_at=NOW - DAY, email=ADDRESS, email_proved_at=NOW - DAY)
    cookie, key = known(siti, -DAY), key_of(siti, -DAY)
    mine, others = (
        keys().lookup_hash("nik", NIK),
        [keys().lookup_hash("nik", f"350801{n:010}") for n in range(100)],
    )
    at = timedelta(0)
    for day in range(3):
        for n, other in enumerate(others):
            at = day * DAY + n * timedelta(minutes=2)
            for path in ("pin", "kunci", "posko", "email"):
                attack(path, other, n, at)
            for path in ("pin", "kunci", "posko", "email"):
                attack(path, mine, 100 + n, at)
    assert not attack("pin", others[-1], 1, at), "the network is not full"
    assert not attack("email", others[-1], 1, at), "the network is not full"
    assert pins.is_closed_on_new_phones(siti), "the NIK is not full"
    use_up_the_codes(at)
    break_the_system(at)
    with pytest.raises(Refused):
        signing_in.with_pin(NIK, PIN, phone(200), NOW + at)
    assert signing_in.with_pin(NIK, PIN, replace(phone(1), cookie=cookie), NOW + at).kind == "full"
    assert signing_in.with_kunci(NIK, PIN, key, phone(1), NOW + at).kind == "full"
    posko = written.parse_key(codes.issue_posko_code(siti, Actor("staff", officer("dewi")), NOW + at))
    assert pins.set_with_posko_code(NIK, posko, NEW_PIN, phone(1), NOW + at).kind == "full"


def use_up_the_codes(at: timedelta) -> None:
    """The mailbox has had its codes for this hour, and the newest of them is dead from five wrong tries."""
    asked = [signing_in.ask_email_code(NIK, ADDRESS, phone(300 + n).place, NOW + at) for n in range(4)]
    assert [one.issued is None for one in asked] == [False, False, False, True], "the mailbox is not full"
    newest = asked[2]
    assert newest.issued is not None
    for n in range(5):
        with pytest.raises(Refused):
            signing_in.with_email_code(newest.id, other_than(newest.issued.code, n), phone(300 + n), NOW + at)
    with pytest.raises(Refused):
        signing_in.with_email_code(newest.id, newest.issued.code, phone(310), NOW + at)


def break_the_system(at: timedelta) -> None:
    """More than a thousand wrong PINs within an hour, each at another NIK and from another network."""
    stranger = person(nik=OTHER_NIK, pin="905173")
    assert signing_in.with_pin(OTHER_NIK, "905173", phone(400), NOW + at).kind == "summary"
    wrong_tries(1000, at)
    assert not attack("pin", keys().lookup_hash("nik", "3508019999990001"), 401, at), "the breaker holds"
    with pytest.raises(Refused):
        signing_in.with_pin(OTHER_NIK, "905173", phone(402), NOW + at)
    assert not pins.is_closed_on_new_phones(stranger), "it was the breaker that refused"


def attack(path: str, nik_index: bytes, n: int, at: timedelta) -> bool:
    """One wrong try from the owner's network (n below 100) or another; whether it was let through."""
    try:
        limits.begin(path, nik_index, phone(1 if n < 100 else n).place, NOW + at)
    except limits.Closed:
        return False
    return True


def test_a_neighbour_behind_my_address_cannot_close_kunci() -> None:
    siti = person()
    key, mine = key_of(siti), phone(1)
    for n in range(300):
        limits.begin("kunci", keys().lookup_hash("nik", f"350801{n:010}"), mine.place, NOW)
    assert signing_in.with_kunci(NIK, PIN, key, mine, NOW).kind == "full"


def test_five_wrong_pins_make_one_phone_new_and_no_other() -> None:
    siti = person()
    cookie, other = known(siti), known(siti)
    for n in range(5):
        with pytest.raises(Refused):
            signing_in.with_pin(NIK, other_than(PIN, n), phone(cookie=cookie), NOW)
    assert signing_in.with_pin(NIK, PIN, phone(cookie=cookie), NOW).kind == "summary"
    assert signing_in.with_pin(NIK, PIN, phone(cookie=other), NOW).kind == "full"


def test_a_right_pin_starts_the_count_of_a_phone_again() -> None:
    siti = person()
    cookie = known(siti)
    for n in range(12):
        if n % 4 == 3:
            assert signing_in.with_pin(NIK, PIN, phone(cookie=cookie), NOW).kind == "full"
        else:
            with pytest.raises(Refused):
                signing_in.with_pin(NIK, other_than(PIN, n), phone(cookie=cookie), NOW)


def test_wrong_pins_on_a_known_phone_fill_no_other_bucket() -> None:
    siti = person()
    for _ in range(4):
        with pytest.raises(Refused):
            signing_in.with_pin(NIK, "999111", phone(cookie=known(siti)), NOW)
    assert Attempt.select().count() == 0


def test_twenty_wrong_in_all_are_told_to_the_owner_who_opens_it_again() -> None:
    siti = person()
    moment = timedelta(0)
    for n in range(20):
        moment = (n + 1) * 3 * HOUR
        with pytest.raises(Refused):
            signing_in.with_pin(NIK, other_than(PIN, n), phone(n), NOW + moment)
    assert titles(siti) == ["Masuk dari HP baru kami tutup"]
    later = moment + 2 * DAY
    assert pins.is_closed_on_new_phones(siti)
    with pytest.raises(Refused):
        signing_in.with_pin(NIK, PIN, phone(), NOW + later)
    pins.open_on_new_phones(siti, NOW + later)
    assert not pins.is_closed_on_new_phones(Applicant.get_by_id(siti.id))
    assert signing_in.with_pin(NIK, PIN, phone(), NOW + later).kind == "summary"


def test_a_rival_who_opens_the_path_opens_it_for_the_own_claim_only() -> None:
    person(claim="holder")
    rival = person(claim="disputed", pin=NEW_PIN)
    for n in range(20):
        with pytest.raises(Refused):
            signing_in.with_pin(NIK, other_than("100000", n), phone(n), NOW + (n + 1) * 3 * HOUR)
    later = NOW + 10 * DAY
    pins.open_on_new_phones(rival, later)
    with pytest.raises(Refused):
        signing_in.with_pin(NIK, PIN, phone(1), later)
    assert signing_in.with_pin(NIK, NEW_PIN, phone(2), later).kind == "summary"


# PIN again, PIN change, pepper ------------------------------------------------------------------------------


def full(siti: Applicant) -> tuple[str, Session]:
    cookie = known(siti)
    return cookie, session_of(signing_in.with_pin(NIK, PIN, phone(cookie=cookie), NOW))


def test_the_pin_again_renews_the_session() -> None:
    _, session = full(person())
    token = pins.again(session, PIN, NOW + HOUR)
    fresh = sessions.find(token, NOW + HOUR)
    assert fresh is not None
    assert sessions.is_fresh(fresh, NOW + HOUR)
    assert Session.get_by_id(session.id).revoked_at == NOW + HOUR


def test_five_wrong_pins_in_an_open_session_end_it() -> None:
    siti = person()
    cookie, session = full(siti)
    for n in range(4):
        with pytest.raises(Refused):
            pins.again(session, other_than(PIN, n), NOW)
    with pytest.raises(pins.SessionOver):
        pins.again(session, other_than(PIN, 5), NOW)
    assert Session.get_by_id(session.id).revoked_at is not None
    assert devices.find(cookie, siti) is None


def test_a_new_pin_ends_every_other_session() -> None:
    siti = person()
    _, session = full(siti)
    cookie = known(siti)
    elsewhere = signing_in.with_pin(NIK, PIN, phone(2, cookie=cookie), NOW)
    token = pins.change(session, NEW_PIN, False, NOW)
    assert sessions.find(token, NOW) is not None
    assert sessions.find(elsewhere.session_token, NOW) is None
    assert signing_in.with_pin(NIK, NEW_PIN, phone(2, cookie=cookie), NOW).kind == "full"
    with pytest.raises(Refused):
        signing_in.with_pin(NIK, PIN, phone(3), NOW)
    assert "PIN Anda sudah diganti" in titles(siti)


def test_a_new_pin_may_put_the_other_phones_out() -> None:
    siti = person()
    cookie, session = full(siti)
    other = known(siti)
    subscribe(siti, devices.find(other, siti))
    pins.change(session, NEW_PIN, True, NOW)
    assert devices.find(other, siti) is None
    assert devices.find(cookie, siti) is not None
    assert PushSubscription.select().count() == 0


@pytest.mark.parametrize("pin", ["123456", "880417", "508015", "170488"])
def test_a_guessable_pin_is_refused_and_nothing_changes(pin: str) -> None:
    siti = person()
    _, session = full(siti)
    with pytest.raises(pins.BadPin):
        pins.change(session, pin, False, NOW)
    assert signing_in.with_pin(NIK, PIN, phone(5), NOW).kind == "summary"


def test_a_new_pin_kills_a_posko_code_that_the_owner_did_not_ask_for() -> None:
    siti = person()
    _, session = full(siti)
    code = written.parse_key(codes.issue_posko_code(siti, Actor("staff", officer("dewi")), NOW))
    pins.change(session, NEW_PIN, False, NOW)
    with pytest.raises(Refused):
        pins.set_with_posko_code(NIK, code, "614097", phone(), NOW)


def test_a_pin_that_changes_while_it_is_checked_opens_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    siti = person()
    real = claims.first_right

    def meanwhile(secret: str, stored: list[tuple[int, str]], hashes: int = 3) -> int | None:
        found = real(secret, stored, hashes)
        Applicant.update(pin_hash=keys().hash_secret(siti.id, NEW_PIN)).where(
            Applicant.id == siti.id
        ).execute()
        return found

    monkeypatch.setattr(claims, "first_right", meanwhile)
    with pytest.raises(Refused):
        signing_in.with_pin(NIK, PIN, phone(), NOW)
    assert Session.select().count() == 0


@pytest.mark.parametrize("way", ["known", "new", "kunci", "again"])
def test_a_new_pepper_takes_over_at_the_next_sign_in(way: str) -> None:
    siti = person()
    cookie, key = known(siti), key_of(siti)
    session = session_of(signing_in.with_pin(NIK, PIN, phone(cookie=cookie), NOW))
    crypto.use(replace(KEYS, pepper=((2, b"new pepper".ljust(32, b".")), *KEYS.pepper)))
    {
        "known": lambda: signing_in.with_pin(NIK, PIN, phone(cookie=cookie), NOW),
        "new": lambda: signing_in.with_pin(NIK, PIN, phone(), NOW),
        "kunci": lambda: signing_in.with_kunci(NIK, PIN, key, phone(), NOW),
        "again": lambda: pins.again(session, PIN, NOW),
    }[way]()
    assert Applicant.get_by_id(siti.id).pin_hash.startswith("2$")
    crypto.use(replace(KEYS, pepper=((2, b"new pepper".ljust(32, b".")),)))
    assert signing_in.with_pin(NIK, PIN, phone(7), NOW).kind == "summary"


# a code from a posko ----------------------------------------------------------------------------------------


def test_a_posko_code_gives_a_new_pin_and_puts_the_old_phones_out() -> None:
    siti = person()
    cookie, session = full(siti)
    subscribe(siti, devices.find(cookie, siti))
    key = key_of(siti)
    summary = signing_in.with_pin(NIK, PIN, phone(8), NOW)
    code = written.parse_key(codes.issue_posko_code(siti, Actor("staff", officer("dewi")), NOW))
    assert codes.last_reset(siti) is None
    opened = pins.set_with_posko_code(NIK, code, NEW_PIN, phone(2), NOW + MINUTE)
    assert session_of(opened, MINUTE).kind == "full"
    assert [device.label for device in devices.list_for(siti)] == ["HP 2"]
    for token in (summary.session_token, session.id):
        assert not isinstance(token, str) or sessions.find(token, NOW + MINUTE) is None
    assert Session.get_by_id(session.id).revoked_at is not None
    with pytest.raises(Refused):
        signing_in.with_kunci(NIK, NEW_PIN, key, phone(3), NOW + MINUTE)
    assert signing_in.with_kunci(NIK, NEW_PIN, written.parse_key(opened.kunci or ""), phone(4), NOW + MINUTE)
    assert "PIN Anda diganti dengan kode posko" in titles(siti)
    assert codes.last_reset(siti) == NOW + MINUTE


def test_a_tablet_of_the_office_is_never_known() -> None:
    """The person sets the PIN on the turned tablet: all may be done there, nothing stays."""
    siti = person()
    code = written.parse_key(codes.issue_posko_code(siti, Actor("staff", officer("dewi")), NOW))
    tablet = replace(phone(shared=True), is_offices=True)
    opened = pins.set_with_posko_code(NIK, code, NEW_PIN, tablet, NOW)
    session = session_of(opened)
    assert (session.kind, session.shared, session.device, opened.device_token) == ("full", True, None, None)
    assert devices.list_for(siti) == []
    assert "Ada HP baru masuk ke akun Anda" in titles(siti)
    assert signing_in.with_pin(NIK, NEW_PIN, tablet, NOW).kind == "summary"
    renewed = sessions.find(pins.again(session, NEW_PIN, NOW), NOW)
    assert renewed is not None
    for n in range(4):
        with pytest.raises(Refused):
            pins.again(renewed, other_than(NEW_PIN, n), NOW)
    with pytest.raises(pins.SessionOver):
        pins.again(renewed, other_than(NEW_PIN, 5), NOW)
    assert Session.get_by_id(renewed.id).revoked_at == NOW


def test_the_old_phone_hears_of_a_reset_for_a_day() -> None:
    siti = person()
    cookie, _ = full(siti)
    subscribe(siti, devices.find(cookie, siti))
    code = written.parse_key(codes.issue_posko_code(siti, Actor("staff", officer("dewi")), NOW))
    pins.set_with_posko_code(NIK, code, NEW_PIN, phone(2), NOW)
    assert devices.forget_old_subscriptions(NOW + DAY - MINUTE) == 0
    assert devices.forget_old_subscriptions(NOW + DAY) == 1


@pytest.mark.parametrize("case", ["used", "late", "other NIK", "wrong"])
def test_a_posko_code_is_good_once_for_half_an_hour(case: str) -> None:
    siti = person()
    person(nik=OTHER_NIK)
    code = written.parse_key(codes.issue_posko_code(siti, Actor("staff", officer("dewi")), NOW))
    if case == "used":
        pins.set_with_posko_code(NIK, code, NEW_PIN, phone(), NOW)
    at = NOW + 30 * MINUTE if case == "late" else NOW
    nik, typed = OTHER_NIK if case == "other NIK" else NIK, "00000000" if case == "wrong" else code
    with pytest.raises(Refused):
        pins.set_with_posko_code(nik, typed, "614097", phone(2), at)


def test_a_guessable_pin_does_not_cost_the_code() -> None:
    siti = person()
    code = written.parse_key(codes.issue_posko_code(siti, Actor("staff", officer("dewi")), NOW))
    with pytest.raises(pins.BadPin):
        pins.set_with_posko_code(NIK, code, "350801", phone(), NOW)
    assert pins.set_with_posko_code(NIK, code, NEW_PIN, phone(), NOW).kind == "full"


def test_a_reset_opens_the_path_for_new_phones() -> None:
    siti = person(created_at=NOW - 3 * DAY)
    _exhaust()
    assert pins.is_closed_on_new_phones(siti)
    code = written.parse_key(codes.issue_posko_code(siti, Actor("staff", officer("dewi")), NOW))
    pins.set_with_posko_code(NIK, code, NEW_PIN, phone(), NOW)
    assert not pins.is_closed_on_new_phones(Applicant.get_by_id(siti.id))


# phones -----------------------------------------------------------------------------------------------------


def subscribe(applicant: Applicant, device: Device | None) -> PushSubscription:
    row = PushSubscription(
        applicant=applicant,
        device=device,
        endpoint_hash=crypto.new_token().encode(),
        p256dh=b"p",
        origin="https://push.example",
        created_at=NOW,
        refreshed_at=NOW,
    )
    row.endpoint, row.auth = "https://push.example/x", "auth"
    row.save(force_insert=True)
    return row


def test_a_phone_that_is_put_out_is_signed_out_and_hears_nothing() -> None:
    siti = person()
    cookie, session = full(siti)
    device = devices.find(cookie, siti)
    assert device is not None
    subscribe(siti, device)
    devices.revoke(device, NOW)
    assert Session.get_by_id(session.id).revoked_at == NOW
    assert devices.find(cookie, siti) is None
    assert PushSubscription.select().count() == 0
    assert signing_in.with_pin(NIK, PIN, phone(cookie=cookie), NOW).kind == "summary"


@pytest.mark.parametrize("text", ["", "x", "²", "-1", "9" * 30])
def test_only_a_number_names_a_phone(text: str) -> None:
    assert devices.of(person(), text) is None


def test_a_phone_of_another_person_is_not_found() -> None:
    siti, budi = person(), person(nik=OTHER_NIK)
    other = devices.find(known(budi), budi)
    assert other is not None
    assert devices.of(siti, str(other.id)) is None
    assert devices.of(budi, str(other.id)) is not None


@pytest.mark.parametrize(
    ("agent", "label"),
    [
        (
            "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Mobile Safari/537.36",
            "HP Android, Chrome",
        ),
        ("Mozilla/5.0 (Android 14; Mobile; rv:132.0) Gecko/132.0 Firefox/132.0", "HP Android, Firefox"),
        (
            "Mozilla/5.0 (Linux; Android 13; SM-A146P) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/23.0 Chrome/115.0.0.0 Mobile Safari/537.36",
            "HP Android, Samsung Internet",
        ),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 17_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.6 Mobile/15E148 Safari/604.1",
            "iPhone, Safari",
        ),
        (
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36 Edg/130.0",
            "Komputer Windows, Edge",
        ),
        ("curl/8", "HP"),
        ("", "HP"),
        ("<script>" * 1000, "HP"),
    ],
)
def test_a_browser_is_named_in_plain_words(agent: str, label: str) -> None:
    assert devices.label_of(agent) == label
