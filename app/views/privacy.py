"""/privasi: what happens with personal data. The words that a consent refers to are kept by their hash."""

from __future__ import annotations

from flask import Blueprint, Flask, current_app, render_template

from app.config import Settings
from app.periods import Periods
from app.rules.local_time import span_words
from app.services import drafts, limits

pages = Blueprint("privacy", __name__)

#: The text beside the optional boxes of the wizard; its SHA-256 is stored with each yes and no.
NOTICE = (
    "Pendaftaran dan seleksi adalah tugas layanan publik kantor kami (UU 27 Tahun 2022, Pasal 20 ayat 2 huruf e). "
    "Izin tambahan boleh ditolak dan boleh ditarik kapan saja: kabar di HP, dihubungi lewat WhatsApp, nama dan nomor HP "
    "untuk lembaga pelatihan kalau terpilih. Versi 1."
)


def init(app: Flask) -> None:
    """Give the wizard's short form of the notice the same number."""
    settings: Settings = app.extensions["settings"]
    app.jinja_env.globals["kept_not_selected"] = span_words(settings.keep.not_selected)


@pages.get("/privasi")
def notice() -> str:
    """The whole notice: who, basis, purpose, which data, how long, rights, contact (UU PDP Pasal 21)."""
    settings: Settings = current_app.extensions["settings"]
    return render_template("start/privacy.html", kept=how_long(settings.keep))


def how_long(keep: Periods) -> str:
    """What the office promises and services/retention.py does: one sentence per kind of record."""
    promised = (
        ("Isian yang belum dikirim", drafts.KEEP.days),
        ("Tidak terpilih", keep.not_selected),
        ("Menunggu gelombang", keep.waiting),
        ("Mengundurkan diri", keep.withdrawn),
        ("Terpilih", keep.selected),
        ("Kabar", keep.notice),
        ("Catatan masuk", max(limits.KEPT.days, keep.sign_in)),
    )
    told = " ".join(f"{what}: {span_words(days)}." for what, days in promised)
    return f"{told} Sesudah itu yang tersisa hanya hitungan tanpa nama."
