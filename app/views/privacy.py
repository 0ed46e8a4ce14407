"""/privasi: what happens with personal data. The words that a consent refers to are kept by their hash."""

from __future__ import annotations

from flask import Blueprint, render_template

pages = Blueprint("privacy", __name__)

#: The text beside the optional boxes of the wizard; its SHA-256 is stored with each yes and no.
NOTICE = (
    "Pendaftaran dan seleksi adalah tugas layanan publik kantor kami (UU 27 Tahun 2022, Pasal 20 ayat 2 huruf e). "
    "Izin tambahan boleh ditolak dan boleh ditarik kapan saja: kabar di HP, dihubungi lewat WhatsApp, nama dan nomor HP "
    "untuk lembaga pelatihan kalau terpilih. Versi 1."
)


@pages.get("/privasi")
def notice() -> str:
    """The whole notice: who, basis, purpose, which data, how long, rights, contact (UU PDP Pasal 21)."""
    return render_template("start/privacy.html")
