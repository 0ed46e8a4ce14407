"""The applicants' side and what anybody reads, on a phone of 360 x 640."""

from __future__ import annotations

from typing import Any

from camera import PHONE, keep, look, now, take, window
from playwright.sync_api import Browser, Page

from app.models import Entry
from app.services import demo_cases
from tests.browser.journey import fill, walk
from tests.walking import PIN, SITI, changed

#: What there is to see for each person of the example office, and the name of the picture.
STATES = {
    "a seat is offered: answer it": "tawaran",
    "selected: buy the training in time": "terpilih",
    "asked to correct something": "betulkan",
    "waits for the draw of the open wave": "menunggu",
    "the wave is closed, its result is not told yet": "seleksi",
    "objected to a result": "keberatan",
    "took part in the drawn wave: number, proof and secret": "selesai",
}


#: Pages of a person who has registered; pages for whoever comes from outside.
OWN = (
    *("saya", "saya/kabar", "saya/kabar/atur", "saya/bantuan", "saya/izin", "saya/data", "saya/perangkat"),
    *("panduan", "panduan/kartu", "daftar/bukti", "daftar/bukti?kertas=struk", "privasi"),
)
DOORS = ("masuk", "masuk/kunci", "lupa-pin", "posko", "cek", "luring", "tidak-ada")


def named(path: str) -> str:
    """A path as a part of a file's name."""
    return path.replace("/", "-").replace("?kertas=", "-")


def applicant(browser: Browser, url: str) -> None:
    """Siti registers, looks at her status, and reads on."""
    page = window(browser, url, PHONE)

    def filled(slug: str) -> None:
        if slug == "identitas":  # for the README: the numbers are read back as on the card
            page.evaluate("scrollTo(0, 0)")
            take(page, "layar-pendaftar-04-identitas")

    for n, slug in enumerate(walk(page, look=filled)):
        keep(page, f"pendaftar-{n + 1:02}-{slug}")
    for path in OWN:
        if page.goto(f"/{path}").status == 200:
            keep(page, f"pendaftar-20-{named(path)}")
    wrong = window(browser, url, PHONE)
    for slug in walk(wrong):
        if slug == "identitas":
            break
    fill(wrong, SITI["identitas"] | {"nik": "359901 570488 003", "lahir-b": ""})
    wrong.get_by_role("button", name="Lanjut", exact=True).click()
    wrong.locator(".oops").wait_for()
    keep(wrong, "pendaftar-30-identitas-salah")
    for path in DOORS:
        wrong.goto(f"/{path}")
        keep(wrong, f"pendaftar-31-{named(path)}")
    keep_dark = window(browser, url, PHONE, dark=True)
    keep_dark.goto("/")
    keep(keep_dark, "pendaftar-32-mulai-gelap")


def public(browser: Browser, url: str) -> None:
    """What anybody reads of the waves: drawn and over, told by the centre, open; and one number looked up."""
    page = window(browser, url, PHONE)
    for number in (1, 2, 3, 4):
        look(page, f"/gelombang/{number}", f"umum-01-gelombang-{number}")
        look(page, f"/gelombang/{number}/undian", f"umum-02-undian-{number}")
    look(page, "/gelombang", "umum-03-semua")
    page.goto("/gelombang/1/undian")
    page.get_by_label("Cari nomor undian").fill(Entry.select().where(Entry.via != "").first().entry)
    page.get_by_role("button", name="Cari").click()
    page.locator("#hasil .sum").wait_for()
    keep(page, "umum-04-nomor")
    paper = window(browser, url, (800, 1100))
    look(paper, "/gelombang/4/poster", "umum-05-poster")


# what not everybody meets --------------------------------------------------------------------------


def turnings(browser: Browser, url: str) -> None:
    """The pages beside the straight way: an odd NIK, a rule that stops, a known person, no signal, a new phone.

    After `applicant`, because Siti is known by then.
    """
    odd = changed(identitas={"nik": "359902 180488 0003"})
    until(browser, url, "periksa-nik", "pendaftar-40-periksa-nik", odd)
    until(browser, url, "berhenti", "pendaftar-41-berhenti", changed(syarat={"umur": "tidak"}))
    until(browser, url, "sudah-terdaftar", "pendaftar-42-sudah-terdaftar", SITI)
    no_signal(browser, url)
    page = window(browser, url, PHONE)
    page.goto("/masuk")
    fill(page, {"nik": SITI["identitas"]["nik"], "pin": PIN})
    page.get_by_role("button", name="Masuk", exact=True).click()
    page.wait_for_url("**/saya")
    keep(page, "pendaftar-44-ringkasan")
    look(page, "/masuk/bukti", "pendaftar-45-satu-bukti-lagi")


def until(browser: Browser, url: str, stop: str, name: str, answers: dict[str, dict[str, Any]]) -> None:
    """Register up to this page, and keep it."""
    page = window(browser, url, PHONE)
    for slug in walk(page, answers):
        if slug == stop:
            keep(page, name)
            return
    raise LookupError(stop)


def no_signal(browser: Browser, url: str) -> None:
    """The network is gone when an answer is sent: it waits on the phone, and the page says so."""
    page = window(browser, url, PHONE)
    for slug in walk(page):
        if slug == "identitas":
            break
    fill(page, SITI["identitas"])
    page.context.set_offline(True)
    page.get_by_role("button", name="Lanjut", exact=True).click(no_wait_after=True)
    page.get_by_role("status").filter(has_text="Belum terkirim.").wait_for()
    keep(page, "pendaftar-43-belum-terkirim")
    page.context.close()


def states(browser: Browser, url: str) -> None:
    """People of the example office on a new phone, by kunci: the status page of each, and what follows from it."""
    for n, one in enumerate(demo_cases.examples(now())):
        page = window(browser, url, PHONE)
        page.goto("/masuk/kunci")
        fill(page, {"nik": one.nik, "pin": one.pin, "kunci": one.kunci})
        if n == 0:
            keep(page, "pendaftar-46-masuk-kunci")
        page.get_by_role("button", name="Masuk", exact=True).click()
        page.wait_for_url(lambda at: not at.endswith("/masuk/kunci"))
        if n == 0:
            keep(page, "pendaftar-47-kunci-baru")
        slug = STATES[one.what]
        look(page, "/saya", f"pendaftar-50-saya-{slug}")
        after(page, slug)
        page.context.close()


def after(page: Page, slug: str) -> None:
    """The page to which the status of some leads."""
    if slug == "tawaran":
        page.get_by_role("link", name="Tidak jadi").click()
        keep(page, "pendaftar-51-tawaran-lepas")
    elif slug == "terpilih":
        look(page, "/saya/beli", "pendaftar-51-beli")
    elif slug == "keberatan":
        look(page, "/saya/keberatan", "pendaftar-51-keberatan")
    elif slug == "selesai":
        look(page, "/saya/undian", "pendaftar-51-undian")
