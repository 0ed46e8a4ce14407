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


def keep_kunci(applicant_id: int, kunci: str) -> None:
    """Carry the kunci to the pages that show it in the session cookie, sealed: the database has only its hash."""
    sealed = keys().seal_text(kunci, f"cookie.kunci:{applicant_id}")
    until = auth.now() + KUNCI_SHOWN
    session["kunci"] = [base64.b64encode(sealed).decode(), until.timestamp()]


def kept_kunci(applicant_id: int) -> str:
    """The kunci while it may still be shown, else an empty text."""
    sealed, until = session.get("kunci", ("", 0))
    if not sealed or auth.now().timestamp() > until:
        return ""
    try:
        return keys().open_text(base64.b64decode(sealed), f"cookie.kunci:{applicant_id}")
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
    who = _me()
    facts = _facts(who)
    if facts is None:
        return redirect(url_for("register.begin"), 303)
    shared, kunci = who.session.shared, kept_kunci(who.applicant_id)
    never_shown = not kunci and _may_have_missed_it(who, facts)
    own: Any = current_app.jinja_env.get_template("register/own.html").module
    mine = {TICKET: own.ticket(facts, qr(facts.ticket), not shared)}
    mine |= {KUNCI: Markup.escape(kunci)} if kunci else {}
    mine |= {drawing.TOKEN: drawing.token()} if never_shown else {}
    mine |= {STEPS: own.steps(facts)}
    frame: dict[str, Any] = {
        "shared": shared,
        "is_summary": who.kind == "summary",
        "never_shown": never_shown,
        "has_dates": facts.has_dates,
        "promise": facts.promise,
        "push_key": public_key(),
        "office": office.current(),
    }

    def draw() -> str:
        template = current_app.jinja_env.get_template(DONE)
        holes = {"ticket": TICKET, "kunci": KUNCI if kunci else "", "steps": STEPS}
        return template.render(csrf_token=lambda: drawing.TOKEN, **holes, **frame)

    return drawing.sheet((DONE, *mine, *frame.values()), draw, *mine).answer(*mine.values())


@pages.get("/bukti")
@auth.summary_session
def slip() -> Response | str:
    """The slip for paper: A6, or a 58 mm thermal roll (?kertas=struk)."""
    who = _me()
    facts = _facts(who)
    if facts is None:
        return redirect(url_for("register.begin"), 303)
    kunci = kept_kunci(who.applicant_id)
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


def _me() -> auth.Principal:
    who = auth.principal()
    assert who is not None  # the guard saw to it
    return who


def _may_have_missed_it(who: auth.Principal, facts: receipts.Receipt) -> bool:
    """Whether a kunci was made that could still be on the screen, and this phone has none: the answer that held it was
    lost. On the owner's own phone a new one is one tap away; elsewhere the page of the kunci asks first.
    """
    own = who.kind == "full" and who.session.device_id is not None and not who.session.shared
    return own and facts.kunci_made is not None and auth.now() < facts.kunci_made + KUNCI_SHOWN


def _facts(who: auth.Principal) -> receipts.Receipt | None:
    facts = receipts.of_applicant(who.applicant_id, office.current().zone, auth.now())
    # NIK and a guessed PIN must not tell whose registration this is (security.md 4.2)
    return replace(facts, name="") if facts and who.kind == "summary" else facts
