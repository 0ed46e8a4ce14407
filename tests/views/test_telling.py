"""/saya/kabar/atur through the front door: channels, hours of silence, kind of words; and that they hold at once."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from app.crypto import fingerprint, keys
from app.models import (
    Applicant,
    AuditLine,
    CallTask,
    Consent,
    Delivery,
    Notice,
    Office,
    Preference,
    PushSubscription,
    Session,
)
from app.rules import quiet
from app.rules.local_time import ZONES
from app.services import consents, delivery, ladder, mailing, notices, office, preferences, subscriptions
from app.services.preferences import Chosen
from tests.conftest import NOW
from tests.inspection import text_of
from tests.staff import rows
from tests.states import sent, summary_only
from tests.worker.phones import Phone

PATH = "/saya/kabar/atur"
HOUR = timedelta(hours=1)
LEASE = timedelta(minutes=1)


def prove_email(applicant_id: int, address: str = "siti@example.org") -> Applicant:
    person = Applicant.get_by_id(applicant_id)
    person.email, person.email_index = address, keys().lookup_hash("email", address)
    person.email_proved_at = NOW
    person.save()
    return person


def push_on(applicant_id: int, label: str = "HP Android, Chrome") -> None:
    subscriptions.opt_in(applicant_id, Phone().subscription, device_id=None, label=label, now=NOW)


def tell(applicant_id: int, now: datetime, kind: str = "result", **more: object) -> Notice:
    words = {"key": f"{kind}:{now}", "title": "Hasil sudah keluar", "body": "Buka.", "path": "/saya"}
    made = notices.write(applicant_id=applicant_id, kind=kind, now=now, **words | more)
    assert made is not None
    return made


def at(day: int, hour: int, minute: int = 0, zone: str = "WIB") -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=ZONES[zone]).astimezone(UTC)


def last(purpose: str) -> Consent:
    return Consent.select().where(Consent.purpose == purpose).order_by(Consent.at.desc(), Consent.id).first()


# the page -----------------------------------------------------------------------------------------


def test_the_inbox_says_what_is_on_and_leads_here(visitor, wave):
    application = sent(visitor)
    page = visitor.open("/saya/kabar")
    assert "Kabar juga masuk lewat telepon petugas dan WhatsApp petugas." in page.main
    assert "HP diam pukul 21.00 sampai 06.00." in page.main
    assert page.click("Atur kabar").h1 == "Atur kabar"
    prove_email(application.applicant_id)
    push_on(application.applicant_id, "HP Android, Firefox")
    said = visitor.open("/saya/kabar").main
    assert "lewat HP Android, Firefox, email s•••@example.org, telepon petugas, dan WhatsApp petugas." in said


def test_somebody_who_chose_nothing_has_what_the_house_gives(visitor, wave):
    sent(visitor)
    form = visitor.open(PATH).form("Simpan", "jam")
    assert (form.values["jam"], form.values["bahasa"]) == ("21-06", "id")
    assert "call" in form.values
    assert Preference.select().count() == 0


def test_everything_is_kept_and_shown_again(visitor, wave):
    application = sent(visitor)
    prove_email(application.applicant_id)
    page = visitor.open(PATH)
    page = page.submit("Simpan", jam="08-16", bahasa="id-mudah", email=False, call=False, wa=True)
    assert "Sudah kami simpan." in page.main
    assert "Kabar juga masuk lewat WhatsApp petugas. HP diam pukul 08.00 sampai 16.00." in page.main
    assert preferences.of(application.applicant_id) == Chosen("08-16", "id-mudah")
    form = page.form("Simpan", "jam")
    assert (form.values["jam"], form.values["bahasa"]) == ("08-16", "id-mudah")
    assert "email" not in form.values
    assert "wa" in form.values
    for purpose, given in (("email", False), ("call", False)):
        row = last(purpose)
        assert (row.given, row.at, row.channel) == (given, NOW, "self")
    # The consent keeps the hash of the words that stood beside the boxes of this very page.
    shown = " ".join(label for label in _labels(page))
    assert last("call").text_sha256 == fingerprint(shown)
    verbs = [
        line.verb
        for line in AuditLine.select().where(AuditLine.subject == f"applicant:{application.applicant_id}")
    ]
    assert verbs.count("preference.set") == 1
    assert verbs.count("consent.no") == 2


def _labels(page):
    found = []
    for label in page.parsed.all("label"):
        if label.get("for") in ("email", "call", "wa", "sms"):
            note = next((e for e in label.iter("small")), None)
            found.append(text_of(label).removesuffix(text_of(note) if note is not None else "").strip())
    return found


def test_kept_twice_it_is_written_once(visitor, wave):
    application = sent(visitor)
    page = visitor.open(PATH)
    for _ in range(2):
        page.submit("Simpan", jam="kapan-saja", bahasa="id", call=True, wa=True)
    assert Preference.select().count() == 1
    assert AuditLine.select().where(AuditLine.verb == "preference.set").count() == 1
    assert consents.ways(application.applicant_id)["call"] is True
    assert Consent.select().where(Consent.purpose == "call").count() == 0


@pytest.mark.parametrize(
    ("answers", "words"),
    [
        ({"jam": "03-04", "bahasa": "id"}, "Pilih satu jam diam dari daftar."),
        ({"bahasa": "id"}, "Pilih satu jam diam dari daftar."),
        ({"jam": "21-06", "bahasa": "jv"}, "Pilih satu dari daftar."),
        ({"jam": "21-06' OR 1=1", "bahasa": "id"}, "Pilih satu jam diam dari daftar."),
    ],
)
def test_what_is_not_on_the_list_is_refused_in_words_and_nothing_is_kept(visitor, wave, answers, words):
    sent(visitor)
    page = visitor.open(PATH)
    token = page.form("Simpan", "jam").values["csrf_token"]
    before = Consent.select().count()
    response = visitor.ask("POST", PATH, data={"csrf_token": token, **answers})
    html = response.get_data(as_text=True)
    assert response.status_code == 422
    assert words in html
    assert "<title>Error: Atur kabar" in html
    assert (Preference.select().count(), Consent.select().count()) == (0, before)


def test_what_was_ticked_stays_ticked_on_an_error(visitor, wave):
    application = sent(visitor)
    prove_email(application.applicant_id)
    token = visitor.open(PATH).form("Simpan", "jam").values["csrf_token"]
    data = {"csrf_token": token, "jam": "22-04", "bahasa": "xx", "call": "y", "ada": ["call", "email"]}
    html = visitor.ask("POST", PATH, data=data).get_data(as_text=True)
    assert 'value="22-04" checked' in html
    assert 'name="call" id="call" value="y" checked' in html
    assert 'name="email" id="email" value="y" checked' not in html


def test_ways_that_a_person_does_not_have_are_not_offered_and_not_taken(visitor, wave):
    application = sent(visitor)
    page = visitor.open(PATH)
    assert "email" not in page.form("Simpan", "jam").names
    assert "Buktikan email Anda dulu" in page.main
    token = page.form("Simpan", "jam").values["csrf_token"]
    data = {
        "csrf_token": token,
        "jam": "21-06",
        "bahasa": "id",
        "email": "y",
        "sms": "y",
        "call": "y",
        "ada": ["email", "call", "wa", "sms", "push", "lpk"],
        "wa": "y",
    }
    assert visitor.ask("POST", PATH, data=data).status_code == 303
    assert Consent.select().where(Consent.purpose.in_(["email", "sms"])).count() == 0
    assert consents.ways(application.applicant_id)["email"] is True


def test_a_box_that_came_up_meanwhile_is_not_taken_for_a_no(visitor, wave):
    application = sent(visitor)
    page = visitor.open(PATH)
    prove_email(application.applicant_id)  # in another window
    page.submit("Simpan", jam="22-04", bahasa="id", call=True, wa=True)
    assert consents.ways(application.applicant_id)["email"] is True
    assert Consent.select().where(Consent.purpose == "email").count() == 0
    assert preferences.of(application.applicant_id).quiet == "22-04"


def test_sms_is_offered_only_where_the_office_has_it(app, visitor, wave, clock):
    application = sent(visitor)
    assert "sms" not in visitor.open(PATH).form("Simpan", "jam").names
    settings = app.extensions["settings"]
    app.extensions["settings"] = replace(settings, sms_url="https://sms.example.go.id/kirim")
    page = visitor.open(PATH)
    assert "SMS, kalau" in page.main
    mine = application.applicant_id
    assert (consents.ways(mine)["sms"], consents.who_gave([mine], "sms")) == (False, set())  # it takes a yes
    page.submit("Simpan", jam="21-06", bahasa="id", sms=True, call=True, wa=True)
    assert (last("sms").given, consents.who_gave([mine], "sms")) == (True, {mine})
    clock.move(timedelta(minutes=1))
    visitor.open(PATH).submit("Simpan", jam="21-06", bahasa="id", sms=False, call=True, wa=True)
    assert (last("sms").given, consents.who_gave([mine], "sms")) == (False, set())


def test_a_summary_session_and_a_stranger_see_nothing(visitor, another_visitor, wave):
    summary_only(sent(visitor))
    assert "/masuk/bukti" in visitor.ask("GET", PATH).location
    assert "/masuk" in another_visitor.ask("GET", PATH).location


def test_the_test_push_and_switching_off_come_back_here(visitor, wave):
    application = sent(visitor)
    push_on(application.applicant_id)
    page = visitor.open(PATH).submit("Kirim tes")
    assert (page.path, "Kabar percobaan sudah dikirim." in page.main) == (PATH, True)
    page = page.submit("Matikan di HP Android, Chrome")
    assert (page.path, "Belum menyala di HP mana pun." in page.main) == (PATH, True)
    assert PushSubscription.select().count() == 0


def test_a_shared_phone_is_not_asked_to_ring(visitor, wave):
    sent(visitor)
    Session.update(shared=True).execute()
    page = visitor.open(PATH)
    assert "HP ini dipakai bersama, jadi tidak kami bunyikan." in page.main
    assert "data-push" not in page.html


def test_it_stands_in_the_own_data(visitor, wave):
    sent(visitor)
    visitor.open(PATH).submit("Simpan", jam="19-07", bahasa="id-mudah", call=False, wa=True)
    record = visitor.ask("GET", "/saya/data.json").get_json()
    assert (record["pengaturan"][0]["jam_diam"], record["pengaturan"][0]["bahasa"]) == ("19-07", "id-mudah")
    page = visitor.open("/saya/data").main
    assert "Malam lebih panjang" in page
    assert "Ditelepon petugas" in page
    assert "Mengatur cara dikabari" in page


# email --------------------------------------------------------------------------------------------


def test_after_the_stop_link_the_email_is_off_here_and_can_be_switched_on_again(visitor, wave, clock):
    person = prove_email(sent(visitor).applicant_id)
    token = mailing.stop_token(person)
    said = {"List-Unsubscribe": "One-Click"}
    assert visitor.ask("POST", f"/email/berhenti/{token}", data=said).status_code == 200
    assert mailing.who_may_be_written({person.id}) == set()
    clock.move(HOUR)
    page = visitor.open(PATH)
    form = page.form("Simpan", "jam")
    assert "email" in form.names
    assert "email" not in form.values
    page.submit("Simpan", jam="21-06", bahasa="id", email=True, call=True, wa=True)
    assert mailing.who_may_be_written({person.id}) == {person.id}
    mine = Consent.select().where(Consent.purpose == "email").order_by(Consent.at)
    assert [(row.given, row.channel) for row in mine] == [(False, "email"), (True, "self")]
    clock.move(HOUR)
    # And the same link stops it once more.
    assert visitor.ask("POST", f"/email/berhenti/{token}", data=said).status_code == 200
    assert mailing.who_may_be_written({person.id}) == set()


def test_stopping_everything_leaves_the_inbox_as_it_is(visitor, wave, clock):
    person = prove_email(sent(visitor).applicant_id)
    clock.move(HOUR)
    visitor.open(PATH).submit("Simpan", jam="21-06", bahasa="id", email=False, call=False, wa=False)
    tell(person.id, NOW + HOUR)
    page = visitor.open("/saya/kabar")
    assert "Kabar hanya masuk di halaman ini." in page.main
    assert "Hasil sudah keluar" in page.main


def test_without_the_telephone_nobody_is_called_because_of_a_notice(visitor, wave):
    person = prove_email(sent(visitor).applicant_id)
    rows.call(person)
    visitor.open(PATH).submit("Simpan", jam="21-06", bahasa="id", email=True, call=False, wa=True)
    assert CallTask.get().state == "settled"
    CallTask.delete().execute()
    tell(person.id, NOW + HOUR)
    now = NOW + HOUR
    for _ in range(10):
        ladder.climb_due(now)
        now += 24 * HOUR
    assert CallTask.select().count() == 0
    assert Notice.select().where(Notice.kind == "result", Notice.climb_at.is_null(False)).count() == 0


def test_who_asks_to_be_called_is_called_all_the_same(visitor, wave):
    person = Applicant.get_by_id(sent(visitor).applicant_id)
    rows.call(person, why="asked")
    visitor.open(PATH).submit("Simpan", jam="21-06", bahasa="id", call=False, wa=True)
    assert CallTask.get().state == "open"


# hours of silence -----------------------------------------------------------------------------------


@pytest.fixture
def person(office):
    made = rows.applicant()
    push_on(made.id)
    return made


def in_zone(zone: str) -> None:
    Office.update(zone=zone).execute()
    office.forget()


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize(
    ("code", "written", "sounds"),
    [
        ("21-06", (22, 21), (23, 6)),
        ("21-06", (22, 20, 59), (22, 20, 59)),
        ("21-06", (23, 0, 30), (23, 6)),
        ("19-07", (22, 19), (23, 7)),
        ("22-04", (22, 21, 30), (22, 21, 30)),
        ("22-04", (23, 3), (23, 4)),
        ("08-16", (22, 9), (22, 16)),
        ("08-16", (22, 23), (22, 23)),
        ("kapan-saja", (23, 2), (23, 2)),
    ],
)
def test_a_push_sounds_when_the_person_allows_it(person, zone, code, written, sounds):
    in_zone(zone)
    preferences.keep(person.id, Chosen(quiet=code), NOW)
    now, moment = at(*written, zone=zone), at(*sounds, zone=zone)
    tell(person.id, now, not_before=None)
    assert Delivery.get().not_before == moment
    assert Notice.get().created_at == now  # the inbox has it at once
    if moment > now:
        assert delivery.claim(10, moment - timedelta(milliseconds=1), LEASE) == []
    assert len(delivery.claim(10, moment, LEASE)) == 1


def test_who_may_be_rung_any_time_does_not_wait_for_the_night_that_a_writer_names(person):
    preferences.keep(person.id, Chosen(quiet="kapan-saja"), NOW)
    night = at(22, 23)
    tell(person.id, night, not_before=quiet.until(quiet.CHOICES["21-06"], night, "WIB"))
    assert Delivery.get().not_before == night


def test_what_may_be_told_only_later_waits_for_that_and_then_for_the_silence(person):
    tell(person.id, at(22, 12), not_before=at(22, 22))
    assert Delivery.get().not_before == at(23, 6)


def test_hours_that_are_chosen_later_hold_when_the_push_is_claimed(person):
    tell(person.id, at(22, 9))
    preferences.keep(person.id, Chosen(quiet="08-16"), at(22, 9))
    assert delivery.claim(10, at(22, 9), LEASE) == []
    assert len(delivery.claim(10, at(22, 16), LEASE)) == 1


def test_what_waits_goes_at_once_when_the_silence_is_taken_back(person):
    tell(person.id, at(22, 22))
    assert Delivery.get().not_before == at(23, 6)
    preferences.keep(person.id, Chosen(quiet="kapan-saja"), at(22, 22, 30))
    assert len(delivery.claim(10, at(22, 22, 30), LEASE)) == 1


def test_two_people_are_silent_at_their_own_hours_in_one_claim(person):
    other = rows.applicant(rows.nik(2), "Budi", phone="+6281200000009")
    push_on(other.id)
    preferences.keep(other.id, Chosen(quiet="08-16"), NOW)
    for one in (person, other):
        tell(one.id, at(22, 7))
    Delivery.update(not_before=at(22, 9)).execute()
    assert [Notice.get_by_id(one.notice.id).applicant_id for one in delivery.claim(10, at(22, 9), LEASE)] == [
        person.id
    ]
    assert Delivery.get(Delivery.attempts == 0).not_before == at(22, 16)


def test_the_reminder_of_the_last_day_is_in_the_inbox_whatever_was_chosen(person):
    preferences.keep(person.id, Chosen(quiet="08-16"), NOW)
    morning, end = at(22, 8), at(22, 23, 59)
    tell(person.id, morning, kind="deadline", not_after=end)
    assert Notice.get().created_at == morning
    assert Delivery.get().not_before == at(22, 16)
    assert len(delivery.claim(10, at(22, 16), LEASE)) == 1


def test_an_email_of_the_ladder_waits_for_the_end_of_the_silence(office):
    made = rows.applicant()
    prove_email(made.id)
    preferences.keep(made.id, Chosen(quiet="08-16"), NOW)
    tell(made.id, at(22, 7))
    Notice.update(climb_at=at(22, 9)).execute()
    ladder.climb_due(at(22, 9))
    assert (Delivery.get().channel, Delivery.get().not_before) == ("email", at(22, 16))


def test_an_email_that_is_tried_again_waits_for_the_end_of_the_silence_too(office):
    made = rows.applicant()
    prove_email(made.id)
    tell(made.id, at(22, 20))
    ladder.climb_due(at(22, 20))
    Delivery.update(not_before=at(22, 21, 30)).execute()
    assert mailing.claim(10, at(22, 21, 30), LEASE) == []
    assert Delivery.get().not_before == at(23, 6)


# words --------------------------------------------------------------------------------------------


def test_the_next_notice_comes_in_the_chosen_words_and_the_old_one_stays(visitor, wave):
    application = sent(visitor)
    tell(application.applicant_id, NOW, body="Buka halaman Anda.")
    visitor.open(PATH).submit("Simpan", jam="21-06", bahasa="id-mudah", call=True, wa=True)
    tell(application.applicant_id, NOW + HOUR, body="Buka halaman Anda.")
    bodies = [row.body for row in Notice.select().where(Notice.kind == "result").order_by(Notice.created_at)]
    assert bodies[0] == "Buka halaman Anda."
    assert bodies[1].startswith("Hasilnya ada di halaman Status.")


def test_a_kind_without_easier_words_is_told_in_plain_indonesian(office):
    made = rows.applicant()
    preferences.keep(made.id, Chosen(language="id-mudah"), NOW)
    notice = tell(made.id, NOW, kind="security", body="PIN Anda diganti.")
    assert notice.body == "PIN Anda diganti."
