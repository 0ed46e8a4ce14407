"""Mail: one message to one person, over a checked TLS line, or into a folder while developing.

Standards: RFC 5321 (SMTP), 5322 (form of a message), 3207 (STARTTLS), 8314 (smtps), 3834 (automatic mail).
"""

from __future__ import annotations

import os
import re
import secrets
import smtplib
import ssl
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP as WIRE
from email.utils import format_datetime
from pathlib import Path
from typing import Self

from app.channels.bounded_smtp import Bounded, BoundedTLS
from app.channels.mail_settings import ADDRESS, MailSettings, sender_address

__all__ = ["Conversation", "MailError", "MailSettings", "Message", "send"]

# Positive list: whatever names a recipient, a sender or the body belongs to this module.
_HEADER = re.compile(r"message-id|in-reply-to|references|reply-to|list-[a-z-]+|x-[a-z0-9-]+", re.IGNORECASE)
_CONTROL = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029]")
_ENHANCED_STATUS = re.compile(rb"[245]\.\d{1,3}\.\d{1,3}\b")  # RFC 3463


class MailError(Exception):
    """A message was not accepted.

    permanent: the same message to the same person will never pass, so stop; otherwise try again later. Faults of
    our own set-up (password, certificate, sender) are not permanent: the message waits until they are repaired.
    reason: a few words for the delivery row. It never repeats the server's words, which quote the address.
    """

    def __init__(self, permanent: bool, reason: str) -> None:
        super().__init__(reason)
        self.permanent = permanent
        self.reason = reason


@dataclass(frozen=True, kw_only=True)
class Message:
    """One message. `at` is aware and becomes the Date header.

    headers: extra ones (Reply-To, References, List-..., X-...). Give a Message-ID of your own, derived from the
    delivery row, where a mail may be sent twice: mailboxes show two mails with one id as one.
    """

    to: str
    subject: str
    text: str
    at: datetime
    html: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


def send(settings: MailSettings, message: Message, timeout: float) -> None:
    """Hand one message over. `timeout` in seconds bounds every wait and the whole conversation.

    Returns when the server has taken responsibility (250 after DATA); raises MailError otherwise.
    """
    with Conversation(settings, timeout) as line:
        line.send(message)


class Conversation:
    """Several messages over one connection, one after the other; a context manager for one thread.

    The connection is opened with the first message and anew when the server has ended it (many take some ten or a
    hundred on one). `timeout` in seconds bounds every wait, and each message with what its connection took.
    """

    #: Messages on one connection; after that a new one spreads the load over the relay's machines.
    MOST = 50

    def __init__(self, settings: MailSettings, timeout: float) -> None:
        self._settings, self._timeout = settings, timeout
        self._line: Bounded | None = None
        self._sent = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._part()

    def send(self, message: Message) -> None:
        """Hand one message over: returns when the server has taken responsibility; raises MailError otherwise."""
        mail = _compose(self._settings, message)
        if self._settings.directory is not None:
            _write_file(self._settings.directory, mail, message.at)
            return
        try:
            self._speak(message.to, mail.as_bytes())
        except (OSError, ValueError) as error:
            # smtplib and ssl raise OSErrors, a host name that cannot be encoded a ValueError.
            # Not `from error`: its text quotes the person's address, and tracebacks end up in logs.
            raise _fault(error) from None

    def _speak(self, to: str, wire: bytes) -> None:
        if self._line is not None and (self._sent >= self.MOST or not self._listens(self._line)):
            self._part()
        if self._line is None:
            self._line, self._sent = _opened(self._settings, self._timeout), 0
        line = self._line
        try:
            line.sendmail(sender_address(self._settings.sender).addr_spec, [to], wire)
        except (smtplib.SMTPRecipientsRefused, smtplib.SMTPDataError):
            if line.sock is None:  # it said 421 and went
                self._drop()
            raise
        except (OSError, ValueError):
            self._drop()
            raise
        finally:
            line.rest()
        self._sent += 1

    def _listens(self, line: Bounded) -> bool:
        """Asked before each further message: once its text is out, nobody could tell whether it was taken."""
        line.give(self._timeout)
        try:
            return bool(line.noop()[0] == 250)
        except OSError:
            return False

    def _drop(self) -> None:
        line, self._line = self._line, None
        if line is not None:
            line.close()

    def _part(self) -> None:
        if self._line is not None:
            # The mails are the server's. A broken farewell must not cause a second copy.
            with suppress(OSError):
                self._line.give(self._timeout)
                self._line.quit()
        self._drop()


def _compose(settings: MailSettings, message: Message) -> EmailMessage:
    """The whole mail, or MailError when an address or a header could smuggle in another (ASVS 1.3.11)."""
    if len(message.to) > 254 or not re.fullmatch(ADDRESS, message.to):
        raise MailError(True, "address is not of the form name@host")
    if _CONTROL.search(message.subject):
        raise MailError(True, "subject has a line end or control character")
    for name, value in message.headers.items():
        if not _HEADER.fullmatch(name) or _CONTROL.search(value):
            raise MailError(True, f"header {name[:40]!r} is not allowed or has a line end")
    try:
        return _written(sender_address(settings.sender), message)
    except ValueError as error:  # a header twice, a lone surrogate in the text
        raise MailError(True, f"message: {type(error).__name__}") from None


def _written(sender: Address, message: Message) -> EmailMessage:
    mail = EmailMessage(policy=WIRE)
    mail["From"] = sender
    mail["To"] = message.to
    mail["Subject"] = message.subject
    mail["Date"] = format_datetime(message.at.astimezone(UTC))
    mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: so that holiday replies stay away
    for name, value in message.headers.items():
        mail[name] = value
    if "Message-ID" not in mail:
        # Not make_msgid: that reads the clock and puts this machine's name and process id into every mail.
        mail["Message-ID"] = f"<{secrets.token_hex(16)}@{sender.domain}>"
    # Quoted-printable passes every server, also those without 8BITMIME, and keeps lines under 998 bytes.
    mail.set_content(message.text, charset="utf-8", cte="quoted-printable")
    if message.html is not None:
        mail.add_alternative(message.html, subtype="html", charset="utf-8", cte="quoted-printable")
    return mail


def _write_file(folder: Path, mail: EmailMessage, at: datetime) -> None:
    stamp = at.astimezone(UTC).strftime("%Y%m%dT%H%M%S")
    path = folder / f"{stamp}-{secrets.token_hex(4)}.eml"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(mail.as_bytes())
    except OSError as error:
        raise MailError(False, f"mail folder: {type(error).__name__}") from error


def _opened(settings: MailSettings, timeout: float) -> Bounded:
    sender = sender_address(settings.sender)
    context = ssl.create_default_context(cafile=settings.ca_file)
    line: Bounded
    # Our own domain in EHLO: the default asks the name service and tells this machine's name.
    if settings.tls:
        line = BoundedTLS(
            settings.host, settings.port, timeout=timeout, local_hostname=sender.domain, context=context
        )
    else:
        line = Bounded(settings.host, settings.port, timeout=timeout, local_hostname=sender.domain)
    try:
        if settings.starttls:
            line.starttls(context=context)
        if settings.username:
            line.login(settings.username, settings.password)
    except BaseException:
        line.close()
        raise
    return line


def _fault(error: Exception) -> MailError:
    """Permanent is only a 5xx to this recipient or this text; everything else may pass later."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        code, answer = next(iter(error.recipients.values()))
        return MailError(500 <= code < 600, _answer("recipient", code, answer))
    if isinstance(error, smtplib.SMTPDataError):
        return MailError(500 <= error.smtp_code < 600, _answer("text", error.smtp_code, error.smtp_error))
    if isinstance(error, smtplib.SMTPResponseException):
        kind = re.sub(r"^SMTP|Error$", "", type(error).__name__).lower()
        return MailError(False, _answer(kind, error.smtp_code, error.smtp_error))
    return MailError(False, f"connection: {type(error).__name__}")


def _answer(stage: str, code: int, answer: bytes | str) -> str:
    raw = answer if isinstance(answer, bytes) else answer.encode()
    status = _ENHANCED_STATUS.match(raw)
    return f"{stage}: {code}" + (f" {status[0].decode()}" if status else "")
