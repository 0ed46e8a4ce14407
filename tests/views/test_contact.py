"""A phone number or an address that changes after it was sent: who hears of it, and the day's wait after a PIN reset."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes, policy

import pytest

from app.clock import FixedClock
from app.config import Settings
from app.models import (
    Applicant,
    Application,
    AuditLine,
    Consent,
    Delivery,
    FormerNumber,
    LedgerEntry,
    Notice,
    OneTimeCode,
    Wave,
)
from app.rules.reasons import Reason
from app.rules.states import State
from app.services import codes, contact, texting, ways
from tests import walking
from tests.channels.test_mail import Mailbox, smtp_server
from tests.conftest import NOW
from tests.pages import Page, Visitor
from tests.receivers.sms import SmsGateway
from tests.states import CLOSED, DAY, NOT_SELECTED, answers, make_wave, moved, sent, stored, subscribe
from tests.views.test_guide import wait_until
from tests.worker.test_texting import given

OLD, NEW = "siti88@gmail.com", "siti.baru@yahoo.com"
OTHER_PHONE = "0813-9999-5521"


@pytest.fixture
def mailbox() -> Mailbox:
    return Mailbox()


@pytest.fixture
def settings(settings: Settings, mailbox: Mailbox) -> Iterator[Settings]:
    """Mail goes to a real SMTP server on this machine."""
    with smtp_server(mailbox) as port:
        yield replace(
            settings,
            mail_url=f"smtp://127.0.0.1:{port}?starttls=no",
            mail_sender="Gelombang Disnaker <gelombang@example.org>",
        )


@pytest.fixture
def siti(visitor: Visitor, wave: Wave) -> Application:
    """Siti with an address that she has proved, and a phone that hears of things."""
    application = sent(visitor, answers(kontak={"punya": "punya", "email": OLD}))
    Applicant.update(email_proved_at=NOW).execute()
    subscribe(application.applicant_id)
    return application


def contact_page(visitor: Visitor) -> Page:
    return visitor.open("/saya").submit("Ubah jawaban").click("Ubah Nomor HP")


def was_reset(application: Application, clock: FixedClock) -> None:
    """The PIN was set with a code from a posko just now."""
    row = OneTimeCode(
        applicant=application.applicant_id,
        purpose=codes.POSKO_RESET,
        code_hash="x",
        created_at=clock.now(),
        expires_at=clock.now(),
        used_at=clock.now(),
    )
    row.save(force_insert=True)


# who hears of it ----------------------------------------------------------------------------------


def test_a_changed_number_is_told_on_every_phone_and_in_the_history(
    visitor: Visitor, siti: Application
) -> None:
    contact_page(visitor).submit("Lanjut", hp=OTHER_PHONE).submit("Kirim perubahan", benar=True)
    notice = Notice.get(Notice.kind == "security")
    assert notice.title == "Nomor HP atau email Anda diganti"
    assert "0812-••••-7713 menjadi 0813-••••-5521" in notice.body
    assert notice.deliveries.count() == 1
    lines = [row.reason for row in LedgerEntry.select().order_by(LedgerEntry.n)]
    assert lines == ["sent_by_applicant", "edited", "contact_changed"]
    status = visitor.open("/saya").main
    assert "Kontak diganti" in status
    assert "0812-••••-7713 menjadi 0813-••••-5521" in status
    assert AuditLine.select().where(AuditLine.verb == "contact.change").count() == 1
    assert "Mengganti nomor HP atau email" in visitor.open("/saya/data").main


def test_a_changed_address_is_told_to_the_old_mailbox(
    visitor: Visitor, siti: Application, mailbox: Mailbox
) -> None:
    page = contact_page(visitor).submit("Lanjut", email=NEW)
    assert mailbox.mails == []
    page.submit("Kirim perubahan", benar=True)
    wait_until(lambda: len(mailbox.mails) == 1)
    mail = message_from_bytes(mailbox.mails[0][2], policy=policy.default)
    assert mail["To"] == OLD
    assert "sudah diganti" in mail.get_body(("plain",)).get_content()
    assert NEW not in str(mail)
    assert Applicant.get().email_proved_at is None
    assert "s•••@gmail.com menjadi s•••@yahoo.com" in Notice.get(Notice.kind == "security").body


def test_an_address_that_nobody_proved_gets_no_mail(
    visitor: Visitor, siti: Application, mailbox: Mailbox
) -> None:
    """It may be a stranger's, and changing to and fro must not write to whom one likes."""
    Applicant.update(email_proved_at=None).execute()
    contact_page(visitor).submit("Lanjut", email=NEW).submit("Kirim perubahan", benar=True)
    assert Notice.select().where(Notice.kind == "security").count() == 1
    assert mailbox.mails == []


def test_other_answers_tell_nobody(visitor: Visitor, siti: Application, mailbox: Mailbox) -> None:
    check = visitor.open("/saya").submit("Ubah jawaban").click("Ubah Alamat")
    check.submit("Lanjut", jalan="Jl. Kenanga 12").submit("Kirim perubahan", benar=True)
    assert Notice.select().where(Notice.kind == "security").count() == 0
    assert mailbox.mails == []


def test_the_first_number_is_no_change(visitor: Visitor, wave: Wave) -> None:
    walking.register(visitor)
    assert Notice.select().where(Notice.kind == "security").count() == 0


def test_a_fix_and_a_new_wave_tell_it_too(visitor: Visitor, siti: Application, clock: FixedClock) -> None:
    moved(siti, (State.NEEDS_FIX, Reason.OLD_KK))
    fix = visitor.open("/saya").submit("Betulkan sekarang").click("Ubah Nomor HP")
    fix.submit("Lanjut", hp=OTHER_PHONE).submit("Kirim perubahan", benar=True)
    lines = [row.reason for row in LedgerEntry.select().order_by(LedgerEntry.n)]
    assert lines[-2:] == ["fixed_by_applicant", "contact_changed"]
    moved(siti, CLOSED, NOT_SELECTED)
    clock.move(13 * DAY)
    said = stored(siti)
    said["phk"]["bulan"] = "2019-01"  # not in the list any more: the next wave asks
    row = Application.get()
    row.answers = json.dumps(said)
    row.save()
    make_wave(5, opens_at=clock.now() - DAY, closes_at=clock.now() + 9 * DAY)
    check = visitor.open("/saya").submit("Ikut Gelombang 5").submit("Lanjut", pin=walking.PIN)
    check = check.click("Ubah Tempat kerja terakhir").submit("Lanjut", bulan="lama")
    again = check.click("Ubah Nomor HP").submit("Lanjut", hp="0812-3456-7713")
    again.submit("Kirim pendaftaran", benar=True)
    assert Notice.select().where(Notice.kind == "security").count() == 2


def test_the_old_number_gets_an_sms_where_there_is_a_gateway_and_a_yes(
    visitor: Visitor, siti: Application
) -> None:
    """To the old number, even when whoever changed it has read the notice meanwhile; nothing of the new one in it."""
    with SmsGateway() as far:
        ways.use(given(far))
        words = "0" * 64
        Consent.create(applicant=siti.applicant_id, purpose="sms", given=True, text_sha256=words, at=NOW)
        contact_page(visitor).submit("Lanjut", hp=OTHER_PHONE).submit("Kirim perubahan", benar=True)
        notice = Notice.get(Notice.kind == "security")
        Notice.update(opened_at=NOW).where(Notice.id == notice.id).execute()
        assert texting.send_due(NOW) == 1
        ways.use(given(None))
    [request] = [one.said for one in far.received]
    assert request["to"] == "+6281234567713"
    assert "Nomor HP atau email Anda diganti" in request["text"]
    assert "5521" not in request["text"]
    assert FormerNumber.get().number == "+6281234567713"
    Delivery.delete().execute()
    assert FormerNumber.select().count() == 0


def test_a_permission_that_is_asked_for_since_stops_no_change(visitor: Visitor, siti: Application) -> None:
    """SMS was switched on after the registration: its page need not be answered again to correct a street."""
    with SmsGateway() as far:
        app = visitor.http.application
        app.extensions["settings"] = replace(
            app.extensions["settings"], sms_url=far.environ["GELOMBANG_SMS_URL"]
        )
        check = visitor.open("/saya").submit("Ubah jawaban").click("Ubah Alamat")
        check.submit("Lanjut", jalan="Jl. Kenanga 12").submit("Kirim perubahan", benar=True)
    assert stored(siti)["alamat"]["jalan"] == "Jl. Kenanga 12"


def test_without_a_yes_the_old_number_gets_nothing(visitor: Visitor, siti: Application) -> None:
    with SmsGateway() as far:
        ways.use(given(far))
        contact_page(visitor).submit("Lanjut", hp=OTHER_PHONE).submit("Kirim perubahan", benar=True)
        assert texting.send_due(NOW) == 0
        ways.use(given(None))
    assert FormerNumber.select().count() == 0


# the day after a reset ------------------------------------------------------------------------------


def test_on_the_day_of_a_reset_the_number_stays(
    visitor: Visitor, siti: Application, clock: FixedClock
) -> None:
    was_reset(siti, clock)
    page = contact_page(visitor).submit("Lanjut", hp=OTHER_PHONE, status=422)
    [words] = page.errors
    assert words.startswith(
        "Nomor HP dan email bisa diganti mulai Senin, 23 November 2026, pukul 10.42 WIB, "
    )
    page.submit("Lanjut", hp="0812-3456-7713", wa="tidak").submit("Kirim perubahan", benar=True)
    assert stored(siti)["kontak"]["wa"] == "tidak"


def test_the_address_waits_too(visitor: Visitor, siti: Application, clock: FixedClock) -> None:
    was_reset(siti, clock)
    contact_page(visitor).submit("Lanjut", email=NEW, status=422)


def test_after_a_day_it_may_change(visitor: Visitor, siti: Application, clock: FixedClock) -> None:
    was_reset(siti, clock)
    clock.move(contact.WAIT_AFTER_RESET)
    asked = visitor.open("/saya").submit("Ubah jawaban", status=403)
    page = walking.after_pin(asked).click("Ubah Nomor HP").submit("Lanjut", hp=OTHER_PHONE)
    page.submit("Kirim perubahan", benar=True)
    assert Applicant.get().phone == "+6281399995521"


def test_a_number_saved_before_the_reset_is_not_sent_after_it(
    visitor: Visitor, siti: Application, clock: FixedClock
) -> None:
    check = contact_page(visitor).submit("Lanjut", hp=OTHER_PHONE)
    was_reset(siti, clock)
    again = check.submit("Kirim perubahan", benar=True, status=422)
    assert again.errors[0].startswith("Nomor HP dan email bisa diganti mulai Senin, 23 November 2026")
    assert Applicant.get().phone == "+6281234567713"
    clock.move(timedelta(hours=24))
    walking.after_pin(again.submit("Kirim perubahan", benar=True, status=403))
    assert Applicant.get().phone == "+6281399995521"
