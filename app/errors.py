"""Answers when something is wrong: the right status, words that say what to do, nothing of our insides."""

from __future__ import annotations

import logging
import secrets
from html import escape

from flask import Flask, Response, make_response, render_template, request
from flask_wtf.csrf import CSRFError
from peewee import InterfaceError, OperationalError
from playhouse.pool import MaxConnectionsExceeded
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from app.connection import is_staff_area
from app.crypto import HashingBusy
from app.services.office import NoOffice

log = logging.getLogger("gelombang.errors")

#: What the database says when it cannot be reached, hung up, or has no connection left for us.
DATABASE_AWAY = (OperationalError, InterfaceError, MaxConnectionsExceeded)
#: The page for when not even its frame can be drawn. Nothing in it comes from outside.
BARE = (
    '<!doctype html><html lang="id"><head><meta charset="utf-8"><title>{title}</title></head>'
    "<body><main><h1>{title}</h1><p>{what} {then}</p><p>{code}</p>{form}</main></body></html>"
)
#: When a page of the wizard could not be kept. Its answers stand in the page, and one press sends them again.
NOT_KEPT = (
    "Belum tersimpan",
    "Penyimpanan kami sedang terganggu. Isian Anda masih ada di halaman ini.",
    "Jangan tutup halaman ini. Tunggu satu menit, lalu tekan tombol di bawah.",
)
#: Fields that are never written into a page: whoever picks the phone up must not find them there.
SECRET = {"pin", "pin2", "kunci", "kode", "sandi"}

#: status -> (title, first sentence, what to do). The voice of the kindest officer.
WORDS = {
    400: (
        "Permintaan tidak terbaca",
        "Halaman ini mungkin sudah terlalu lama terbuka.",
        "Muat ulang, lalu coba lagi.",
    ),
    403: ("Tidak boleh dibuka", "Halaman ini bukan untuk Anda.", "Masuk dulu, atau kembali ke halaman awal."),
    404: (
        "Halaman tidak ada",
        "Alamatnya mungkin salah ketik, atau halamannya sudah pindah.",
        "Mulai dari awal.",
    ),
    405: ("Tidak bisa begitu", "Halaman ini tidak bisa dibuka dengan cara itu.", "Mulai dari awal."),
    409: ("Sudah berubah", "Orang lain baru saja mengubahnya.", "Muat ulang untuk melihat keadaan terbaru."),
    410: ("Sudah tidak berlaku", "Tautan atau kode ini sudah dipakai atau kedaluwarsa.", "Minta yang baru."),
    413: (
        "Terlalu besar",
        "Yang dikirim lebih besar dari batas.",
        "Kembali, lalu kirim tulisan yang lebih pendek atau berkas yang lebih kecil.",
    ),
    429: ("Terlalu sering", "Ada terlalu banyak percobaan dari sini.", "Tunggu sebentar, lalu coba lagi."),
    500: (
        "Maaf, ada yang rusak di tempat kami",
        "Jawaban Anda yang tersimpan aman.",
        "Coba lagi sebentar lagi.",
    ),
    503: ("Sedang sangat ramai", "Jawaban Anda yang tersimpan aman.", "Tunggu satu menit, lalu coba lagi."),
}


#: The same for people of the office, where other words lead on.
STAFF_WORDS = {
    403: ("Tidak boleh dibuka", "Halaman ini bukan bagian dari tugas Anda.", "Kembali ke beranda."),
    404: (
        "Halaman tidak ada",
        "Alamatnya salah, datanya sudah tidak ada, atau bukan bagian dari tugas Anda.",
        "Kembali ke beranda, lalu cari orangnya.",
    ),
    500: (
        "Maaf, ada yang rusak di tempat kami",
        "Yang sudah tersimpan aman.",
        "Lihat dulu apakah yang baru Anda kerjakan sudah tersimpan, lalu coba lagi.",
    ),
    503: ("Sedang sangat ramai", "Yang sudah tersimpan aman.", "Tunggu satu menit, lalu coba lagi."),
}


def wait_words(seconds: int) -> str:
    """When to try again, in whole minutes or hours, never too early."""
    minutes = max(1, -(-seconds // 60))
    return f"Coba lagi {minutes} menit lagi." if minutes < 120 else f"Coba lagi {-(-minutes // 60)} jam lagi."


def page(
    status: int, code: str = "", retry_after: int | None = None, again: list[tuple[str, str]] | None = None
) -> Response:
    """An error page; `code` lets a person and an officer speak of the same fault.

    again: what was typed and not kept; the page then holds it and offers to send it once more.
    """
    known = WORDS | STAFF_WORDS if is_staff_area() else WORDS
    title, what, then = NOT_KEPT if again else known.get(status, known[500])
    if status == 429 and retry_after is not None:
        then = wait_words(retry_after)
    said = {"title": title, "what": what, "then": then, "code": code}
    try:
        frame = "errors/staff.html" if is_staff_area() else "errors/page.html"
        body = render_template(frame, status=status, again=again, **said)
    except (NoOffice, *DATABASE_AWAY):  # the frame asks the database whose service this is, and who is asking
        body = BARE.format(**said, form=_form(again) if again else "")
    response = make_response(body, status)
    if retry_after is not None:
        response.headers["Retry-After"] = str(retry_after)
    return response


def typed() -> list[tuple[str, str]] | None:
    """What a page of the wizard was given, to be sent again; None on other pages and where something secret was typed."""
    if request.method != "POST" or not request.path.startswith("/daftar/") or SECRET & request.form.keys():
        return None
    return list(request.form.items(multi=True))


def _form(fields: list[tuple[str, str]]) -> str:
    hidden = "".join(
        f'<input type="hidden" name="{escape(name)}" value="{escape(value)}">' for name, value in fields
    )
    return f'<form method="post" action="{escape(request.path)}">{hidden}<button>Kirim lagi</button></form>'


def init(app: Flask) -> None:
    """Register one handler per kind of fault."""

    @app.errorhandler(CSRFError)
    def forged(_: CSRFError) -> Response:
        return page(400)

    @app.errorhandler(HTTPException)
    def refused(error: HTTPException) -> Response:
        if error.response is not None:
            return error.response  # type: ignore[return-value]
        response = page(error.code or 500)
        if isinstance(error, MethodNotAllowed) and error.valid_methods:
            response.headers["Allow"] = ", ".join(sorted(error.valid_methods))  # RFC 9110 15.5.6
        return response

    @app.errorhandler(HashingBusy)
    def busy(_: HashingBusy) -> Response:
        return page(503, retry_after=60)

    @app.errorhandler(NoOffice)
    def unfinished(_: NoOffice) -> Response:
        log.error("no office: run `flask office set` (or `flask demo`)")
        return page(503, retry_after=60)

    def database_away(error: Exception) -> Response:
        log.error("database: %s", type(error).__name__)
        return page(503, retry_after=30, again=typed())

    for kind in DATABASE_AWAY:
        app.register_error_handler(kind, database_away)

    @app.errorhandler(Exception)
    def broken(error: Exception) -> Response:
        code = secrets.token_hex(4)
        log.error("fault %s: %s", code, type(error).__name__, exc_info=error)
        return page(500, code=code)
