"""An officer who meets a closed or missing page stays on the office's side and reads where to go."""

from __future__ import annotations

import pytest

from app.services import applicant_search
from tests.pages import Visitor


@pytest.mark.parametrize(
    "path", ["/petugas/pendaftar/123", "/petugas/gelombang/77", "/petugas/siaran", "/petugas/tidak-ada"]
)
def test_what_is_not_there_leads_back_to_the_first_page(signed, path):
    officer = signed().visitor
    page = officer.open(path, status=404)
    assert page.h1 == "Halaman tidak ada"
    assert "bukan bagian dari tugas Anda" in page.text
    assert "Ke halaman awal" not in page.text
    assert page.click("Ke beranda").h1 == "Siapa yang Anda bantu?"


def test_whoever_is_not_signed_in_reads_the_same(app, office):
    page = Visitor(app).open("/petugas/tidak-ada", status=404)
    assert page.click("Ke beranda").path == "/petugas/masuk"


def test_a_fault_of_ours_has_a_code_to_tell(signed, monkeypatch):
    officer = signed().visitor

    def broken(*_):
        raise RuntimeError("siti")

    monkeypatch.setattr(applicant_search, "counts", broken)
    page = officer.open("/petugas", status=500)
    assert "sudah tersimpan, lalu coba lagi" in page.text
    assert "sebutkan kode" in page.text
    assert "siti" not in page.html
