"""What the inspectorate is told, in the transaction of the fact; what the office is reminded of; how both are mailed."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import timedelta

import pytest

from app.channels.mail import MailError
from app.channels.mail_settings import MailSettings
from app.config import Settings, SettingsProblem
from app.models import Draw, OfficeMail, Wave
from app.services import (
    draw_files,
    draw_reminders,
    draw_schedule,
    draw_story,
    drawing,
    every_minute,
    letters,
    office_mail,
)
from tests import draws

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
INSPECTORATE, MANAGERS = office_mail.INSPECTORATE, office_mail.MANAGERS


def written(reader: str = INSPECTORATE) -> list[OfficeMail]:
    return list(OfficeMail.select().where(OfficeMail.reader == reader).order_by(OfficeMail.created_at))


# the witness -----------------------------------------------------------------------------------------


def test_each_hash_is_told_when_it_comes_about(office):
    draw = draws.promised()
    draw = draws.frozen(draws.listed(draw))
    draw = draws.drawn(draw)
    draws.published(draws.attested(draw))
    promise, frozen, drawn, published = written()
    assert draw.promise_sha256 in promise.body
    assert "Jumlah tempat: 3" in promise.body
    assert "Undian: Jumat, 15 September 2023, pukul 18.00 WIB" in promise.body
    assert draw.tickets_sha256 in frozen.body
    assert draw.tickets_root in frozen.body
    assert draw.results_sha256 in drawn.body
    assert draws.SIGNATURE in drawn.body
    assert hashlib.sha256(draw_files.draw_json(Draw.get())).hexdigest() in published.body
    for mail in (promise, frozen, drawn, published):
        assert "{alamat}/gelombang/2/undian" in mail.body


def test_nothing_is_told_that_did_not_happen(office, monkeypatch):
    """One transaction: a promise that breaks leaves no mail behind."""
    wave = draws.wave()
    monkeypatch.setattr(drawing.witness, "tell_promise", lambda draw, now: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        drawing.promise(wave, draws.DRAW_AT, draws.actor("ratna"), draws.PROMISED)
    assert not Draw.select().exists()
    assert not OfficeMail.select().exists()


# the mails -------------------------------------------------------------------------------------------


@pytest.fixture
def reached(settings, tmp_path):
    """Settings with both readers, and mails in a folder."""
    return replace(
        settings,
        inspectorate_email=("inspektorat@example.org",),
        managers_email=("satu@example.org", "dua@example.org"),
    ), MailSettings.from_url(f"file://{tmp_path / 'mail'}", "gelombang@example.org")


def test_a_mail_goes_out_once_with_our_address(office, reached, tmp_path):
    settings, mail = reached
    draws.promised()
    now = draws.PROMISED
    assert office_mail.send_due(mail, settings, lambda at=now: at) == 1
    assert office_mail.send_due(mail, settings, lambda: now) == 0
    (file,) = (tmp_path / "mail").glob("*.eml")
    text = file.read_text()
    assert "To: inspektorat@example.org" in text
    assert f"{settings.public_url}/gelombang/2/undian" in text.replace("=\n", "")
    assert Draw.get().promise_sha256 in text.replace("=\n", "")
    assert OfficeMail.get().state == "sent"


def test_without_an_address_it_waits(office, reached, tmp_path):
    settings, mail = reached
    draws.promised()
    nobody = replace(settings, inspectorate_email=())
    assert office_mail.send_due(mail, nobody, lambda: draws.PROMISED) == 0
    assert OfficeMail.get().state == "queued"
    assert office_mail.send_due(mail, settings, lambda: draws.PROMISED + 90 * DAY) == 1


def test_what_does_not_get_through_is_tried_again(office, reached, monkeypatch):
    settings, mail = reached
    draws.promised()
    said = []

    def refuse(_, message):
        said.append(message.headers["Message-ID"])
        raise MailError(False, "connection: refused")

    monkeypatch.setattr(letters, "post", refuse)
    now = draws.PROMISED
    for _ in range(office_mail.TRIES):
        assert office_mail.send_due(mail, settings, lambda at=now: at) == 1
        assert office_mail.send_due(mail, settings, lambda at=now: at) == 0  # not at once
        now += office_mail.LONGEST_WAIT
    row = OfficeMail.get()
    assert (row.state, row.reason, row.attempts) == ("failed", "connection: refused", office_mail.TRIES)
    assert len(set(said)) == 1  # a mailbox shows two copies as one
    assert office_mail.failed() == 1


def test_a_worker_that_died_holds_it_no_longer_than_its_lease(office, reached):
    settings, mail = reached
    draws.promised()
    readers = {INSPECTORATE: settings.inspectorate_email}
    now = draws.PROMISED
    assert len(office_mail.claim(5, readers, now, office_mail.LEASE)) == 1
    assert office_mail.send_due(mail, settings, lambda: now + office_mail.LEASE - HOUR / 60) == 0
    assert office_mail.send_due(mail, settings, lambda: now + office_mail.LEASE) == 1


def test_addresses_are_addresses(settings):
    given = {"GELOMBANG_ENVIRONMENT": "test", "GELOMBANG_KEYS": settings.keys.to_json()}
    read = Settings.from_env(given | {"GELOMBANG_INSPECTORATE_EMAIL": "a@b.id c@d.id"})
    assert (read.inspectorate_email, read.managers_email) == (("a@b.id", "c@d.id"), ())
    for wrong in ("inspektorat", "a@b.id,c@d.id", "A <a@b.id>"):
        with pytest.raises(SettingsProblem, match="INSPECTORATE_EMAIL"):
            Settings.from_env(given | {"GELOMBANG_INSPECTORATE_EMAIL": wrong})


# a list that is late ---------------------------------------------------------------------------------


def test_a_draw_moves_by_itself_and_in_public(office):
    draw = draws.listed()
    latest = draws.DRAW_AT - DAY
    assert draw_schedule.move_late_due(latest) == 0
    assert draw_schedule.move_late_due(latest + HOUR) == 1
    assert draw_schedule.move_late_due(latest + 2 * HOUR) == 0
    moved, wave = Draw.get(), Wave.get()
    assert moved.draw_at == wave.draw_at == draws.DRAW_AT + 7 * DAY
    assert wave.announce_at == draws.ANNOUNCED + 7 * DAY
    assert moved.frozen_at is None
    said = " ".join(line for step in draw_story.steps(moved, "WIB") for line in step.said)
    assert "undian mundur ke 22 September 2023, 18.00 WIB" in said
    (_, mail) = written()
    assert "mundur ke Jumat, 22 September 2023" in mail.body
    # and frozen in time for the new day it stays there
    drawing.freeze(draw, draws.actor("ratna"), latest + 3 * HOUR)
    assert Draw.get().draw_at == draws.DRAW_AT + 7 * DAY


def test_weeks_later_it_has_moved_by_weeks(office):
    draws.listed()
    draw_schedule.move_late_due(draws.DRAW_AT + 20 * DAY + HOUR)
    assert Draw.get().draw_at == draws.DRAW_AT + 28 * DAY


def test_a_frozen_list_moves_nothing(office):
    draws.frozen()
    assert draw_schedule.move_late_due(draws.DRAW_AT + DAY) == 0
    assert Draw.get().draw_at == draws.DRAW_AT


# reminders -------------------------------------------------------------------------------------------


def test_the_office_is_reminded_of_each_step(office):
    """What is due and by when, from the promise to the announcement."""
    wave = draws.wave(opens_at=draws.OPENS - 20 * DAY)
    last = draws.CLOSES - 7 * DAY

    def slugs(now):
        return [(one.slug, one.left, one.late) for one in draw_reminders.due(now)]

    assert slugs(last - 4 * DAY) == []
    assert slugs(last - 3 * DAY) == [("janji", "tinggal 3 hari", False)]
    assert slugs(last + HOUR) == [("janji", "lewat 1 jam", True)]
    assert slugs(last + 3 * DAY) == []
    draw = draws.promised(wave)
    assert slugs(draws.CLOSES - HOUR) == []
    assert slugs(draws.CLOSES) == [("daftar", "tinggal 24 jam", False)]
    draws.listed(draw)
    freeze = draws.DRAW_AT - 36 * HOUR
    assert slugs(freeze - 25 * HOUR) == []
    (soon,) = draw_reminders.due(freeze - DAY)
    assert soon.what.startswith("Siapkan: daftar peserta dikunci mulai Kamis, 14 September 2023, pukul 06.00")
    assert slugs(freeze + HOUR) == [("kunci", "tinggal 11 jam", False)]
    draws.frozen(draw)
    assert slugs(draws.DRAW_AT + HOUR) == [("jalan", "tinggal 23 jam", False)]
    draws.drawn(Draw.get())
    assert slugs(draws.DRAWN) == [("sah", "tinggal 2 hari", False)]
    draws.attested(Draw.get())
    assert slugs(draws.ATTESTED) == [("umumkan", "tinggal 2 hari", False)]
    draws.published(Draw.get())
    assert slugs(draws.ANNOUNCED) == []


def test_each_reminder_is_written_once_and_the_missed_ones_not_at_all(office):
    draws.promised()
    now = draws.CLOSES
    assert draw_reminders.remind_due(now) == 1
    assert draw_reminders.remind_due(now + HOUR) == 0
    (mail,) = written(MANAGERS)
    assert mail.subject == "Terbitkan daftar peserta Gelombang 2, tinggal 24 jam"
    assert "{alamat}/petugas/gelombang/2/undian" in mail.body
    assert mail.not_after == draws.CLOSES + 18 * HOUR  # then the next one speaks
    assert draw_reminders.remind_due(draws.CLOSES + 20 * HOUR) == 1
    assert draw_reminders.remind_due(draws.CLOSES + 25 * HOUR) == 1  # late
    assert [mail.subject.rpartition(", ")[2] for mail in written(MANAGERS)] == [
        "tinggal 24 jam",
        "tinggal 4 jam",
        "lewat 1 jam",
    ]


def test_a_reminder_that_is_too_old_is_not_sent(office, reached):
    settings, mail = reached
    draws.promised()
    draw_reminders.remind_due(draws.CLOSES)
    OfficeMail.delete().where(OfficeMail.reader == INSPECTORATE).execute()
    assert office_mail.send_due(mail, settings, lambda: draws.CLOSES + DAY) == 0
    assert OfficeMail.get().state == "failed"


def test_a_wave_of_the_centre_has_no_such_steps(office):
    Wave.create(
        number=9,
        opens_at=draws.OPENS,
        closes_at=draws.CLOSES,
        quota=5,
        created_at=draws.OPENS,
    )
    assert draw_reminders.due(draws.CLOSES - 8 * DAY) == []


def test_the_worker_does_it_every_minute():
    acts = [job.act for job in every_minute.jobs()]
    assert draw_schedule.move_late_due in acts
    assert draw_reminders.remind_due in acts
