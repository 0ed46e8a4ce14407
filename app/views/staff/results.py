"""Results of a wave: a file checked and then applied as a whole, those who are left, and the publication."""

from __future__ import annotations

import threading

from flask import abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app import auth, errors
from app.channels.sheets import MAX_BYTES, SheetError
from app.forms.staff_waves import ApplyForm, PublishForm, UploadForm, shown_moment
from app.models import ResultPreview, Wave
from app.rules import local_time
from app.rules.result_words import HeadingProblem
from app.services import office, result_entry, result_files, results, wave_control
from app.services.result_files import NotReady
from app.services.results import Incomplete, TwoPeople
from app.services.wave_control import Changed, NotNow
from app.views.staff.area import RESULTS, WAVES, actor, one_at_a_time, pages, refused, staff
from app.views.staff.waves import faster, found, not_now, shown

Answer = str | Response | tuple[str, int]

UPLOAD = "staff.check_file"
ENVELOPE = 16 * 1024
"""What a form adds around its file."""

_reading = threading.BoundedSemaphore(1)
"""One file at a time in a process: reading a hostile one may take 30 s (ASVS 15.2.2)."""


@pages.url_value_preprocessor
def _allow_a_larger_body(endpoint: str | None, _: dict[str, object] | None) -> None:
    """Before anything reads the body: only this route, only for people who may use it, up to 5 MB (ASVS 5.2.1)."""
    if endpoint == UPLOAD:
        who = auth.principal()
        if who is not None and who.kind == "staff" and who.staff.role in RESULTS:
            request.max_content_length = MAX_BYTES + ENVELOPE


# a file -------------------------------------------------------------------------------------------


@pages.get("/gelombang/<int:number>/hasil")
@auth.roles(*RESULTS)
def upload(number: int) -> Answer:
    """Which file, and what it must look like."""
    return _upload_page(found(number), UploadForm())


@pages.post("/gelombang/<int:number>/hasil")
@auth.roles(*RESULTS)
@one_at_a_time("import")
def check_file(number: int) -> Answer:
    """Judge the whole file; nothing changes."""
    row, form = found(number), UploadForm(request.files)
    sent = request.files.get("berkas")
    if sent is None or not sent.filename:
        form.refuse("berkas", "Pilih berkasnya dulu.")
        return _upload_page(row, form), 422
    if not _reading.acquire(blocking=False):
        return errors.page(503, retry_after=30)
    try:
        preview = result_files.check(row, sent.stream.read(MAX_BYTES + 1), sent.filename, actor(), auth.now())
    except (SheetError, HeadingProblem) as problem:
        form.refuse("berkas", problem.words)
        return _upload_page(row, form), 422
    except NotNow as problem:
        return not_now(number, problem)
    finally:
        _reading.release()
    return redirect(url_for(".preview", number=number, preview_id=preview), 303)


def _upload_page(row: Wave, form: UploadForm) -> str:
    return render_template(
        "staff/upload.html", at="gelombang", wave=shown(row), form=form, errors=form.error_list()
    )


@pages.get("/gelombang/<int:number>/hasil/<int:preview_id>")
@auth.roles(*RESULTS)
def preview(number: int, preview_id: int) -> Answer:
    """What the file would do, row by row where it does not fit."""
    return _preview_page(found(number), _mine(number, preview_id), ApplyForm())


@pages.post("/gelombang/<int:number>/hasil/<int:preview_id>")
@auth.roles(*RESULTS)
def apply_file(number: int, preview_id: int) -> Answer:
    """Use the file as a whole."""
    row, form = _mine(number, preview_id), ApplyForm(request.form)
    try:
        written = result_files.apply(row, form.lewati.data, form.sisanya.data, actor(), auth.now())
    except NotReady:
        form.refuse("lewati", "Setujui dulu bahwa baris-baris itu dilewati.")
        return _preview_page(found(number), row, form), 422
    except Changed:
        what = "Keadaan pendaftar berubah sejak berkas diperiksa. Belum ada yang disimpan. Unggah lagi berkasnya."
        return refused(409, "Sudah berubah", what, url_for(".upload", number=number), "Unggah lagi")
    except NotNow as problem:
        return not_now(number, problem)
    flash(f"{local_time.number(written)} hasil disimpan. Belum ada yang diumumkan.")
    return redirect(url_for(".wave", number=number), 303)


@pages.get("/gelombang/<int:number>/hasil/<int:preview_id>/salah.csv")
@auth.roles(*RESULTS)
@one_at_a_time("export")
def wrong_rows(number: int, preview_id: int) -> Answer:
    """The rows that were not used, to mend them in a spreadsheet."""
    body = result_files.wrong_rows(_mine(number, preview_id))
    named = {"Content-Disposition": f'attachment; filename="gelombang-{number}-baris-salah.csv"'}
    return Response(body, content_type="text/csv; charset=utf-8", headers=named)


@pages.post("/gelombang/<int:number>/hasil/<int:preview_id>/buang")
@auth.roles(*RESULTS)
def drop_file(number: int, preview_id: int) -> Answer:
    """Forget the file; nothing was changed."""
    result_files.drop(_mine(number, preview_id))
    flash("Berkas dibuang. Tidak ada yang berubah.")
    return redirect(url_for(".upload", number=number), 303)


def _mine(number: int, preview_id: int) -> ResultPreview:
    wave = found(number)
    row = result_files.find(preview_id, wave, staff(), auth.now())
    if row is None:
        abort(404)
    return row


def _preview_page(wave: Wave, row: ResultPreview, form: ApplyForm) -> str:
    return render_template(
        "staff/preview.html",
        at="gelombang",
        wave=shown(wave),
        preview=result_files.opened(row),
        at_time=local_time.short(row.at, office.current().zone),
        form=form,
        errors=form.error_list(),
        number=local_time.number,
    )


@pages.get("/gelombang/<int:number>/sisanya")
@auth.roles(*RESULTS)
def ask_rest(number: int) -> Answer:
    """Everybody without a result becomes "belum terpilih"?"""
    row = found(number)
    missing = result_entry.summary(row).missing
    if not missing:
        return redirect(url_for(".wave", number=number), 303)
    return render_template("staff/rest.html", at="gelombang", wave=shown(row), missing=missing)


@pages.post("/gelombang/<int:number>/sisanya")
@auth.roles(*RESULTS)
def fill_rest(number: int) -> Answer:
    """Do it, for exactly as many as were shown."""
    text = request.form.get("seen", "")
    expected = int(text) if text.isascii() and text.isdigit() and len(text) < 9 else -1
    try:
        count = result_entry.fill_missing(found(number).number, expected, actor(), auth.now())
    except Changed:
        return faster(number)
    except NotNow as problem:
        return not_now(number, problem)
    flash(f"{local_time.number(count)} orang ditandai belum terpilih. Belum ada yang diumumkan.")
    return redirect(url_for(".wave", number=number), 303)


# publication --------------------------------------------------------------------------------------


@pages.get("/gelombang/<int:number>/umumkan")
@auth.roles(*WAVES)
def ask_publish(number: int) -> Answer:
    """The numbers once more, and when."""
    row, zone = found(number), office.current().zone
    planned = max(row.announce_at or auth.now(), auth.now())
    day, at = shown_moment(planned, zone)
    return _publish_page(row, PublishForm(data={"umum": day, "umum_jam": at}), wave_control.mark(row))


@pages.post("/gelombang/<int:number>/umumkan")
@auth.roles(*WAVES)
def publish(number: int) -> Answer:
    """Plan it; the worker does it at that minute."""
    row, form, seen = found(number), PublishForm(request.form), request.form.get("seen", "")
    if not form.validate():
        return _publish_page(row, form, seen), 422
    if wave_control.mark(row) != seen:
        return faster(number)
    try:
        results.schedule_publication(row, form.moment(office.current().zone), actor(), auth.now())
    except TwoPeople:
        return refused(
            403,
            "Perlu petugas lain",
            "Anda ikut mengisi hasil ini. Karena itu pengelola lain yang mengumumkannya.",
            url_for(".wave", number=number),
            f"Kembali ke Gelombang {number}",
        )
    except Incomplete as incomplete:
        return not_now(number, NotNow(f"Masih ada {incomplete.missing} orang tanpa hasil. Isi dulu."))
    except Changed:
        return faster(number)
    except NotNow as problem:
        return not_now(number, problem)
    flash("Pengumuman dijadwalkan. Pendaftar dikabari pada waktunya.")
    return redirect(url_for(".wave", number=number), 303)


@pages.post("/gelombang/<int:number>/umumkan/batal")
@auth.roles(*WAVES)
def cancel_publish(number: int) -> Answer:
    """Take the plan back before it begins."""
    try:
        results.cancel_publication(found(number), actor(), auth.now())
    except Changed:
        return faster(number)
    except NotNow as problem:
        return not_now(number, problem)
    flash("Jadwal pengumuman dibatalkan.")
    return redirect(url_for(".wave", number=number), 303)


def _publish_page(row: Wave, form: PublishForm, seen: str) -> str:
    authors = result_entry.authors(row)
    return render_template(
        "staff/publish.html",
        at="gelombang",
        wave=shown(row),
        summary=result_entry.summary(row),
        authors=", ".join(author.name for author in authors),
        own=staff() in authors,
        form=form,
        errors=form.error_list(),
        seen=seen,
        zone=office.current().zone,
        number=local_time.number,
        quota=row.quota,
    )
