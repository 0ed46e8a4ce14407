"""The office's side, on a tablet of 1024 x 768, and its main pages upright."""

from __future__ import annotations

import pyotp
from camera import TABLET, UPRIGHT, keep, look, now, window
from playwright.sync_api import Browser, Page

from app.models import Application, CallTask, Staff, Wave
from app.rules import codes
from app.services import casework, demo, staff_accounts
from tests.browser.journey import fill


def staff(browser: Browser, url: str, people: dict[str, demo.SignIn]) -> None:
    """A manager signs in, searches, opens a person and a wave."""
    for size, name in ((TABLET, "petugas"), (UPRIGHT, "petugas-tegak")):
        page = window(browser, url, size)
        page.goto("/petugas/masuk")
        keep(page, f"{name}-01-masuk")
        sign_in(page, people["ratna.wulandari" if size == TABLET else "dewi.anggraini"], name)
        keep(page, f"{name}-02-beranda")
        someone = Application.select().where(Application.state == "needs_fix").first()
        page.goto("/petugas/cari")
        page.locator("main [name=q], main [type=search]").first.fill(someone.applicant.name.split()[0])
        page.locator("main form button").first.click()
        keep(page, f"{name}-03-cari")
        look(page, f"/petugas/pendaftar/{someone.id}", f"{name}-04-pendaftar")
        look(page, "/petugas/gelombang", f"{name}-05-gelombang")
        for wave in Wave.select().order_by(Wave.number):
            look(page, f"/petugas/gelombang/{wave.number}", f"{name}-06-gelombang-{wave.number}")
        if size == TABLET:  # the officer of the other size sees one district, in which nobody may wait
            look(page, "/petugas/posko", f"{name}-09-posko")
            look(page, "/petugas/akun", f"{name}-10-akun")
            look(page, "/petugas/telepon", f"{name}-07-telepon")
            look(page, f"/petugas/telepon/{_to_call()}", f"{name}-08-menelepon")
            casework_pages(page)
            file_pages(page, browser, url, people)
    enrolment(browser, url)


def _to_call() -> int:
    """The entry of the call list that waits longest."""
    waiting = CallTask.select().where((CallTask.state == "open") & (CallTask.why == "notice"))
    return int(waiting.order_by(CallTask.created_at).get().id)


def sign_in(page: Page, person: demo.SignIn, name: str = "") -> None:
    """Two pages: password, then six digits (kept when there is a `name`)."""
    page.goto("/petugas/masuk")
    fill(page, {"nama": person.username, "sandi": person.password})
    page.locator("main form button").first.click()
    page.locator("[name=kode]").wait_for()
    if name:
        keep(page, f"{name}-01-masuk-kode")
    fill(page, {"kode": pyotp.TOTP(person.totp_secret).now()})
    page.locator("main form button").first.click()
    page.wait_for_url("**/petugas")


def casework_pages(page: Page) -> None:
    """One applicant: opening the numbers, asking for a correction, a code for a new PIN; two records side by side."""
    one = Application.select().where(Application.state == "submitted").first()
    here = f"/petugas/pendaftar/{one.id}"
    look(page, f"{here}/nik", "petugas-10-lihat-nik")
    page.get_by_role("button", name=casework.OPEN_REASONS["ktp"]).click()
    page.get_by_role("heading", name="NIK lengkap").wait_for()
    keep(page, "petugas-11-nik-lengkap")
    page.goto(f"{here}/betulkan")
    fill(page, {"alasan": "old_kk", "catatan": "Bawa KK yang terbaru ke posko, ya."})
    keep(page, "petugas-12-perlu-dibetulkan")
    look(page, f"{here}/pin", "petugas-13-kode-ganti-pin")
    page.goto("/petugas/pasangan")
    page.locator("main tbody a").first.click()
    keep(page, "petugas-14-pasangan")
    look(page, "/petugas/kelompok", "petugas-15-bukti-kelompok")
    look(page, "/petugas/keberatan", "petugas-16-keberatan")
    look(page, "/petugas/siaran", "petugas-17-siaran")


def file_pages(page: Page, browser: Browser, url: str, people: dict[str, demo.SignIn]) -> None:
    """The result of the wave that waits for it: a file with a fault, the whole file, told by another manager."""
    wave = f"/petugas/gelombang/{demo.WAITING}"
    waiting = list(Application.select().where(Application.state == "in_selection").order_by(Application.id))
    said = (
        ["terpilih"] * demo.WAITING_PLACES + ["cadangan 1", "cadangan 2"] + ["tidak terpilih"] * len(waiting)
    )
    lines = [f"{codes.shown(one.ticket)};{result}" for one, result in zip(waiting, said, strict=False)]
    look(page, f"{wave}/hasil", "petugas-20-unggah")
    upload(page, [lines[0].replace("terpilih", "lulus sebagian"), *lines[1:]])
    keep(page, "petugas-21-berkas-bermasalah")
    page.goto(f"{wave}/hasil")
    upload(page, lines)
    keep(page, "petugas-22-berkas-diperiksa")
    page.get_by_role("button", name="Pakai berkas ini").click()
    page.wait_for_url(f"**{wave}")
    other = window(browser, url, TABLET)
    sign_in(other, people["hadi.purnomo"])
    look(other, f"{wave}/umumkan", "petugas-23-umumkan")
    fill(other, {"yakin": True})
    other.get_by_role("button", name="Jadwalkan pengumuman").click()
    other.wait_for_url(f"**{wave}")
    keep(other, "petugas-24-pengumuman-dijadwalkan")
    other.context.close()


def upload(page: Page, lines: list[str]) -> None:
    """Choose a file of results and have it checked."""
    body = "\n".join(["Nomor Pendaftaran;Hasil", *lines]).encode()
    file = {"name": f"hasil-gelombang-{demo.WAITING}.csv", "mimeType": "text/csv", "buffer": body}
    page.locator("[name=berkas]").set_input_files(file)
    page.get_by_role("button", name="Periksa berkas").click()
    page.get_by_role("heading", name="Periksa berkas sebelum dipakai").wait_for()


def enrolment(browser: Browser, url: str) -> None:
    """Somebody new at the office: invitation, password, second factor, recovery codes."""
    code = staff_accounts.invite("sari.utami", "Sari Utami", "officer", "Posko Klakah", now())
    page = window(browser, url, TABLET)
    look(page, "/petugas/undangan", "petugas-30-undangan")
    fill(page, {"kode": code})
    page.get_by_role("button", name="Lanjut").click()
    page.locator("[name=sandi]").wait_for()
    keep(page, "petugas-31-sandi")
    fill(page, {"sandi": "sawah hujan meja ungu", "ulang": "sawah hujan meja ungu"})
    page.get_by_role("button", name="Lanjut").click()
    page.locator("svg.qr").wait_for()
    keep(page, "petugas-32-aplikasi-kode")
    secret = Staff.get(Staff.username == "sari.utami").totp_secret
    fill(page, {"kode": pyotp.TOTP(secret).now()})
    page.get_by_role("button", name="Sambungkan").click()
    page.get_by_role("heading", name="Akun Anda sudah siap").wait_for()
    keep(page, "petugas-33-kode-cadangan")
