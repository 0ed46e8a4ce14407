"""The receipt: shown after sending and whenever its owner wants it again; the slip to print."""

from __future__ import annotations

import base64
from dataclasses import replace
from datetime import timedelta

import segno
from flask import Blueprint, current_app, redirect, render_template, request, session, url_for
from markupsafe import Markup
from werkzeug.wrappers import Response

from app import auth
from app.crypto import Unsealable, keys
from app.services import office, receipts

pages = Blueprint("receipt", __name__, url_prefix="/daftar")

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
    """The ticket as a QR code, drawn as one path (the mask is fixed: choosing the best costs 3 ms and gains nothing)."""
    drawn = segno.make(ticket, version=1, error="m", mask=3, boost_error=False)
    path = "".join(
        f"M{x} {y + 0.5}h{length}" for y, row in enumerate(drawn.matrix) for x, length in _runs(bytes(row))
    )
    size = len(drawn.matrix)
    words = f"Kode QR untuk nomor pendaftaran {ticket}"
    return Markup(
        '<svg class="qr" viewBox="-2 -2 {size} {size}" role="img" aria-label="{words}"><path d="{path}"/></svg>'
    ).format(size=size + 4, words=words, path=path)


def _runs(row: bytes) -> list[tuple[int, int]]:
    """(start, length) of the dark runs of one row."""
    runs, start = [], -1
    for x, dark in enumerate((*row, 0)):
        if dark and start < 0:
            start = x
        elif not dark and start >= 0:
            runs.append((start, x - start))
            start = -1
    return runs


@pages.get("/selesai")
@auth.summary_session
def done() -> Response | str:
    """The receipt: the ticket, what happens next and when, and once the kunci."""
    facts = _facts()
    if facts is None:
        return redirect(url_for("register.begin"), 303)
    return render_template(
        "register/done.html",
        facts=facts,
        qr=qr(facts.ticket),
        kunci=kept_kunci(facts.application_id),
        shared=_on_a_shared_phone(),
        is_summary=_is_summary(),
    )


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
