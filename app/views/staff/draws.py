"""The draw of a wave, step by step: what was done and by whom, what stands in the way, one button for what comes next.

Each step has a page that says what it does. Managers run a draw, another manager or a verifier attests it, and whoever
attested does not publish it.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import cast

from flask import current_app, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app import auth
from app.config import Settings
from app.forms.staff_draw import SignatureForm
from app.models import Draw
from app.rules import beacon, local_time
from app.services import (
    draw_round,
    draw_rules,
    draw_steps,
    drawing,
    list_changes,
    office,
)
from app.services.drawing import NotYet, SamePerson, See
from app.services.ledger import Actor
from app.views.staff.area import EVERYBODY, RESULTS, WAVES, actor, one_at_a_time, pages, refused, staff
from app.views.staff.waves import found, shown

Answer = str | Response | tuple[str, int]
Verb = Callable[[Draw, Actor, datetime], Draw]
WHOSE = {"sah": RESULTS}
"""Who takes a step; every other step is for those who run waves."""


@pages.get("/gelombang/<int:number>/undian")
@auth.roles(*EVERYBODY)
def draw(number: int) -> Answer:
    """The steps, and the next one."""
    row, zone = found(number), office.current().zone
    made, steps = draw_steps.of(row, auth.now(), zone)
    coming = draw_steps.next_of(steps)
    is_mine = coming is not None and staff().role in WHOSE.get(coming.slug, WAVES)
    rules = drawing.promise_of(made).rules if made else draw_rules.of(row)
    return render_template(
        "staff/draw.html",
        at="gelombang",
        wave=shown(row),
        draw=made,
        steps=steps,
        coming=coming,
        mine=is_mine and not (coming and coming.slug == "sah" and made and made.drawn_by_id == staff().id),
        no_witness=made is not None and not _has_witness(),
        planned=row.publish_at is not None and (made is None or made.published_at is None),
        rules=draw_rules.in_words(rules),
        newer=list_changes.newer(made) if made else [],
        may_rule=made is None and staff().role in WAVES,
        may_list_again=made is not None and made.listed_at and not made.frozen_at and staff().role in WAVES,
    )


def _has_witness() -> bool:
    """Whether there is anybody to whom hashes can be mailed; without, they wait."""
    return bool(cast(Settings, current_app.extensions["settings"]).inspectorate_email)


def there(number: int) -> Response:
    """Back to the steps."""
    return redirect(url_for(".draw", number=number), 303)


def _made(number: int) -> Draw | None:
    return draw_rules.promised(found(number))


def not_yet(number: int, problem: NotYet) -> tuple[str, int]:
    """409: what stands in the way, and a link to it."""
    pages_of = {
        "jadwal": (url_for(".wave", number=number), f"Lihat waktu Gelombang {number}"),
        "aturan": (url_for(".ask_draw_rules", number=number), "Ubah aturan"),
    }
    steps = url_for(".draw", number=number, _anchor=problem.see or None)
    where, link = pages_of.get(problem.see, (steps, f"Lihat undian Gelombang {number}"))
    return refused(409, "Belum bisa sekarang", problem.words, where, link)


def in_the_way(number: int, slug: str) -> tuple[str, int] | None:
    """The page that says which step comes first, or what this one waits for; None when nothing stands in the way."""
    return _before(number, draw_steps.of(found(number), auth.now(), office.current().zone)[1], slug)


def _before(number: int, steps: list[draw_steps.Step], slug: str) -> tuple[str, int] | None:
    first = draw_steps.in_the_way(steps, slug)
    if first is None:
        return None
    words = first.waits or f"Langkah sebelumnya belum selesai: {first.title}."
    return not_yet(number, NotYet(words, cast(See, first.slug)))


def same_person(number: int) -> tuple[str, int]:
    """403: whoever took one step does not take the one that checks it."""
    what = "Langkah ini harus dilakukan orang lain, supaya tidak ada yang memeriksa pekerjaannya sendiri."
    return refused(403, "Perlu petugas lain", what, url_for(".draw", number=number), "Kembali ke undian")


# list and freeze ------------------------------------------------------------------------------------


@pages.get("/gelombang/<int:number>/undian/daftar")
@auth.roles(*WAVES)
def ask_list(number: int) -> Answer:
    """What the list is."""
    return _ask(number, "daftar")


@pages.post("/gelombang/<int:number>/undian/daftar")
@auth.roles(*WAVES)
def list_entrants(number: int) -> Answer:
    """Publish it, or publish it again."""
    return _do(number, drawing.list_entrants, "Daftar peserta terbit. Peserta bisa memeriksanya sekarang.")


@pages.get("/gelombang/<int:number>/undian/kunci")
@auth.roles(*WAVES)
def ask_freeze(number: int) -> Answer:
    """What freezing means."""
    return _ask(number, "kunci")


@pages.post("/gelombang/<int:number>/undian/kunci")
@auth.roles(*WAVES)
def freeze(number: int) -> Answer:
    """Make the list final."""
    return _do(number, drawing.freeze, "Daftar peserta dikunci. Setiap peserta dikabari nomor barisnya.")


@pages.get("/gelombang/<int:number>/undian/sah")
@auth.roles(*RESULTS)
def ask_attest(number: int) -> Answer:
    """What attesting means."""
    return _ask(number, "sah")


@pages.post("/gelombang/<int:number>/undian/sah")
@auth.roles(*RESULTS)
def attest(number: int) -> Answer:
    """Recompute the draw and put the name below it."""
    return _do(number, drawing.attest, "Undian dihitung ulang, cocok, dan disahkan.")


def _ask(number: int, slug: str) -> Answer:
    row = found(number)
    made, steps = draw_steps.of(row, auth.now(), office.current().zone)
    step = next(step for step in steps if step.slug == slug)
    may_again = slug == "daftar" and made is not None and made.frozen_at is None
    if step.done and not may_again:
        return there(number)
    if not step.done and (stands := _before(number, steps, slug)):
        return stands
    newer = list_changes.newer(made) if made is not None and slug == "kunci" else []
    return render_template(
        "staff/draw_act.html", at="gelombang", wave=shown(row), slug=slug, draw=made, newer=newer
    )


def _do(number: int, verb: Verb, done: str) -> Answer:
    made = _made(number)
    if made is None:
        return not_yet(number, NotYet("Janji undian gelombang ini belum dibuat.", "janji"))
    try:
        verb(made, actor(), auth.now())
    except NotYet as problem:
        return not_yet(number, problem)
    except SamePerson:
        return same_person(number)
    flash(done)
    return there(number)


# the draw -------------------------------------------------------------------------------------------


@pages.get("/gelombang/<int:number>/undian/jalan")
@auth.roles(*WAVES)
def ask_run(number: int) -> Answer:
    """Where the number comes from."""
    made = _made(number)
    if made is None or made.frozen_at is None:
        return in_the_way(number, "jalan") or there(number)
    if made.drawn_at is not None:
        return there(number)
    return _run_page(number, made, SignatureForm())


@pages.post("/gelombang/<int:number>/undian/jalan")
@auth.roles(*WAVES)
@one_at_a_time("draw")
def run(number: int) -> Answer:
    """The one run, with the signature from a relay or from a person; either way only a true one is taken."""
    made, form = _made(number), SignatureForm(request.form)
    if made is None or made.frozen_at is None:
        return not_yet(number, NotYet("Daftar peserta belum dikunci.", "kunci"))
    form.ambil = "ambil" in request.form
    if not form.validate():
        return _run_page(number, made, form), 422
    try:
        signature = form.tanda.data
        if form.ambil:
            settings = cast(Settings, current_app.extensions["settings"])
            signature = draw_round.fetched(made, settings.drand_relays, auth.now(), drawing.CHAIN)
        drawing.run(made, signature, actor(), auth.now(), drawing.CHAIN)
    except NotYet as problem:
        if made.drawn_at is not None or not draw_round.is_made(made, auth.now(), drawing.CHAIN):
            return not_yet(number, problem)
        form.refuse("tanda", problem.words)
        return _run_page(number, made, form), 422
    flash("Undian sudah dijalankan. Orang lain sekarang mengesahkannya.")
    return there(number)


def _run_page(number: int, made: Draw, form: SignatureForm) -> str:
    chain, zone = drawing.CHAIN, office.current().zone
    settings = cast(Settings, current_app.extensions["settings"])
    return render_template(
        "staff/draw_run.html",
        at="gelombang",
        wave=shown(found(number)),
        round=beacon.round_for(chain, made.draw_at),
        chain=chain.hash,
        ready=draw_round.is_made(made, auth.now(), chain),
        when=local_time.day_clock(made.draw_at, zone),
        relays=settings.drand_relays,
        form=form,
        errors=form.error_list(),
    )
