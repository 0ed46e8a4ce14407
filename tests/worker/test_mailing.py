"""Notices by email: over real SMTP, with a way to stop them, tried again when it may pass, one Message-ID each."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from email.message import EmailMessage

import pytest

from app import mailer
from app.channels.mail import MailError, MailSettings
from app.channels.web_push import Kind, Outcome
from app.clock import FixedClock
from app.models import Applicant, Consent, Delivery, Notice
from app.services import delivery, ladder, mailing
from tests.channels.test_mail import Mailbox, smtp_server
from tests.conftest import NOW
from tests.servers import free_port
from tests.worker.phones import Phone, somebody, tell
from tests.worker.run import process
from tests.worker.test_ladder import with_email
from tests.worker.test_worker import end, until

pytestmark = pytest.mark.usefixtures("office")

SITE = "https://gelombang.example.org"
SENDER = "Gelombang <gelombang@example.org>"
LEASE = timedelta(minutes=3)


@pytest.fixture
def person():
    return with_email(somebody())


@pytest.fixture
def due(person) -> Notice:
    """A result that has climbed to the email."""
    notice = tell(person)
    assert ladder.climb_due(NOW) == 1
    return notice


def at(port: int) -> MailSettings:
    return MailSettings.from_url(f"smtp://127.0.0.1:{port}?starttls=no", SENDER)


def send(port: int, now: FixedClock) -> int:
    return mailer.mail_due(at(port), SITE, now)


def row() -> Delivery:
    return Delivery.get(Delivery.channel == "email")


def parts(mail: EmailMessage) -> tuple[str, str]:
    text, html = mail.get_body(("plain",)), mail.get_body(("html",))
    assert text is not None
    assert html is not None
    return text.get_content(), html.get_content()


def test_what_it_says_and_what_it_does_not(due, person, clock):
    mailbox = Mailbox()
    with smtp_server(mailbox) as port:
        assert send(port, clock) == 1
    mail = mailbox.only()
    assert (mail["To"], mail["Subject"]) == ("siti@example.org", "Hasil Gelombang 4 sudah keluar")
    for words in parts(mail):
        assert f"{SITE}/saya/kabar" in words
        assert "Kantor" in words or "Dinas" in words
        assert "terpilih" not in words.lower()
        assert person.name not in words
    stop = f"{SITE}/email/berhenti/{mailing.stop_token(person)}"
    assert mail["List-Unsubscribe"] == f"<{stop}>"
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert mail["Message-ID"] == f"<kabar.{row().id}@example.org>"
    assert f'<a href="{stop}">' in parts(mail)[1]
    assert (row().state, row().done_at, row().attempts) == ("sent", NOW, 1)
    assert send(free_port(), clock) == 0


def test_a_server_in_trouble_is_asked_again_later(due, clock):
    busy = Mailbox(rcpt="451 4.7.1 later")
    with smtp_server(busy) as port:
        assert send(port, clock) == 1
        assert row().state == "queued"
        assert row().not_before >= NOW + timedelta(minutes=1)
        assert send(port, clock) == 0
        clock.set(row().not_before)
        busy.rcpt = "250 OK"
        assert send(port, clock) == 1
    assert (row().state, row().attempts) == ("sent", 2)


def test_a_mailbox_that_there_is_not_is_given_up_and_the_ladder_goes_on(due, clock):
    with smtp_server(Mailbox(rcpt="550 5.1.1 no such user")) as port:
        assert send(port, clock) == 1
    assert row().state == "failed"
    assert "siti" not in row().reason
    assert ladder.climb_due(NOW + timedelta(hours=48)) == 1


def test_a_server_that_is_not_there_is_tried_until_the_notice_is_too_old(due, clock):
    port, tries = free_port(), 0
    while row().state == "queued":
        clock.set(row().not_before)
        tries += send(port, clock)
        assert tries <= delivery.TRIES
    assert row().state == "failed"
    assert tries == delivery.TRIES


def test_a_mail_that_was_sent_twice_has_one_name(due):
    [first] = mailing.claim(10, NOW, LEASE)
    assert mailing.claim(10, NOW, LEASE) == []
    [second] = mailing.claim(10, NOW + LEASE, LEASE)
    one, two = (mailing.prepare(d, at(25), SITE, NOW).headers["Message-ID"] for d in (first, second))
    assert one == two
    mailing.record(first, MailError(False, "late"), NOW + LEASE)  # it lost the row
    assert row().leased_until == NOW + 2 * LEASE
    mailing.record(second, None, NOW + LEASE)
    mailing.record(first, MailError(True, "late"), NOW + LEASE)
    assert row().state == "sent"


@pytest.mark.parametrize(
    ("change", "state"),
    [
        (lambda: Notice.update(opened_at=NOW).execute(), "opened"),
        (lambda: Applicant.update(email_proved_at=None).execute(), "gone"),
        (lambda: Delivery.update(not_after=NOW).execute(), "failed"),
        (lambda: Delivery.update(attempts=delivery.TRIES).execute(), "failed"),
    ],
)
def test_what_need_not_be_sent_any_more_is_settled(due, change, state):
    change()
    assert mailing.claim(10, NOW, LEASE) == []
    assert row().state == state


def test_pushes_and_emails_do_not_take_each_other_s_rows(person, clock):
    tell(with_email(somebody(Phone()), "budi@example.org"))
    tell(person)
    ladder.climb_due(NOW)
    [push] = delivery.claim(10, NOW, LEASE)
    [mail] = mailing.claim(10, NOW, LEASE)
    assert push.id != mail.id
    delivery.record([(push, Outcome(Kind.SENT, "201"))], NOW)
    assert row().state == "queued"


def test_an_address_that_cannot_be_read_stops_nobody_else(due, person, clock):
    Applicant.update(email=b"\x01damaged").execute()
    tell(with_email(somebody(), "budi@example.org"))
    ladder.climb_due(NOW)
    mailbox = Mailbox()
    with smtp_server(mailbox) as port:
        assert send(port, clock) == 2
    assert mailbox.only()["To"] == "budi@example.org"
    assert sorted((one.state, one.reason) for one in Delivery.select()) == [
        ("failed", "unreadable"),
        ("sent", ""),
    ]


def test_the_real_worker_climbs_and_sends(person, settings):
    tell(person)
    mailbox = Mailbox()
    with smtp_server(mailbox) as port:
        given = replace(settings, mail_url=f"smtp://127.0.0.1:{port}?starttls=no", mail_sender=SENDER)
        ladder.climb_due(NOW)
        with process(given, NOW) as one:
            until(lambda: row().state == "sent", "the email")
            log = end(one)
    assert one.returncode == 0, log
    assert mailbox.only()["To"] == "siti@example.org"
    assert "siti" not in log


# stopping them ------------------------------------------------------------------------------------


@pytest.fixture
def stop(person) -> str:
    return f"/email/berhenti/{mailing.stop_token(person)}"


def test_a_look_changes_nothing_and_the_button_stops_them(visitor, person, stop):
    page = visitor.open(stop)
    assert mailing.who_may_be_written({person.id}) == {person.id}
    assert "sudah berhenti" in page.submit("Ya, berhenti", status=200).main
    assert mailing.who_may_be_written({person.id}) == set()
    assert visitor.open(stop).submit("Ya, berhenti", status=200)
    assert Consent.select().where(Consent.purpose == "email").count() == 1


def test_one_click_of_a_mail_programme_needs_neither_session_nor_token(visitor, person, stop):
    answer = visitor.ask("POST", stop, data={"List-Unsubscribe": "One-Click"})
    assert answer.status_code == 200
    assert mailing.who_may_be_written({person.id}) == set()


def test_another_body_or_another_token_stops_nothing(visitor, person, stop):
    other = somebody()
    borrowed = f"{person.id:x}.{mailing.stop_token(other).partition('.')[2]}"
    assert visitor.ask("POST", stop, data={}).status_code == 400
    for said in (borrowed, mailing.stop_token(person) + "0", "x", "0.0", f"{2**70:x}.0", "é"):
        path = f"/email/berhenti/{said}"
        assert visitor.ask("POST", path, data={"List-Unsubscribe": "One-Click"}).status_code == 400
        assert visitor.ask("GET", path).status_code == 404
    assert mailing.who_may_be_written({person.id}) == {person.id}


def test_the_token_ends_with_the_address(visitor, person, stop):
    with_email(person, "baru@example.org")
    assert visitor.ask("POST", stop, data={"List-Unsubscribe": "One-Click"}).status_code == 400


def test_what_waits_is_not_sent_after_that(due, person):
    assert mailing.stop(mailing.stop_token(person), NOW)
    assert mailing.claim(10, NOW, LEASE) == []
    assert (row().state, row().reason) == ("gone", "unsubscribed")
