"""Searching: posted, so that no name and no number ever stands in an address or a log (security threat 23).

The ids of what was found wait in the signed cookie of this tablet, so that Back leads to the list again.
"""

from __future__ import annotations

from typing import Any

from flask import abort, current_app, flash, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response

from app import auth, errors
from app.forms.staff_search import SearchForm
from app.rules import states
from app.services import applicant_search, looking
from app.services.applicant_search import Found, Kind, NotASearch, Task
from app.services.limits import Closed
from app.views.staff.area import EVERYBODY, came_from, pages, refused, staff

Answer = str | Response | tuple[str, int]

LAST = "cari"
BY = {
    Kind.TICKET: "nomor pendaftaran itu",
    Kind.NIK: "NIK itu",
    Kind.PHONE: "nomor HP itu",
    Kind.NAME: "nama itu",
}
TASKS = {
    Task.NEEDS_FIX: "Perlu dibetulkan",
    Task.NIK_FLAG: "NIK perlu dicocokkan",
    Task.DISPUTED: "Dua pendaftar untuk satu NIK",
}


HINTS = {
    Task.NEEDS_FIX: "Mereka sudah dikabari dan membetulkan sendiri dari HP. Datanya sudah benar? Buka orangnya, "
    "lalu tekan Sudah lengkap.",
    Task.NIK_FLAG: "Ini belum tentu salah. Cocokkan dengan KTP saat orangnya datang, lalu tekan Sudah sama dengan KTP.",
    Task.DISPUTED: "Jangan menebak. Tunggu sampai orangnya datang membawa KTP asli. Jangan sebut data pendaftar lain.",
}
"""What is done with the people of a list."""


def own_district() -> str | None:
    """The district of the signed-in officer's posko; None for people of the main office, who see all."""
    return looking.own_district(staff())


@pages.get("/cari")
@auth.roles(*EVERYBODY)
def search() -> Answer:
    """The search box, and the list of the last search on this tablet."""
    last = session.get(LAST)
    if not last:
        return render_template("staff/search.html", at="cari", form=SearchForm(), errors=[])
    found = Found(Kind(last["by"]), tuple(last["ids"]), bool(last["more"]), tuple(last.get("lain", ())))
    return _list(found, _words(found))


@pages.post("/cari")
@auth.roles(*EVERYBODY)
def find() -> Answer:
    """Search, and show what was found on a page that can be reloaded."""
    form = SearchForm(request.form)
    try:
        if not form.validate():
            raise NotASearch(str(form.q.errors[0]))
        found = _found(form.q.data or "")
    except NotASearch as problem:
        form.q.errors = [problem.words]
        return render_template("staff/search.html", at="cari", form=form, errors=form.error_list()), 422
    except Closed as full:
        what = "Cari dengan nomor pendaftaran, nomor HP, atau nama. Untuk NIK:"
        wait = errors.wait_words(full.retry_after)
        return refused(
            429, "Terlalu banyak NIK yang tidak ada", f"{what} {wait.lower()}", url_for(".home"), "Beranda"
        )
    session[LAST] = {
        "by": found.kind.value,
        "ids": found.ids,
        "more": found.more,
        "lain": found.elsewhere,
    }
    if len(found.ids) == 1 and found.kind is not Kind.NAME:
        if found.kind is Kind.NIK:
            flash("NIK yang Anda ketik sama dengan NIK pendaftar ini.")
        return redirect(url_for(".applicant", application_id=found.ids[0]), 303)
    return redirect(url_for(".search"), 303)


def _found(text: str) -> Found:
    """Search; a NIK that nobody has is counted, because it may be a guess. Raises NotASearch, Closed."""
    if applicant_search.understand(text)[0] is not Kind.NIK:
        return applicant_search.find(text, own_district())
    attempt = looking.begin_nik_search(staff(), auth.now())
    found = applicant_search.find(text)
    if found.ids:
        looking.found_somebody(attempt)
    return found


@pages.post("/cari/luas")
@auth.roles(*EVERYBODY)
def search_wider() -> Answer:
    """Show those of the last search who live in other districts too, and leave a line."""
    last = session.get(LAST)
    if last and last.get("lain"):
        looking.note_wider(staff(), len(last["lain"]), auth.now())
        session[LAST] = last | {"ids": [*last["ids"], *last["lain"]], "lain": []}
    return redirect(url_for(".search"), 303)


@pages.get("/tugas/<slug>")
@auth.roles(*EVERYBODY)
def task(slug: str) -> Answer:
    """One list of work, the longest waiting first."""
    try:
        which = Task(slug)
    except ValueError:
        abort(404)
    found = applicant_search.to_do(which, own_district())
    words = {"h1": TASKS[which], "hint": HINTS[which], "none": "Tidak ada yang menunggu. Semua beres."}
    return _list(found, words, which)


def _words(found: Found) -> dict[str, str]:
    by = BY[found.kind]
    if found.elsewhere:
        count = f"{len(found.ids)} orang" if found.ids else "Tidak ada orang"
        return {"h1": f"{count} di kecamatan posko Anda cocok dengan {by}", "none": ""}
    if not found.ids:
        return {
            "h1": f"Belum ada pendaftar dengan {by}",
            "none": "Coba cari dengan cara lain, misalnya NIK di KTP.",
            "then": f"Memang belum mendaftar? Orangnya bisa mendaftar dari HP sendiri, di {_site()}.",
        }
    count = f"Lebih dari {len(found.ids)}" if found.more else str(len(found.ids))
    return {"h1": f"{count} orang cocok dengan {by}", "none": ""}


def _site() -> str:
    return str(current_app.extensions["settings"].public_host)


def way_back() -> tuple[str, str]:
    """(address, words) of the list from which a person was opened."""
    asked = came_from()
    if asked:
        return url_for(".task", slug=asked), TASKS[Task(asked)]
    return url_for(".search"), "Hasil cari" if session.get(LAST) else "Cari pendaftar"


def _list(found: Found, words: dict[str, Any], which: Task | None = None) -> str:
    return render_template(
        "staff/list.html",
        at="beranda" if which else "cari",
        words=words,
        dari=which,
        district_only=which is not None and own_district() is not None,
        elsewhere=len(found.elsewhere),
        more=found.more,
        most=applicant_search.MOST,
        rows=applicant_search.rows(found.ids),
        state_words=states.WORDS,
    )
