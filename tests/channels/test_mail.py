"""Mail against real SMTP servers on this machine; only the far mailbox is invented."""

from __future__ import annotations

import asyncio
import gc
import ipaddress
import logging
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, AuthResult, Envelope
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from hypothesis import given, settings
from hypothesis import strategies as st

from app.channels.mail import MailError, MailSettings, Message, send

AT = datetime(2026, 11, 21, 3, 4, 5, tzinfo=UTC)
SENDER = "Gelombang <gelombang@example.org>"
MAIL = Message(to="budi@example.com", subject="Kode Anda", text="Kode: 123 456\n", at=AT)


@dataclass
class Mailbox:
    """The far end: keeps what it accepts, and answers RCPT or DATA with what a test wants."""

    rcpt: str = "250 OK"
    data: str = "250 OK"
    on_quit: Callable[[Any], None] | None = None
    mails: list[tuple[str | None, list[str], bytes]] = field(default_factory=list)
    users: list[tuple[bytes, bytes]] = field(default_factory=list)
    greetings: set[str] = field(default_factory=set)

    async def handle_RCPT(self, server: Any, session: Any, envelope: Envelope, to: str, _o: Any) -> str:
        self.greetings.add(session.host_name)
        if self.rcpt.startswith("250"):
            envelope.rcpt_tos.append(to)
        return self.rcpt

    async def handle_DATA(self, server: Any, session: Any, envelope: Envelope) -> str:
        if self.data.startswith("250"):
            assert isinstance(envelope.content, bytes)
            self.mails.append((envelope.mail_from, envelope.rcpt_tos, envelope.content))
        return self.data

    async def handle_QUIT(self, server: Any, session: Any, envelope: Envelope) -> str:
        if self.on_quit:
            self.on_quit(server)
        return "221 Bye"

    def authenticate(
        self, server: Any, session: Any, envelope: Any, mechanism: str, login: Any
    ) -> AuthResult:
        self.users.append((login.login, login.password))
        return AuthResult(success=login.password == b"p@ss/word", handled=False)

    def only(self) -> EmailMessage:
        [(_, _, content)] = self.mails
        return message_from_bytes(content, policy=policy.default)  # type: ignore[return-value]


@contextmanager
def smtp_server(mailbox: Mailbox, *, tls: ssl.SSLContext | None = None, **options: Any) -> Iterator[int]:
    """A real SMTP server on a free port; yields the port. `tls` = TLS from the first byte."""
    logging.getLogger("mail.log").setLevel(logging.CRITICAL)
    loop = asyncio.new_event_loop()
    # A client that turns its back in the handshake is what some tests are about, not news.
    loop.set_exception_handler(lambda _loop, _context: None)
    sessions: list[SMTP] = []

    def session() -> SMTP:
        sessions.append(SMTP(mailbox, hostname="mx.test", loop=loop, **options))
        return sessions[-1]

    server = loop.run_until_complete(loop.create_server(session, "127.0.0.1", 0, ssl=tls))
    thread = threading.Thread(target=loop.run_forever)
    thread.start()

    async def stop() -> None:
        server.close()
        for one in sessions:
            if one.transport is not None:
                one.transport.abort()
        tasks = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        asyncio.run_coroutine_threadsafe(stop(), loop).result(5)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(5)
        loop.close()


@contextmanager
def rude_server(talk: Callable[[socket.socket, threading.Event], None]) -> Iterator[int]:
    """A peer below SMTP's manners: `talk` gets each connection and an event that says the test is over."""
    over = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            with suppress(OSError):
                line, _ = listener.accept()
                with line:
                    talk(line, over)

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield listener.getsockname()[1]
        finally:
            over.set()
            with suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
            thread.join(5)


def plain(port: int) -> MailSettings:
    return MailSettings.from_url(f"smtp://127.0.0.1:{port}?starttls=no", SENDER)


@dataclass
class Certificates:
    ca_file: Path
    signed: ssl.SSLContext
    self_signed: ssl.SSLContext
    other_name: ssl.SSLContext


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    folder = tmp_path_factory.mktemp("tls")
    ca_key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    ca_name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Test CA")])

    def certificate(
        name: x509.Name, host: str | None, key: Any, signer: Any, issuer: x509.Name
    ) -> x509.Certificate:
        builder = (
            x509.CertificateBuilder().subject_name(name).issuer_name(issuer).public_key(key.public_key())
        )
        builder = builder.serial_number(x509.random_serial_number())
        builder = builder.not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
        builder = builder.add_extension(
            x509.BasicConstraints(ca=host is None, path_length=None), critical=True
        )
        if host:
            names = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(host))])
            builder = builder.add_extension(names, critical=False)
        return builder.sign(signer, hashes.SHA256())

    def context(label: str, host: str, signed_by_ca: bool) -> ssl.SSLContext:
        key, name = (
            ec.generate_private_key(ec.SECP256R1()),
            x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, label)]),
        )
        made = certificate(name, host, key, *((ca_key, ca_name) if signed_by_ca else (key, name)))
        pem = folder / f"{label}.pem"
        pem.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
            + made.public_bytes(serialization.Encoding.PEM)
        )
        served = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        served.load_cert_chain(pem)
        return served

    ca_file = folder / "ca.pem"
    ca = certificate(ca_name, None, ca_key, ca_key, ca_name)
    ca_file.write_bytes(ca.public_bytes(serialization.Encoding.PEM))
    return Certificates(
        ca_file, context("signed", "127.0.0.1", True), context("alone", "127.0.0.1", False),
        context("elsewhere", "127.0.0.2", True),
    )  # fmt: skip


# What arrives


def test_one_mail_reaches_one_mailbox_with_everything_a_mail_needs() -> None:
    mailbox = Mailbox()
    with smtp_server(mailbox) as port:
        send(
            plain(port), replace(MAIL, subject="Kode – Anda é", text="Halo Siti – ini kodenya.\n.titik\n"), 5
        )
    [(sender, recipients, raw)] = mailbox.mails
    mail = mailbox.only()
    assert (sender, recipients) == ("gelombang@example.org", ["budi@example.com"])
    assert mail["From"] == SENDER
    assert mail.get_all("To") == ["budi@example.com"]
    assert mail["Subject"] == "Kode – Anda é"
    assert mail["Date"].datetime == AT
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Message-ID"].endswith("@example.org>")
    assert mail["MIME-Version"] == "1.0"
    assert mail.get_content_charset() == "utf-8"
    assert mail.get_content().splitlines() == ["Halo Siti – ini kodenya.", ".titik"]
    assert raw.isascii()
    assert max(map(len, raw.splitlines())) < 998


def test_html_goes_beside_the_text_never_instead() -> None:
    mailbox = Mailbox()
    with smtp_server(mailbox) as port:
        send(plain(port), replace(MAIL, html="<p>Kode: <b>123 456</b></p>"), 5)
    kinds = [part.get_content_type() for part in mailbox.only().walk()]
    assert kinds == ["multipart/alternative", "text/plain", "text/html"]


def test_two_mails_have_two_ids_unless_the_caller_names_one() -> None:
    mailbox = Mailbox()
    with smtp_server(mailbox) as port:
        for headers in ({}, {}, {"Message-ID": "<kabar-7@example.org>", "X-Gelombang": "kode"}):
            send(plain(port), replace(MAIL, headers=headers), 5)
    ids = [message_from_bytes(raw)["Message-ID"] for _, _, raw in mailbox.mails]
    assert len(set(ids)) == 3
    assert ids[2] == "<kabar-7@example.org>"


def test_nothing_of_this_machine_is_in_the_mail() -> None:
    mailbox = Mailbox()
    with smtp_server(mailbox) as port:
        send(plain(port), MAIL, 5)
    assert socket.gethostname().encode() not in mailbox.mails[0][2]
    assert mailbox.greetings == {"example.org"}


# What is refused before anybody is dialled


@pytest.mark.parametrize(
    "address",
    [
        "a@b.id\r\nBcc: x@y.id", "a@b.id\nBcc: x@y.id", "a@b.id, c@d.id", "a@b.id,c@d.id", "a@b.id;c@d.id",
        "Budi <a@b.id>", "a b@c.id", "a@b.id ", " a@b.id", '"a,b"@c.id', "a@b@c.id", "@b.id", "a@", "a", "",
        "a@b.id>", "a@-b.id", "a@b..id", "a..b@c.id", "budi@exämple.id", "a@b.id\x00", "a@b.id\u2028", "a@[127.0.0.1]",
        "a" * 250 + "@b.id", "group: a@b.id;", "a@b.id (x)",
    ],
)  # fmt: skip
def test_an_address_that_could_be_more_than_one_is_refused(tmp_path: Path, address: str) -> None:
    settings = MailSettings.from_url(f"file://{tmp_path}", SENDER)
    with pytest.raises(MailError) as fault:
        send(settings, replace(MAIL, to=address), 5)
    assert fault.value.permanent
    assert list(tmp_path.iterdir()) == []
    assert fault.value.reason == "address is not of the form name@host"


@pytest.mark.parametrize(
    ("subject", "headers"),
    [
        ("Kode\r\nBcc: x@y.id", {}),
        ("Kode\nBcc: x@y.id", {}),
        ("Kode\x00", {}),
        ("Kode", {"X-A": "b\r\nBcc: x@y.id"}),
        ("Kode", {"X-A\r\nBcc": "x@y.id"}),
        ("Kode", {"Bcc": "x@y.id"}),
        ("Kode", {"to": "x@y.id"}),
        ("Kode", {"CC": "x@y.id"}),
        ("Kode", {"Resent-To": "x@y.id"}),
        ("Kode", {"Subject": "lain"}),
        ("Kode", {"Content-Type": "text/html"}),
        ("Kode", {"X-A: b": "c"}),
        ("Kode", {"Message-ID": "<a@b>", "message-id": "<c@d>"}),
    ],
)
def test_no_header_can_be_smuggled_in(tmp_path: Path, subject: str, headers: dict[str, str]) -> None:
    settings = MailSettings.from_url(f"file://{tmp_path}", SENDER)
    with pytest.raises(MailError) as fault:
        send(settings, replace(MAIL, subject=subject, headers=headers), 5)
    assert fault.value.permanent
    assert list(tmp_path.iterdir()) == []


@settings(deadline=None)
@given(subject=st.text(max_size=200), text=st.text(max_size=500), to=st.text(max_size=40))
def test_whatever_is_typed_a_mail_has_one_recipient_and_one_subject(
    tmp_path_factory: pytest.TempPathFactory, subject: str, text: str, to: str
) -> None:
    folder = tmp_path_factory.mktemp("mail")
    settings = MailSettings.from_url(f"file://{folder}", SENDER)
    for address in (to, to + "@example.com", "budi@example.com"):
        with suppress(MailError):
            send(settings, replace(MAIL, to=address, subject=subject, text=text), 5)
    for path in folder.iterdir():
        mail = message_from_bytes(path.read_bytes(), policy=policy.default)
        assert len(mail["To"].addresses) == 1
        assert sorted(key.lower() for key in mail) == sorted(
            ["from", "to", "subject", "date", "auto-submitted", "message-id", "content-type", "mime-version",
             "content-transfer-encoding"]
        )  # fmt: skip


# What the other side answers


@pytest.mark.parametrize(
    ("mailbox", "permanent", "reason"),
    [
        (Mailbox(rcpt="452 4.2.2 budi@example.com: mailbox full"), False, "recipient: 452 4.2.2"),
        (Mailbox(rcpt="450 busy"), False, "recipient: 450"),
        (Mailbox(rcpt="550 5.1.1 <budi@example.com> no such user"), True, "recipient: 550 5.1.1"),
        (Mailbox(data="451 4.3.0 try later"), False, "text: 451 4.3.0"),
        (Mailbox(data="554 5.7.1 budi@example.com says spam"), True, "text: 554 5.7.1"),
    ],
)
def test_4xx_may_be_tried_again_and_5xx_may_not(mailbox: Mailbox, permanent: bool, reason: str) -> None:
    with smtp_server(mailbox) as port, pytest.raises(MailError) as fault:
        send(plain(port), MAIL, 5)
    assert (fault.value.permanent, fault.value.reason) == (permanent, reason)
    assert mailbox.mails == []


def test_a_dead_port_may_be_tried_again() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with pytest.raises(MailError) as fault:
        send(plain(port), MAIL, 5)
    assert (fault.value.permanent, fault.value.reason) == (False, "connection: ConnectionRefusedError")


def _silent(line: socket.socket, over: threading.Event) -> None:
    over.wait(10)


def _dripping(line: socket.socket, over: threading.Event) -> None:
    while not over.wait(0.02):
        line.sendall(b"220-please hold the line\r\n")


def _garbage(line: socket.socket, over: threading.Event) -> None:
    line.sendall(b"\xff\xfe\x00 not smtp\r\n")
    over.wait(10)


def _slammed(line: socket.socket, over: threading.Event) -> None:
    line.sendall(b"220 hello\r\n")
    line.recv(100)


def _refusing(line: socket.socket, over: threading.Event) -> None:
    line.sendall(b"554 5.3.2 go away\r\n")
    over.wait(10)


@pytest.mark.parametrize("talk", [_silent, _dripping, _garbage, _slammed, _refusing])
@pytest.mark.parametrize("scheme", ["smtp", "smtps"])
def test_a_server_without_manners_costs_the_timeout_at_most(
    scheme: str, talk: Callable[[socket.socket, threading.Event], None]
) -> None:
    before = threading.active_count()
    with rude_server(talk) as port:
        settings = MailSettings.from_url(f"{scheme}://127.0.0.1:{port}", SENDER)
        started = time.monotonic()
        with pytest.raises(MailError) as fault:
            send(settings, MAIL, 0.3)
        assert time.monotonic() - started < 3
    assert not fault.value.permanent
    gc.collect()  # an unclosed socket would be a warning, and a warning fails
    assert threading.active_count() <= before


def test_the_time_that_a_slow_handshake_takes_counts_too(certificates: Certificates) -> None:
    def slow(line: socket.socket, over: threading.Event) -> None:
        over.wait(0.4)
        line.sendall(b"220 hello\r\n")
        line.recv(100)
        line.sendall(b"250-mx.test\r\n250 STARTTLS\r\n")
        line.recv(100)
        line.sendall(b"220 go\r\n")
        over.wait(0.4)  # the limit passes here, while the plain socket is gone and the TLS one not yet there
        with certificates.signed.wrap_socket(line, server_side=True) as sealed:
            while not over.wait(0.02):
                sealed.sendall(b"250-please hold the line\r\n")

    with rude_server(slow) as port:
        url = f"smtp://127.0.0.1:{port}?ca={certificates.ca_file}"
        started = time.monotonic()
        with pytest.raises(MailError) as fault:
            send(MailSettings.from_url(url, SENDER), MAIL, 0.6)
        assert time.monotonic() - started < 3
    assert (fault.value.permanent, fault.value.reason) == (False, "connection: SMTPServerDisconnected")


def test_a_mail_taken_by_the_server_is_sent_even_if_the_farewell_breaks() -> None:
    mailbox = Mailbox(on_quit=lambda server: server.transport.abort())
    with smtp_server(mailbox) as port:
        send(plain(port), MAIL, 5)
    assert len(mailbox.mails) == 1


# TLS and passwords


@pytest.mark.parametrize("scheme", ["smtp", "smtps"])
def test_a_server_with_a_certificate_of_the_given_ca_is_trusted(
    certificates: Certificates, scheme: str
) -> None:
    mailbox = Mailbox()
    with tls_server(mailbox, scheme, certificates.signed) as port:
        url = f"{scheme}://office:p%40ss%2Fword@127.0.0.1:{port}?ca={certificates.ca_file}"
        send(MailSettings.from_url(url, SENDER), MAIL, 5)
    assert mailbox.users == [(b"office", b"p@ss/word")]
    assert mailbox.greetings == {"example.org"}
    assert mailbox.only()["Subject"] == "Kode Anda"


@pytest.mark.parametrize("scheme", ["smtp", "smtps"])
@pytest.mark.parametrize("peer", ["self_signed", "other_name", "unknown_ca"])
def test_a_stranger_with_a_certificate_gets_neither_password_nor_mail(
    certificates: Certificates, scheme: str, peer: str
) -> None:
    mailbox = Mailbox()
    context = certificates.signed if peer == "unknown_ca" else getattr(certificates, peer)
    ca = "" if peer == "unknown_ca" else f"?ca={certificates.ca_file}"
    with tls_server(mailbox, scheme, context) as port, pytest.raises(MailError) as fault:
        send(MailSettings.from_url(f"{scheme}://office:secret@127.0.0.1:{port}{ca}", SENDER), MAIL, 5)
    assert (fault.value.permanent, fault.value.reason) == (False, "connection: SSLCertVerificationError")
    assert (mailbox.mails, mailbox.users) == ([], [])


def test_a_server_without_starttls_gets_nothing() -> None:
    mailbox = Mailbox()
    with smtp_server(mailbox) as port, pytest.raises(MailError) as fault:
        send(MailSettings.from_url(f"smtp://office:secret@127.0.0.1:{port}", SENDER), MAIL, 5)
    assert (fault.value.permanent, fault.value.reason) == (False, "connection: SMTPNotSupportedError")
    assert (mailbox.mails, mailbox.users) == ([], [])


def test_a_wrong_password_is_our_fault_and_leaves_the_mail_waiting(certificates: Certificates) -> None:
    mailbox = Mailbox()
    with tls_server(mailbox, "smtps", certificates.signed) as port:
        url = f"smtps://office:wrong@127.0.0.1:{port}?ca={certificates.ca_file}"
        settings = MailSettings.from_url(url, SENDER)
        with pytest.raises(MailError) as fault:
            send(settings, MAIL, 5)
    assert (fault.value.permanent, fault.value.reason) == (False, "authentication: 535 5.7.8")


@contextmanager
def tls_server(mailbox: Mailbox, scheme: str, context: ssl.SSLContext) -> Iterator[int]:
    first = scheme == "smtps"
    options: dict[str, Any] = {} if first else {"tls_context": context, "require_starttls": True}
    login = {"authenticator": mailbox.authenticate, "auth_required": not first, "auth_require_tls": not first}
    with smtp_server(mailbox, tls=context if first else None, **login, **options) as port:
        yield port


# Development, and the setting itself


def test_without_a_mail_server_the_mail_lies_in_a_folder_that_only_we_can_read(tmp_path: Path) -> None:
    folder = tmp_path / "var" / "surat keluar"
    settings = MailSettings.from_url(f"file://{tmp_path}/var/surat%20keluar", SENDER)
    send(settings, MAIL, 5)
    send(settings, MAIL, 5)
    first, second = sorted(folder.iterdir())
    assert first.name.startswith("20261121T030405-")
    assert first.suffix == ".eml"
    assert (folder.stat().st_mode & 0o777, second.stat().st_mode & 0o777) == (0o700, 0o600)
    mail = message_from_bytes(first.read_bytes(), policy=policy.default)
    assert mail["To"] == "budi@example.com"
    assert "123 456" in mail.get_content()  # type: ignore[attr-defined]


def test_a_folder_that_cannot_be_written_may_be_tried_again(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(MailError) as fault:
        send(MailSettings.from_url(f"file://{tmp_path}/file/mail", SENDER), MAIL, 5)
    assert not fault.value.permanent


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("smtp://u:p%3A@mail.example.id:2525", ("mail.example.id", 2525, True, False, "u", "p:")),
        ("smtp://mail.example.id", ("mail.example.id", 587, True, False, "", "")),
        ("smtps://u%40b.id:p@mail.example.id", ("mail.example.id", 465, False, True, "u@b.id", "p")),
        ("smtp://relay.lan:25?starttls=no", ("relay.lan", 25, False, False, "", "")),
        ("smtp://u:p@[::1]:25?starttls=no", ("::1", 25, False, False, "u", "p")),
    ],
)
def test_a_url_says_everything(url: str, expected: tuple[Any, ...]) -> None:
    got = MailSettings.from_url(url, SENDER)
    assert (got.host, got.port, got.starttls, got.tls, got.username, got.password) == expected
    assert got.directory is None


@pytest.mark.parametrize(
    "url",
    [
        "", "mail.example.id", "http://mail.example.id", "smtp://", "smtp://u:topsecret@", "file:mail", "file://host/x",
        "smtp://u:topsecret@mail.example.id?starttls=no", "smtps://mail.example.id?starttls=no",
        "smtp://mail.example.id?starttls=maybe", "smtp://mail.example.id?tls=1", "smtp://mail.example.id?ca=ca.pem",
        "smtp://mail.example.id?ca=/no/such.pem", "smtp://u:topsecret@mail.example.id/x", "smtp://u:topsecret@h:99999",
        "smtp://u:topsecrét@h", "smtp://h?x", "smtp://u:topsecret/more@h",
        "smtp://u:topsecret?more@h", "smtp://u:topsecret#more@h", "smtp://u:more?topsecret=1@h", "smtp://u:more#topsecret@h",
        "smtp://a..b", "smtp://u:topsecret℀@h", "smtp://u:topsecret@[h",
    ],
)  # fmt: skip
def test_a_url_that_is_not_understood_is_refused_without_telling_the_password(url: str) -> None:
    with pytest.raises(ValueError) as fault:
        MailSettings.from_url(url, SENDER)
    assert "topsecr" not in str(fault.value)


@pytest.mark.parametrize(
    "sender", ["", "Gelombang", "a@b.id, c@d.id", "Disnaker, Jatim <a@b.id>", "x\r\nBcc: a@b.id"]
)
def test_a_sender_that_is_not_one_address_is_refused(sender: str) -> None:
    with pytest.raises(ValueError, match="sender"):
        MailSettings.from_url("smtp://mail.example.id", sender)


def test_settings_do_not_print_the_password() -> None:
    assert "topsecret" not in repr(MailSettings.from_url("smtp://u:topsecret@h", SENDER))
