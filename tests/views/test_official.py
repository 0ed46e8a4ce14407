"""/cek through the front door: a notice by its code, a pasted message, what is personal stays its owner's."""

from __future__ import annotations

import re
from urllib.parse import quote, unquote

import pytest

from app.channels.mail import MailSettings
from app.models import Applicant, Application, Notice
from app.rules import codes, notice_words
from app.services import letters, notices, official
from tests.conftest import NOW, PUBLIC_URL
from tests.pages import Visitor
from tests.states import sent

BODY = "Gelombang 4: Anda terpilih. Beli pelatihan sebelum 3 Desember."


@pytest.fixture
def told(visitor, wave) -> Notice:
    """A notice with a personal body, for the registered person behind `visitor`."""
    application = sent(visitor)
    row = notices.write(
        applicant_id=application.applicant_id,
        kind="result",
        key="r",
        title="Hasil Gelombang 4 sudah keluar",
        body=BODY,
        path="/saya",
        now=NOW,
    )
    assert row is not None
    return row


@pytest.fixture
def stranger(app) -> Visitor:
    return Visitor(app, PUBLIC_URL)


def paste(visitor: Visitor, text: str):
    return visitor.open("/cek").submit("Cek pesan", status=200, pesan=text)


def test_every_notice_has_its_own_code_that_the_inbox_shows(visitor, told):
    assert len({row.code for row in Notice.select()}) == Notice.select().count() > 1
    page = visitor.open(f"/saya/kabar/{told.id}")
    assert codes.shown(told.code) in page.main
    assert page.click(codes.shown(told.code)).h1 == "Pesan ini dari kami"


def test_anybody_sees_what_it_is_and_only_its_owner_the_words(visitor, stranger, told):
    for text in (told.code, codes.shown(told.code), codes.shown(told.code).lower()):
        page = stranger.open(f"/cek/{text}")
        assert told.title in page.main
        assert "Hasil gelombang sudah keluar." in page.main
        assert "terpilih" not in page.html
    assert BODY in visitor.open(f"/cek/{told.code}").main
    answer = stranger.ask("GET", f"/cek/{told.code}")
    assert answer.headers["X-Robots-Tag"] == "noindex"
    assert answer.headers["Cache-Control"] == "no-store"
    assert Notice.get_by_id(told.id).opened_at is None


@pytest.mark.parametrize("code", ["K7RM-4TXP-N", "x", "tidak-ada", "%00", "K" * 300])
def test_a_code_that_is_not_ours_is_said_so(stranger, office, code):
    page = stranger.open(f"/cek/{code}", 404)
    assert "Kode ini tidak kami kenal" in page.main


def test_the_old_address_leads_here(stranger, office):
    answer = stranger.ask("GET", "/cek-pesan")
    assert (answer.status_code, answer.location) == (308, "/cek")


def test_our_own_words_are_ours_and_one_changed_word_is_not(stranger, told):
    words = f"{told.title}. Ketuk untuk melihat. {PUBLIC_URL}/cek/{codes.shown(told.code)}"
    assert "Ini pesan dari kami" in paste(stranger, words).main
    for changed in (
        words.replace("keluar", "cair"),
        words + " Kirim pulsa dulu",
        words.replace("Hasil", "Ha\u0455il"),
    ):
        page = paste(stranger, changed)
        assert "Bukan dari kami" in page.main
        assert told.title in page.main  # the true text stands there to compare


def test_the_mail_about_it_is_known_word_for_word(stranger, told):
    mail = MailSettings.from_url("file:///nowhere", "kabar@contoh.go.id")
    stop = f"{PUBLIC_URL}/email/berhenti/abc"
    made = letters.notice_waits(
        mail, "siti@example.org", told.title, codes.shown(told.code), 1, "Kantor", PUBLIC_URL, stop, NOW
    )
    assert codes.shown(told.code) in made.text
    said = made.text.replace("\nKantor\n", "\n")
    assert "Ini pesan dari kami" in paste(stranger, said).main
    assert "Bukan dari kami" in paste(stranger, said.replace("tidak pernah meminta", "sekarang meminta")).main


def test_the_words_of_the_owner_are_no_riddle_for_others(visitor, stranger, told):
    """Whoever has the code may not try out whether "terpilih" stands in the body."""
    words = f"{told.title} {{}} kode pesan {told.code}"
    right, wrong = (
        paste(stranger, words.format(body)) for body in (BODY, BODY.replace("terpilih", "tertolak"))
    )
    assert "Bukan dari kami" in right.main
    plain = re.compile("terpilih|tertolak")
    assert plain.sub("", right.main) == plain.sub("", wrong.main)
    assert "Ini pesan dari kami" in paste(visitor, words.format(BODY)).main


def test_links_are_judged_and_never_asked(stranger, office, monkeypatch):
    def refused(*_: object, **__: object) -> None:
        raise AssertionError("a pasted link was opened")

    monkeypatch.setattr("socket.socket.connect", refused)
    monkeypatch.setattr("socket.getaddrinfo", refused)
    host = PUBLIC_URL.removeprefix("http://")
    assert "Ini alamat kami" in paste(stranger, f"{PUBLIC_URL}/masuk").main
    for text, said in (
        (f"https://{host}@jahat.id/masuk", "yang di depan tanda @ bukan alamatnya"),
        (f"https://{host.partition(':')[0]}.jahat.id/", "memakai nama kami"),
        (f"ftp://{host}/", "selalu mulai dengan https://"),
        ("https://bit.ly/abc", "Ini bukan alamat kami."),
    ):
        page = paste(stranger, text)
        assert "Bukan dari kami" in page.main, text
        assert said in page.main, text


def test_without_a_code_nothing_is_promised(stranger, office):
    assert "Belum bisa kami pastikan" in paste(stranger, "Hasil Gelombang 4 sudah keluar").main
    page = paste(stranger, "kode pesan K7RM-4TXP-N")
    assert "Bukan dari kami" in page.main
    assert "bukan kode pesan kami" in page.main


@pytest.mark.parametrize("text", ["", "  \n ", "a" * 2001])
def test_nothing_and_too_much_are_refused(stranger, office, text):
    page = stranger.open("/cek").submit("Cek pesan", status=422, pesan=text)
    assert page.title.startswith("Error:")


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "\t\n",
        "\ud83d\ude00".encode("utf-16", "surrogatepass").decode("utf-16"),
    ],
)
def test_any_text_is_answered(stranger, office, text):
    page = paste(stranger, text + " x")
    assert "<script>alert" not in page.html


def test_a_taken_code_costs_nobody_a_notice(visitor, told, monkeypatch):
    drawn = iter([told.code, "23456789C"])
    monkeypatch.setattr(notices, "new_code", lambda: next(drawn))
    more = {"kind": "result", "title": "T", "body": "B", "path": "/saya", "now": NOW}
    made = notices.write(applicant_id=Applicant.get().id, key="s", **more)
    assert made is not None
    assert Notice.get_by_id(made.id).code == "23456789C"


def test_the_share_link_is_the_same_for_everybody(visitor, stranger, told):
    links = {who.open("/").links["Beri tahu keluarga lewat WhatsApp"] for who in (visitor, stranger)}
    assert len(links) == 1
    (link,) = links
    assert link.startswith("https://wa.me/?text=")
    assert link.endswith(quote(f"{PUBLIC_URL}/", safe=""))


@pytest.mark.parametrize(
    "path", ["/", "/saya", "/saya/bantuan", "/saya/kabar", "/daftar/selesai", "/gelombang/4"]
)
def test_what_leads_out_carries_nothing_personal(visitor, told, path):
    """Share buttons and every other link to another site: no id, number or code of the person."""
    application = Application.get()
    person = Applicant.get()
    personal = {
        *(codes.shown(one) for one in (application.ticket, application.entry_number, told.code)),
        *(application.ticket, application.entry_number, told.code, f"{person.id:x}", str(person.id)),
        *(str(person.nik), str(person.phone).removeprefix("+62"), person.name.split()[0]),
    }
    page = visitor.open(path)
    out = [str(a.get("href")) for a in page.parsed.all("a") if str(a.get("href")).startswith("http")]
    said = [unquote(link) for link in out if not link.startswith(PUBLIC_URL)]
    assert said or path != "/"
    assert [link for link in said if any(one in link for one in personal)] == []


@pytest.mark.parametrize(
    "agent", ["WhatsApp/2.23.20.0", "facebookexternalhit/1.1", "TelegramBot (like TwitterBot)"]
)
def test_a_link_preview_opens_nothing(visitor, stranger, told, agent):
    """Whoever sends a link to us has it fetched by the messenger first."""
    for path in (f"/cek/{told.code}", f"/cek/{codes.shown(told.code)}", "/cek", "/"):
        for method in ("GET", "HEAD"):
            answer = stranger.ask(method, path, headers={"User-Agent": agent})
            assert answer.status_code == 200
    visitor.ask("GET", f"/saya/kabar/{told.id}", headers={"User-Agent": agent})
    row = Notice.get_by_id(told.id)
    assert (row.opened_at, row.rung) == (None, 0)


@pytest.mark.parametrize(
    "host",
    [
        "gelombang-lumajang.id",
        "127.0.0.1.jahat.id",
        "gelombang.lumajangkab.go.id.jahat.com",
        "xn--gelmbang-2nf.id",
        "gel\u043embang.id",
        "127.0.0.1:8001",
        "127.0.0.1@jahat.id",
    ],
)
def test_look_alikes_are_not_ours(stranger, office, host):
    assert "Bukan dari kami" in paste(stranger, f"Buka http://{host}/masuk").main


def test_every_kind_that_is_written_has_public_words():
    from pathlib import Path

    kinds = set()
    for path in (Path(official.__file__).parent).glob("*.py"):
        text = path.read_text("utf-8")
        for call in text.split("notices.write(")[1:]:
            kinds |= set(re.findall(r'\bkind="(\w+)"', call[:400]))
    assert len(kinds) > 8
    assert kinds - set(notice_words.KINDS) == set()
