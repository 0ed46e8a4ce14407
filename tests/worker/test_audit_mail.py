"""The head of the audit chain leaves the house every day, and a mail of any day finds what was rewritten since."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes
from email.policy import default

import pytest

from app import db
from app.channels.mail_settings import MailSettings
from app.models import AuditLine, OfficeMail
from app.services import audit, audit_mail, office_mail
from app.services.every_minute import jobs
from tests.conftest import NOW

HOUR = timedelta(hours=1)
#: 10.42 in Lumajang; the mail goes at 18.
EVENING = NOW + 8 * HOUR


@pytest.fixture
def settings(settings):
    return replace(settings, inspectorate_email=("inspektorat@example.org",))


def run(settings, now):
    [job] = [job for job in jobs(settings) if job.name == audit_mail.JOB]
    return job.act(now)


def mails(settings, now):
    """What arrives: the texts in the mail folder."""
    given = MailSettings.from_url(settings.mail_url, settings.mail_sender)
    while office_mail.send_due(given, settings, lambda: now):
        pass
    folder = settings.var / "mail"
    found = [message_from_bytes(path.read_bytes(), policy=default) for path in sorted(folder.glob("*.eml"))]
    return [(mail["To"], mail["Subject"], mail.get_content()) for mail in found]


def test_once_a_day_from_the_hour_on(office, settings):
    assert [run(settings, NOW), run(settings, EVENING - timedelta(minutes=43))] == [0, 0]
    assert [run(settings, EVENING), run(settings, EVENING), run(settings, EVENING + 5 * HOUR)] == [1, 0, 0]
    assert run(settings, EVENING + 6 * HOUR) == 0, "after midnight a new day waits for its hour"
    assert run(settings, EVENING + 24 * HOUR) == 1
    assert [row.key for row in OfficeMail.select().order_by(OfficeMail.key)] == [
        "audit:2026-11-22",
        "audit:2026-11-23",
    ]


def test_two_workers_write_one(office, settings):
    with db.writing():
        assert run(settings, EVENING) == 1
    assert run(settings, EVENING + timedelta(seconds=1)) == 0


def test_the_hour_is_a_setting_and_nobody_is_nobody(office, settings):
    assert run(replace(settings, audit_mail_hour=10), NOW) == 1
    assert run(replace(settings, inspectorate_email=()), EVENING + 24 * HOUR) == 0
    assert run(None, EVENING + 24 * HOUR) == 0


def test_what_arrives_can_be_checked_days_later(office, settings, runner):
    audit.record("staff:dewi", "nik.open", "applicant:1", NOW, "ktp")
    said = runner.invoke(args=["audit", "head"]).output
    run(settings, EVENING)
    [(to, subject, text)] = mails(settings, EVENING)
    assert (to, subject) == ("inspektorat@example.org", "Sidik catatan tindakan, 22 November 2026")
    noted = re.search(r"^flask audit verify --head ([0-9a-f]{64})\r?$", text, re.MULTILINE)[1]
    assert said == f"{AuditLine.select().count()} lines; head {noted}\n"
    for number in range(3):
        audit.record("staff:dewi", "nik.open", f"applicant:{number}", EVENING)
    fits = runner.invoke(args=["audit", "verify", "--head", noted])
    assert fits.exit_code == 0, fits.output


def test_a_chain_that_was_written_anew_with_the_key_is_found(office, settings, runner):
    """An insider with database and keys can make a chain that fits itself, but not one that fits the mail."""
    for number in range(3):
        audit.record("staff:dewi", "nik.open", f"applicant:{number}", NOW)
    noted = audit.head()
    lines = list(AuditLine.select().order_by(AuditLine.id))
    if db.is_sqlite():
        db.database.execute_sql("DROP TRIGGER audit_line_no_delete")
    else:
        db.database.execute_sql("SET session_replication_role = replica")
    AuditLine.delete().execute()
    if not db.is_sqlite():
        db.database.execute_sql("SET session_replication_role = origin")
    for line in lines[:-1]:  # the last act never happened
        audit.record(line.actor, line.verb, line.subject, line.at, line.detail)
    assert runner.invoke(args=["audit", "verify"]).exit_code == 0
    found = runner.invoke(args=["audit", "verify", "--head", noted])
    assert found.exit_code == 1
    assert "none of them has this head" in found.output


def test_a_head_that_is_none(office, runner):
    said = runner.invoke(args=["audit", "verify", "--head", "halo"])
    assert said.exit_code == 1
    assert "64 hex digits" in said.output
