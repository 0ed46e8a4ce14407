"""What our mails say, as plain text and as simple HTML, and how they are handed over in bounded time.

Nothing in a mail is about the person, and no mail asks for a PIN or a code. The only address in one is our own.
"""

from __future__ import annotations

import logging
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime
from html import escape

from app.channels.mail import MailError, MailSettings, Message, send
from app.channels.mail_settings import sender_address
from app.rules import notice_words

log = logging.getLogger("gelombang.letters")

#: A person waits no longer than this for a mail to go out (seconds).
PATIENCE = 10.0

#: Mail leaves on threads of its own: asking a dead name service has no time limit that we could set.
_hands = ThreadPoolExecutor(max_workers=4, thread_name_prefix="letters")


def one_time_code(
    settings: MailSettings, to: str, subject: str, code: str, code_id: int, office: str, at: datetime
) -> Message:
    """The mail with a code. The id of the code's row names the mail, so a mailbox shows a second copy as the same."""
    lines = (
        "Ketik kode ini di halaman Gelombang. Kode berlaku 10 menit dan hanya sekali.",
        "Jangan beri tahu siapa pun. Petugas tidak pernah menanyakan kode ini.",
        "Tidak meminta kode? Abaikan email ini.",
    )
    return _letter(settings, to, subject, f"kode.{code_id}", lines, office, at, code=code)


def email_changed(
    settings: MailSettings, to: str, code_id: int, office: str, phone: str, site: str, at: datetime
) -> Message:
    """To the address that a person used before: it is not theirs here any more. `site` is our public address."""
    lines = (
        "Email untuk akun Gelombang Anda sudah diganti. Alamat ini tidak dipakai lagi.",
        f"Bukan Anda yang mengganti? Segera telepon kami: {phone}. Atau buka {site} dan ganti PIN.",
    )
    subject = "Email di akun Gelombang Anda diganti"
    return _letter(settings, to, subject, f"ganti.{code_id}", lines, office, at)


def notice_waits(
    settings: MailSettings,
    to: str,
    title: str,
    code: str,
    delivery_id: int,
    office: str,
    site: str,
    stop: str,
    at: datetime,
) -> Message:
    """A notice waits in the inbox: its title, which never tells a result, and our address without anything personal.

    `stop` is the address that ends these mails, for the button of mail programmes (RFC 2369, RFC 8058: one click means
    a POST, so that no link preview ends anything) and for the last line. The delivery's id makes the Message-ID stable.
    `code` is the notice's, as people read it.
    """
    inbox, check = f"{site}/saya/kabar", f"{site}/cek/{code}"
    said = {"inbox": inbox, "code": code, "check": check, "stop": stop}
    lines = (f"{title}.", *(line.format(**said) for line in notice_words.MAIL))
    made = _letter(settings, to, title, f"kabar.{delivery_id}", lines, office, at)
    one_click = {"List-Unsubscribe": f"<{stop}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
    return replace(
        made, headers={**made.headers, **one_click}, html=_linked(made.html or "", inbox, check, stop)
    )


def _linked(html: str, *addresses: str) -> str:
    """The same mail with our own addresses as links."""
    for address in addresses:
        html = html.replace(escape(address), f'<a href="{escape(address)}">{escape(address)}</a>')
    return html


def post(settings: MailSettings, message: Message) -> None:
    """Hand a mail over now; raises MailError after ten seconds, whatever hangs."""
    sending = _hands.submit(send, settings, message, PATIENCE)
    try:
        sending.result(PATIENCE + 0.5)
    except TimeoutError:
        never_begun = sending.cancel()
        raise MailError(False, "connection: queue" if never_begun else "connection: overdue") from None


def post_aside(settings: MailSettings, message: Message) -> None:
    """Hand a mail over beside the answer to the person; once, and a failure is only logged (the inbox is the truth)."""
    _hands.submit(send, settings, message, PATIENCE).add_done_callback(_note_failure)


def _note_failure(sent: Future[None]) -> None:
    fault = sent.exception()
    if fault is not None:
        log.error("a mail was not handed over: %s", fault)


def _letter(
    settings: MailSettings,
    to: str,
    subject: str,
    name: str,
    lines: tuple[str, ...],
    office: str,
    at: datetime,
    code: str = "",
) -> Message:
    first = f"Kode Anda: {code}\n\n" if code else ""
    text = first + "\n\n".join(lines) + f"\n\n{office}\n"
    return Message(
        to=to,
        subject=subject,
        text=text,
        at=at,
        html=_html(lines, office, code),
        headers={"Message-ID": f"<{name}@{sender_address(settings.sender).domain}>"},
    )


def _html(lines: tuple[str, ...], office: str, code: str) -> str:
    """The same words; big digits for the code. No picture, no link, no colour: a dark phone stays dark."""
    big = (
        f'<p>Kode Anda:</p><p style="font-size:32px;letter-spacing:4px"><b>{escape(code)}</b></p>'
        if code
        else ""
    )
    body = big + "".join(f"<p>{escape(line)}</p>" for line in lines) + f"<p>{escape(office)}</p>"
    return (
        '<!doctype html><html lang="id"><head><meta charset="utf-8"></head>'
        f'<body style="font:18px/1.5 sans-serif">{body}</body></html>\n'
    )
