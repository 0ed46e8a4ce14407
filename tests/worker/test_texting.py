"""Notices by SMS: only with a yes and a number, one segment, tried again when it may pass, never past the day's bound."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from app import db
from app.config import Settings
from app.models import Applicant, CallTask, Consent, Delivery, Notice, SmsDay
from app.rules.channels import Channel
from app.rules.sms_text import SEGMENT, septets
from app.services import delivery, ladder, mailing, preferences, reach, texting, ways
from app.services.every_minute import jobs
from app.services.preferences import Chosen
from tests.conftest import KEYS, PUBLIC_URL
from tests.receivers.sms import SmsGateway
from tests.staff import rows
from tests.worker.phones import Phone, somebody, tell

pytestmark = pytest.mark.usefixtures("office")

HOUR = timedelta(hours=1)
#: 09.00 in the office (WIB).
START = datetime(2026, 11, 22, 2, tzinfo=UTC)


def given(far: SmsGateway | None, **more: str) -> Settings:
    """Settings of a house with this gateway, or with none."""
    environ = {
        "GELOMBANG_ENVIRONMENT": "test",
        "GELOMBANG_KEYS": KEYS.to_json(),
        "GELOMBANG_PUBLIC_URL": PUBLIC_URL,
    }
    return Settings.from_env(environ | (far.environ if far else {}) | more)


@pytest.fixture
def far() -> Iterator[SmsGateway]:
    with SmsGateway() as gateway:
        ways.use(given(gateway))
        yield gateway
    ways.use(given(None))


def with_sms(person: Applicant, *, yes: bool = True, number: str = "+6281234567890") -> Applicant:
    person.phone = number
    person.save()
    words = "0" * 64
    Consent.create(applicant=person, purpose="sms", given=yes, text_sha256=words, at=START)
    return person


def due(**more: object) -> Notice:
    """A result whose SMS is due at START."""
    notice = tell(with_sms(somebody(now=START)), now=START, **more)
    Delivery.create(
        notice=notice,
        channel="sms",
        not_before=START,
        not_after=START + timedelta(days=1),
        created_at=START,
    )
    return notice


def row() -> Delivery:
    return Delivery.get(Delivery.channel == "sms")


def handed_over() -> int:
    return sum(day.handed_over for day in SmsDay.select())


# the rung -----------------------------------------------------------------------------------------


def test_between_the_email_and_the_call(far):
    tell(with_sms(somebody(now=START)), now=START)
    seen: dict[tuple[int, int], datetime] = {}
    now = START
    while now < START + timedelta(days=4):
        ladder.climb_due(now)
        count = Delivery.select().where(Delivery.channel == "sms").count()
        seen.setdefault((count, CallTask.select().count()), now)
        now += HOUR
    assert seen == {(0, 0): START, (1, 0): START + 24 * HOUR, (1, 1): START + 48 * HOUR}


@pytest.mark.parametrize("change", ["no", "nothing said", "no number", "no gateway"])
def test_without_a_yes_a_number_or_a_gateway_there_is_none_and_the_call_comes_on_time(far, change):
    person = (
        somebody(now=START) if change == "nothing said" else with_sms(somebody(now=START), yes=change != "no")
    )
    if change == "no number":
        Applicant.update(phone=None).execute()
    if change == "no gateway":
        ways.use(given(None))
    tell(person, now=START)
    for hours in range(0, 50, 2):
        ladder.climb_due(START + hours * HOUR)
    assert not Delivery.select().where(Delivery.channel == "sms").exists()
    assert CallTask.get().created_at == START + 48 * HOUR


def test_the_hours_are_those_of_the_setting(far):
    ways.use(given(far, GELOMBANG_LADDER="result=1,2,3"))
    tell(with_sms(somebody(Phone(), now=START)), now=START)
    assert Notice.get().climb_at == START + HOUR
    for hours, state in ((1, (0, 0)), (3, (1, 0)), (4, (1, 1))):
        ladder.climb_due(START + hours * HOUR)
        sms = Delivery.select().where(Delivery.channel == "sms").count()
        assert (sms, CallTask.select().count()) == state


def test_who_will_get_an_sms_waits_and_is_not_called_unreachable(far):
    wave = rows.wave()
    person = with_sms(somebody(now=START))
    tell(person, wave_id=wave.id, now=START)
    for given_at, yes, state in ((0, True, "QUEUED"), (1, False, "UNREACHABLE"), (2, True, "QUEUED")):
        moment = START + given_at * HOUR
        Consent.create(applicant=person, purpose="sms", given=yes, text_sha256="0" * 64, at=moment)
        [one] = reach.of_wave(wave.id, START)
        assert [reached.name for reached, count in one.counts.items() if count] == [state]
    ways.use(given(None))
    [one] = reach.of_wave(wave.id, START)
    assert one.counts[reach.Reach.UNREACHABLE] == 1


# sending ------------------------------------------------------------------------------------------


def test_what_it_says_and_what_it_does_not(far):
    notice = due()
    assert texting.send_due(START) == 1
    [request] = far.received
    said = request.said["text"]
    code = f"{notice.code[:4]}-{notice.code[4:8]}-{notice.code[8:]}"
    assert said.startswith(f"Hasil Gelombang 4 sudah keluar. Lihat {PUBLIC_URL}/cek/{code} ")
    assert "terpilih" not in said
    assert "Siti" not in said
    assert (septets(said) or SEGMENT + 1) <= SEGMENT
    assert request.said["to"] == "+6281234567890"
    assert far.ids == [f"{row().id:x}"]
    assert (row().state, row().attempts, row().done_at) == ("sent", 1, START)
    assert texting.send_due(START) == 0


def test_what_it_says_is_known_to_cek_word_for_word(far, visitor):
    due()
    texting.send_due(START)
    said = far.received[0].said["text"]
    page = visitor.open("/cek").submit("Cek pesan", status=200, pesan=said)
    assert "Ini pesan dari kami" in page.main
    page = visitor.open("/cek").submit("Cek pesan", status=200, pesan=said.replace("tidak pernah", "harus"))
    assert "Bukan dari kami" in page.main


def test_words_in_place_of_a_title_that_does_not_fit_are_known_too(far, visitor):
    due(title="Hasil \u201cGelombang\u201d 4 sudah keluar")
    texting.send_due(START)
    said = far.received[0].said["text"]
    assert said.startswith("Ada kabar untuk Anda di Gelombang. ")
    page = visitor.open("/cek").submit("Cek pesan", status=200, pesan=said)
    assert "Ini pesan dari kami" in page.main


def test_refused_is_failed_and_the_ladder_goes_on(far):
    due()
    far.status, far.body = 422, b'{"error":"no_such_number"}'
    assert texting.send_due(START) == 1
    assert (row().state, row().reason) == ("failed", "422 no_such_number")
    assert "8123" not in row().reason


def test_a_gateway_in_trouble_is_asked_again_no_earlier_than_it_says(far):
    due()
    far.status, far.headers = 503, {"Retry-After": "1800"}
    texting.send_due(START)
    assert (row().state, row().reason) == ("queued", "503")
    assert row().not_before >= START + timedelta(minutes=30)
    assert texting.send_due(row().not_before - timedelta(seconds=1)) == 0
    far.status = 200
    assert texting.send_due(row().not_before) == 1
    assert (row().state, row().attempts) == ("sent", 2)
    assert len(set(far.ids)) == 1  # one idempotency key for both


def test_it_is_given_up_after_five_tries(far):
    due()
    far.status, now = 500, START
    while row().state == "queued":
        now = max(now, row().not_before)
        texting.send_due(now)
        assert len(far.received) <= texting.TRIES
    assert (row().state, row().reason, len(far.received)) == ("failed", "500", texting.TRIES)


def test_a_gateway_in_trouble_is_not_asked_by_everybody(far):
    for _ in range(3 * texting.BATCH):
        due()
    far.status = 500
    assert texting.send_due(START) == texting.BATCH
    assert len(far.received) == texting.BATCH


def test_a_killed_worker_sends_it_again_with_the_same_key(far):
    due()
    [first] = texting.claim(10, START)
    assert texting.claim(10, START) == []
    [second] = texting.claim(10, START + texting.LEASE)
    assert texting.prepare(first, "https://x").id == texting.prepare(second, "https://x").id
    texting.record([(first, texting.Outcome(texting.Kind.RETRY, "late"))], START)  # it lost the row
    assert row().leased_until == second.leased_until


@pytest.mark.parametrize(
    ("change", "state"),
    [
        (lambda: Notice.update(opened_at=START).execute(), "opened"),
        (lambda: Consent.update(given=False).execute(), "gone"),
        (lambda: Applicant.update(phone=None).execute(), "gone"),
        (lambda: Delivery.update(not_after=START).execute(), "failed"),
        (lambda: Delivery.update(attempts=texting.TRIES).execute(), "failed"),
    ],
)
def test_what_need_not_be_sent_any_more_is_settled_and_costs_nothing(far, change, state):
    due()
    change()
    assert texting.claim(10, START) == []
    assert (row().state, handed_over()) == (state, 0)


def test_a_person_s_own_silence_is_kept(far):
    notice = due()
    preferences.keep(notice.applicant_id, Chosen(quiet="08-16"), START)
    assert texting.send_due(START) == 0
    assert (row().not_before, handed_over()) == (START + 7 * HOUR, 0)
    assert texting.send_due(START + 7 * HOUR) == 1


def test_a_number_that_cannot_be_read_stops_nobody_else(far):
    due()
    Applicant.update(phone=b"\x01damaged").execute()
    due()
    assert texting.send_due(START) == 2
    assert sorted((one.state, one.reason) for one in Delivery.select()) == [
        ("failed", "unreadable"),
        ("sent", ""),
    ]


def test_without_a_gateway_nothing_is_asked(far):
    due()
    ways.use(given(None))
    assert texting.send_due(START) == 0
    assert (row().state, row().attempts) == ("queued", 0)


def test_pushes_and_emails_leave_these_rows_alone(far):
    due()
    assert delivery.claim(10, START, HOUR) == []
    assert mailing.claim(10, START, HOUR) == []
    assert row().state == "queued"


# what a day may cost ------------------------------------------------------------------------------


def test_no_more_than_the_day_allows_and_the_rest_tomorrow(far, caplog):
    ways.use(given(far, GELOMBANG_SMS_PER_DAY="3"))
    for _ in range(5):
        due()
    assert texting.send_due(START) == 3
    assert texting.send_due(START + HOUR) == 0
    assert (len(far.received), handed_over()) == (3, 3)
    assert len([one for one in caplog.records if "all 3 SMS" in one.getMessage()]) == 1
    Delivery.update(not_after=START + timedelta(days=3)).execute()
    assert texting.send_due(START + timedelta(days=1)) == 2
    assert [(day.day, day.handed_over) for day in SmsDay.select().order_by(SmsDay.day)] == [
        ("2026-11-22", 3),
        ("2026-11-23", 2),
    ]


def test_a_try_that_failed_counts_too_and_the_day_is_the_office_s(far):
    ways.use(given(far, GELOMBANG_SMS_PER_DAY="1"))
    due()
    far.status = 500
    texting.send_due(START)
    late = datetime(2026, 11, 22, 16, 59, tzinfo=UTC)  # 23.59 WIB
    preferences.keep(Notice.get().applicant_id, Chosen(quiet="kapan-saja"), START)
    assert texting.send_due(late) == 0
    assert texting.send_due(late + timedelta(minutes=2)) == 1


def test_workers_at_once_do_not_pass_the_bound(far):
    ways.use(given(far, GELOMBANG_SMS_PER_DAY="7"))
    for _ in range(12):
        due()
    start, sent = threading.Barrier(3), []

    def work() -> None:
        start.wait()
        sent.append(texting.send_due(START))
        db.connection_done()
        if db.is_sqlite():
            db.database.close()

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert (sum(sent), handed_over(), len(far.received)) == (7, 7, 7)
    assert len(set(far.ids)) == 7


def test_the_worker_does_it_every_minute():
    assert ("send_sms", texting.send_due) in jobs()


def test_the_channel_is_on_the_one_list():
    assert texting.PURPOSE == Channel.SMS == "sms"
