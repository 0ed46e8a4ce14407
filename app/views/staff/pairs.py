"""Two records that may be one person: the list, side by side, decided with a reason, undone with a reason."""

from __future__ import annotations

from flask import abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app import auth
from app.forms.staff_pair import DecideForm, UndoForm
from app.models import SuspectedPair
from app.rules import likeness, local_time
from app.rules.terms import Options
from app.services import office, pair_decisions, pair_sides, pairs
from app.services.casework import Changed
from app.services.pair_decisions import DIFFERENT, HasResult, NeedsKtp
from app.views.staff.applicant import looked_at
from app.views.staff.area import EVERYBODY, RESULTS, actor, pages, refused, staff
from app.views.staff.search import own_district

Answer = str | Response | tuple[str, int]

DECISIONS = {"": "", DIFFERENT: "Orang berbeda", "first": "Orang yang sama", "second": "Orang yang sama"}


@pages.get("/pasangan")
@auth.roles(*EVERYBODY)
def suspected_pairs() -> Answer:
    """What waits for a decision, the longest waiting first."""
    return _list(decided=False)


@pages.get("/pasangan/selesai")
@auth.roles(*EVERYBODY)
def decided_pairs() -> Answer:
    """What was decided, the newest first."""
    return _list(decided=True)


def _list(decided: bool) -> str:
    zone = office.current().zone
    rows = pairs.listed(decided, own_district())
    return render_template(
        "staff/pairs.html",
        at="beranda",
        decided=decided,
        rows=[(row, local_time.short(row.found_at, zone), DECISIONS[row.decision]) for row in rows],
        most=pairs.MOST,
        district_only=own_district() is not None,
    )


@pages.get("/pasangan/<int:pair_id>")
@auth.roles(*EVERYBODY)
def suspected_pair(pair_id: int) -> Answer:
    """Side by side, without numbers, with what differs marked."""
    pair = _found(pair_id)
    return _page(pair, DecideForm(_options(pair)), UndoForm(), pairs.mark(pair))


@pages.post("/pasangan/<int:pair_id>")
@auth.roles(*RESULTS)
def decide_pair(pair_id: int) -> Answer:
    """One person or two."""
    pair, seen = _found(pair_id), request.form.get("seen", "")
    form = DecideForm(_options(pair), request.form)
    if not form.validate():
        return _page(pair, form, UndoForm(), seen), 422
    said, why = form.putusan.data, form.alasan.data
    try:
        if said == DIFFERENT:
            pair_decisions.decide_different(pair.id, why, seen, actor(), auth.now())
        else:
            pair_decisions.decide_same(pair.id, said, why, seen, actor(), auth.now())
    except (Changed, NeedsKtp):
        return _faster(pair_id)
    except HasResult:
        return refused(
            409,
            "Belum bisa dihentikan di sini",
            "Pendaftaran itu sudah punya hasil, atau daftar pesertanya sudah dikunci. Menghentikannya perlu dua petugas.",
            url_for(".suspected_pair", pair_id=pair_id),
            "Kembali ke pasangan ini",
        )
    flash(
        "Dicatat: orang berbeda."
        if said == DIFFERENT
        else "Dicatat: orang yang sama. Pemiliknya sudah dikabari."
    )
    return redirect(url_for(".suspected_pairs"), 303)


@pages.post("/pasangan/<int:pair_id>/batal")
@auth.roles(*RESULTS)
def undo_pair(pair_id: int) -> Answer:
    """Open it again."""
    pair, form, seen = _found(pair_id), UndoForm(request.form), request.form.get("seen", "")
    if not form.validate():
        return _page(pair, DecideForm(_options(pair)), form, seen), 422
    try:
        resumed = pair_decisions.undo(pair.id, form.alasan.data or "", seen, actor(), auth.now())
    except Changed:
        return _faster(pair_id)
    flash("Putusan dibatalkan. Pendaftaran yang dihentikan jalan lagi." if resumed else "Putusan dibatalkan.")
    return redirect(url_for(".suspected_pair", pair_id=pair_id), 303)


def _found(pair_id: int) -> SuspectedPair:
    pair = pairs.find(pair_id)
    if pair is None:
        abort(404)
    looked_at(pair.first, pair.second)
    return pair


def _options(pair: SuspectedPair) -> Options:
    first, second = pair_sides.heads(pair)
    return (
        (DIFFERENT, "Orang berbeda. Keduanya diteruskan."),
        ("first", f"Orang yang sama. {first.ticket} diteruskan, {second.ticket} dihentikan."),
        ("second", f"Orang yang sama. {second.ticket} diteruskan, {first.ticket} dihentikan."),
    )


def _page(pair: SuspectedPair, form: DecideForm, undo: UndoForm, seen: str) -> str:
    zone = office.current().zone
    return render_template(
        "staff/pair.html",
        at="cari",
        pair=pair,
        why=[likeness.WORDS[one] for one in pairs.why(pair)],
        found=local_time.short(pair.found_at, zone),
        heads=pair_sides.heads(pair),
        lines=pair_sides.lines(pair, zone),
        decision=DECISIONS[pair.decision],
        decided=local_time.short(pair.decided_at, zone) if pair.decided_at else "",
        for_ktp=pair_decisions.is_for_ktp(pair),
        may_decide=staff().role in RESULTS,
        form=form,
        undo=undo,
        errors=[*form.error_list(), *undo.error_list()],
        seen=seen,
    )


def _faster(pair_id: int) -> tuple[str, int]:
    return refused(
        409,
        "Sudah berubah",
        "Orang lain baru saja mengubah pasangan ini. Lihat dulu keadaan terbarunya.",
        url_for(".suspected_pair", pair_id=pair_id),
        "Lihat pasangan ini",
    )
