"""The receipt: shown after sending and whenever its owner wants it again; the slip to print."""

from __future__ import annotations

import base64
from dataclasses import replace
from datetime import timedelta
from typing import Any

from flask import Blueprint, current_app, redirect, render_template, request, session, url_for
from markupsafe import Markup
from werkzeug.wrappers import Response

from app import auth
from app.crypto import Unsealable, keys
from app.rules.qr import QUIET_ZONE, draw_ticket
from app.services import office, receipts
from app.views import drawing
from app.views.push import public_key

pages = Blueprint("receipt", __name__, url_prefix="/daftar")

DONE = "register/done.html"
#: Stand, while the page is drawn for everybody, where what is its owner's will stand.
TICKET, KUNCI, STEPS = "the-ticket-of-this-person", "the-kunci-of-this-person", "what-this-person-does-next"

#: How long the kunci stays on the receipt: long enough for a lost connection and a search for a pen.
KUNCI_SHOWN = timedelta(minutes=15)


def keep_kunci(application_id: int, kunci: str) -> None:
    """Carry the kunci to the receipt page in the session cookie, sealed: the database has only its hash."""
    sealed = keys().seal_text(kunci, f"cookie.kunci:{application_id}")
    until = auth.now() + KUNCI_SHOWN
    session["kunci"] = [base64.b64encode(sealed).decode(), until.timestamp()]


def kept_kunci(application_id: int) -> str:
    """The kunci while it may still be shown, else an empty text."""
    sealed, until = session.get("kunci", ("", 0))
    if not sealed or auth.now().timestamp() > until:
        return ""
    try:
        return keys().open_text(base64.b64decode(sealed), f"cookie.kunci:{application_id}")
    except Unsealable:
        return ""


def qr(ticket: str) -> Markup:
    """The ticket as a QR code; the slip around it is as light as the other half of its quiet zone."""
    drawn, half = draw_ticket(ticket), QUIET_ZONE // 2
    return Markup(
        '<svg class="qr" viewBox="{half} {half} {size} {size}" role="img" aria-label="Kode QR untuk nomor pendaftaran {ticket}"><path d="{path}"/></svg>'
    ).format(half=half, size=drawn.size - QUIET_ZONE, ticket=ticket, path=drawn.path)


@pages.get("/selesai")
@auth.summary_session
def done() -> Response | str:
    """The receipt: the ticket, what happens next and when, and once the kunci; what stands around them is drawn once."""
    facts = _facts()
    if facts is None:
        return redirect(url_for("register.begin"), 303)
    shared, kunci = _on_a_shared_phone(), kept_kunci(facts.application_id)
    own: Any = current_app.jinja_env.get_template("register/own.html").module
    mine = {TICKET: own.ticket(facts, qr(facts.ticket), not shared)}
    mine |= {KUNCI: Markup.escape(kunci)} if kunci else {}
    mine |= {STEPS: own.steps(facts)}
    frame: dict[str, Any] = {
        "shared": shared,
        "is_summary": _is_summary(),
        "has_dates": facts.has_dates,
        "promise": facts.promise,
        "push_key": public_key(),
        "office": office.current(),
    }

    def draw() -> str:
        template = current_app.jinja_env.get_template(DONE)
        return template.render(ticket=TICKET, kunci=KUNCI if kunci else "", steps=STEPS, **frame)

    return drawing.sheet((DONE, *mine, *frame.values()), draw, *mine).answer(*mine.values())


@pages.get("/bukti")
@auth.summary_session
def slip() -> Response | str:
    """The slip for paper: A6, or a 58 mm thermal roll (?kertas=struk)."""
    facts = _facts()
    if facts is None:
        return redirect(url_for("register.begin"), 303)
    kunci = kept_kunci(facts.application_id)
    rows = [("Nama", facts.name)] if facts.name else []
    rows += [("Gelombang", facts.wave), ("Diterima", facts.received)]
    rows += [("Kunci (rahasia)", kunci)] if kunci else []
    return render_template(
        "register/slip.html",
        facts=facts,
        rows=rows,
        after=facts.steps[1:],
        qr=qr(facts.ticket),
        size="struk" if request.args.get("kertas") == "struk" else "a6",
        public_host=current_app.extensions["settings"].public_host,
    )


def _is_summary() -> bool:
    who = auth.principal()
    return who is not None and who.kind == "summary"


def _on_a_shared_phone() -> bool:
    who = auth.principal()
    return who is None or who.session.shared


def _facts() -> receipts.Receipt | None:
    who = auth.principal()
    if who is None:
        return None
    facts = receipts.of_applicant(who.applicant_id, office.current().zone, auth.now())
    # NIK and a guessed PIN must not tell whose registration this is (security.md 4.2)
    return replace(facts, name="") if facts and who.kind == "summary" else facts
