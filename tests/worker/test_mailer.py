"""Emails in numbers: several on one connection, a few connections at once, and none lost whatever dies."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import timedelta
from email import message_from_bytes, policy
from typing import Any

import pytest
from aiosmtpd.smtp import Envelope

from app import mailer
from app.channels.mail import Conversation, MailError, Message
from app.models import Delivery
from app.services import ladder
from tests.channels.test_mail import Mailbox, plain, smtp_server
from tests.conftest import NOW
from tests.servers import free_port
from tests.worker.phones import somebody, tell
from tests.worker.run import kill_all, process
from tests.worker.test_ladder import with_email
from tests.worker.test_mailing import SENDER, SITE, at
from tests.worker.test_worker import end, states, until

LETTER = Message(to="siti@example.org", subject="Kabar", text="Ada kabar.", at=NOW)


@dataclass
class Post(Mailbox):
    """A mailbox that counts connections, how many speak at once, and can be slow or refuse some."""

    lines: Counter[str] = field(default_factory=Counter)
    now: int = 0
    most: int = 0
    slow: float = 0.0
    refuse: str = ""
    hang_up_after: int = 0

    async def handle_RCPT(self, server: Any, session: Any, envelope: Envelope, to: str, _o: Any) -> str:
        if to == self.refuse:
            return "550 5.1.1 no such user"
        return await super().handle_RCPT(server, session, envelope, to, _o)

    async def handle_DATA(self, server: Any, session: Any, envelope: Envelope) -> str:
        self.now += 1
        self.most = max(self.most, self.now)
        await asyncio.sleep(self.slow)
        self.now -= 1
        self.lines[str(session.peer)] += 1
        said = await super().handle_DATA(server, session, envelope)
        if self.hang_up_after and self.lines[str(session.peer)] >= self.hang_up_after:
            asyncio.get_running_loop().call_later(0.01, server.transport.close)
        return said

    def recipients(self) -> Counter[str]:
        return Counter(to for _, tos, _ in self.mails for to in tos)

    def names(self) -> set[str]:
        return {
            str(message_from_bytes(content, policy=policy.default)["Message-ID"])
            for _, _, content in self.mails
        }


# one line ---------------------------------------------------------------------------------------


def test_several_mails_go_over_one_connection():
    post = Post()
    with smtp_server(post) as port, Conversation(plain(port), 5) as line:
        for _ in range(5):
            line.send(LETTER)
    assert list(post.lines.values()) == [5]


def test_a_connection_is_not_used_for_ever(monkeypatch):
    monkeypatch.setattr(Conversation, "MOST", 2)
    post = Post()
    with smtp_server(post) as port, Conversation(plain(port), 5) as line:
        for _ in range(5):
            line.send(LETTER)
    assert sorted(post.lines.values()) == [1, 2, 2]


def test_a_refused_person_does_not_end_the_line():
    post = Post(refuse="budi@example.org")
    with smtp_server(post) as port, Conversation(plain(port), 5) as line:
        line.send(LETTER)
        with pytest.raises(MailError) as refused:
            line.send(replace(LETTER, to="budi@example.org"))
        line.send(LETTER)
    assert refused.value.permanent
    assert list(post.lines.values()) == [2]


def test_a_line_that_the_server_ended_is_opened_anew_and_no_mail_is_sent_twice():
    post = Post(hang_up_after=1)
    with smtp_server(post) as port, Conversation(plain(port), 5) as line:
        for number in range(3):
            line.send(replace(LETTER, to=f"warga{number}@example.org"))
    assert set(post.recipients().values()) == {1}
    assert len(post.mails) == 3


# many -------------------------------------------------------------------------------------------


@pytest.fixture
def many(office) -> int:
    """Sixty-five people whose notices climbed to the email."""
    for number in range(65):
        tell(with_email(somebody(), f"warga{number}@example.org"))
    ladder.climb_due(NOW)
    return 65


def test_many_leave_over_a_few_connections_at_once(many, clock):
    post = Post(slow=0.02)
    with smtp_server(post) as port:
        assert mailer.mail_due(at(port), SITE, clock) == many
    assert set(post.recipients().values()) == {1}
    assert len(post.recipients()) == many
    assert 2 <= post.most <= mailer.LINES
    assert len(post.lines) <= mailer.LINES
    assert states() == {"sent": many}


def test_a_relay_that_is_not_there_costs_few_tries(many, clock):
    assert mailer.mail_due(at(free_port()), SITE, clock) <= mailer.LINES * mailer.NOBODY_THERE
    tried = Delivery.select().where(Delivery.attempts > 0).count()
    assert 1 <= tried <= mailer.LINES * mailer.NOBODY_THERE
    assert states() == {"queued": many}
    assert not Delivery.select().where(Delivery.leased_until.is_null(False)).exists()
    assert not Delivery.select().where(Delivery.not_before < NOW + timedelta(minutes=1)).exists()
    clock.move(timedelta(minutes=2))
    with smtp_server(Post()) as port:
        assert mailer.mail_due(at(port), SITE, clock) == many


def test_asked_to_end_what_is_left_is_free_at_once(many, clock):
    post = Post()
    with smtp_server(post) as port:
        mailer.mail_due(at(port), SITE, clock, stop=lambda: len(post.mails) >= 3)
    left = Delivery.select().where(Delivery.state == "queued")
    assert many - 3 - mailer.LINES <= left.count() <= many - 3
    assert {(row.attempts, row.leased_until) for row in left} == {(0, None)}


def test_a_worker_that_is_killed_in_the_middle_loses_no_mail(many, settings):
    post = Post(slow=0.02)
    with smtp_server(post) as port:
        given = replace(settings, mail_url=f"smtp://127.0.0.1:{port}?starttls=no", mail_sender=SENDER)
        with process(given, NOW, senders=0) as one:
            until(lambda: len(post.mails) >= 20, "some mails")
            kill_all(one)
        handed = states()["sent"]
        with process(given, NOW + mailer.LEASE, senders=0) as two:
            until(lambda: states() == {"sent": many}, "all mails")
            end(two)
    assert 0 < handed < many
    assert len(post.recipients()) == many
    assert len(post.names()) == many  # a second copy has the first one's name
    assert len(post.mails) <= many + mailer.LINES
