"""The step of the guide that only a code can tick: an address is typed, a mail arrives, its code comes back.

The address waits between the pages in the session cookie, sealed: the database has only its keyed hash.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass

from flask import Blueprint, current_app, make_response, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response

from app import auth
from app.channels.mail import MailError, MailSettings
from app.channels.mail_settings import sender_address
from app.config import Settings
from app.crypto import Unsealable, keys
from app.forms.guide import AddressForm, ProofForm
from app.models import Applicant
from app.rules import local_time
from app.services import codes, contact, email_proof, office
from app.services.claims import Refused
from app.services.email_proof import Pending
from app.views import proof

pages = Blueprint("email_proof", __name__, url_prefix="/panduan/email-bukti")

Answer = Response | str | tuple[str, int]
WAITING = "email_bukti"
REFUSED_BY_MAIL = "Surat ke alamat ini ditolak. Lihat lagi ejaannya, atau pakai alamat lain."
WRONG = {
    Pending.OPEN: "Kode belum cocok. Lihat lagi angkanya di email terbaru dari kami.",
    Pending.EXPIRED: "Kode ini sudah lewat 10 menit. Tekan Kirim kode lagi.",
    Pending.SPENT: "Kode ini sudah tidak berlaku. Tekan Kirim kode lagi.",
}


@dataclass(frozen=True)
class Waiting:
    """An address that waits for its code; `code_id` is 0 while no code could be sent."""

    address: str
    code_id: int


# the address ----------------------------------------------------------------------------------------


@pages.get("/alamat")
@proof.fresh_pin
def address() -> Answer:
    """Ask for the address; a wrong one is corrected here."""
    person = _me()
    known = _waiting(person)
    return _address_page(AddressForm(data={"email": known.address if known else person.email or ""}))


@pages.post("/alamat")
@proof.fresh_pin
def address_now() -> Answer:
    """Send a code to the address."""
    form = AddressForm(request.form)
    if not form.validate():
        return _address_page(form, 422)
    known = _waiting(_me())
    return _send(_me(), form.address, known.code_id if known and known.address == form.address else 0, form)


def _address_page(form: AddressForm, status: int = 200) -> Answer:
    errors = form.error_list() if status == 422 else ()
    html = render_template("guide/address.html", form=form, errors=errors)
    return html if status == 200 else (html, status)


# the code -------------------------------------------------------------------------------------------


@pages.get("/kode")
@auth.full_session
def code() -> Answer:
    """Ask for the six digits, or say that they could not be sent."""
    waiting = _waiting(_me())
    if waiting is None:
        return redirect(url_for(".address"), 303)
    return _code_page(waiting, ProofForm())


@pages.post("/kode")
@auth.full_session
def code_now() -> Answer:
    """The right digits prove the address; or another code is asked for."""
    person = _me()
    waiting = _waiting(person)
    if waiting is None:
        return redirect(url_for(".address"), 303)
    if "ulang" in request.form:
        return _send(person, waiting.address, waiting.code_id)
    form = ProofForm(request.form)
    if not form.validate():
        return _code_page(waiting, form, 422)
    try:
        done = email_proof.prove(person, waiting.address, waiting.code_id, form.kode.digits, auth.now())
    except Refused:
        state = email_proof.pending(person, waiting.code_id, auth.now())
        form.refuse(WRONG[state[0] if state else Pending.SPENT])
        return _code_page(waiting, form, 422)
    except contact.TooEarly as early:
        return _too_early(early)
    session.pop(WAITING, None)
    if done.before is not None:
        tell_old_address(done.before, waiting.code_id)
    return redirect(url_for("guide.step", code="email-bukti"), 303)


def tell_old_address(before: str, mark: int) -> None:
    """Write to the proved address that was replaced; `mark` is the id of what replaced it."""
    here = office.current()
    email_proof.tell_old_address(
        _mail(), before, mark, here.name, here.phone_shown, _settings().public_url, auth.now()
    )


def _code_page(waiting: Waiting, form: ProofForm, status: int = 200) -> Answer:
    state = email_proof.pending(_me(), waiting.code_id, auth.now())
    if state is None:
        return render_template("guide/not_sent.html", address=waiting.address)
    html = render_template(
        "guide/code.html",
        form=form,
        errors=form.error_list() if status == 422 else (),
        address=waiting.address,
        sender=_sender(),
        is_open=state[0] is Pending.OPEN,
        until=local_time.clock(state[1], office.current().zone),
    )
    return html if status == 200 else (html, status)


# sending --------------------------------------------------------------------------------------------


def _send(person: Applicant, address: str, code_id: int, form: AddressForm | None = None) -> Answer:
    """Send a (further) code. When it cannot go out the address and the code before it stay."""
    now = auth.now()
    _wait_for(person, address, code_id)
    try:
        issued = email_proof.ask(person, address, now)
        email_proof.send(_mail(), issued, address, office.current().name, now)
    except codes.TooManyCodes as many:
        return _too_many(address, many)
    except contact.TooEarly as early:
        return _too_early(early)
    except MailError as error:
        if error.permanent and form is not None:
            form.refuse(REFUSED_BY_MAIL, "email")
            return _address_page(form, 422)
        return _with_wait(render_template("guide/not_sent.html", address=address), 503, 60)
    _wait_for(person, address, issued.id)
    return redirect(url_for(".code"), 303)


def _too_many(address: str, many: codes.TooManyCodes) -> Response:
    minutes = -(-many.retry_after // 60)
    wait = f"{minutes} menit" if minutes < 90 else f"{-(-minutes // 60)} jam"
    return _with_wait(
        render_template("guide/too_many.html", address=address, wait=wait), 429, many.retry_after
    )


def _too_early(early: contact.TooEarly) -> Response:
    seconds = round((early.until - auth.now()).total_seconds())
    until = local_time.day_clock(early.until, office.current().zone)
    return _with_wait(render_template("guide/too_early.html", until=until), 429, seconds)


def _with_wait(html: str, status: int, seconds: int) -> Response:
    response = make_response(html, status)
    response.headers["Retry-After"] = str(max(1, seconds))
    return response


def _settings() -> Settings:
    settings: Settings = current_app.extensions["settings"]
    return settings


def _mail() -> MailSettings:
    return MailSettings.from_url(_settings().mail_url, _settings().mail_sender)


def _sender() -> str:
    """Whose name the mail shows."""
    found = sender_address(_settings().mail_sender)
    return found.display_name or found.addr_spec


# between the pages ----------------------------------------------------------------------------------


def _me() -> Applicant:
    who = auth.principal()
    assert who is not None  # the guard saw to it
    return who.applicant


def _place(person: Applicant) -> str:
    return f"cookie.email:{person.id}"


def _wait_for(person: Applicant, address: str, code_id: int) -> None:
    sealed = base64.b64encode(keys().seal_text(address, _place(person))).decode()
    session[WAITING] = [sealed, str(code_id)]


def _waiting(person: Applicant) -> Waiting | None:
    sealed, code_id = session.get(WAITING, ("", "0"))
    try:
        return Waiting(keys().open_text(base64.b64decode(sealed), _place(person)), int(code_id))
    except Unsealable:  # nothing yet, or of somebody else who was signed in here
        return None
