"""The guide through two accounts: read by anybody, remembered, and ticked as proved only by a code that came back."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest

from app.config import Settings
from app.crypto import HashingBusy, keys
from app.models import Applicant, Application, AuditLine, Draft, GuideStep, Notice, OneTimeCode, Session
from app.services import codes, email_proof, guide, letters
from tests.channels.test_mail import Mailbox, smtp_server
from tests.conftest import PUBLIC_URL
from tests.pages import Page, Visitor
from tests.servers import free_port
from tests.services.people import person, takes
from tests.walking import PIN, SITI, changed, register, until

ADDRESS = "siti88@gmail.com"
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
SECRETS = re.compile(r"siti88|gmail|0812|[0-9]{6}")


@pytest.fixture
def mailbox() -> Mailbox:
    return Mailbox()


@pytest.fixture
def settings(settings: Settings, mailbox: Mailbox) -> Iterator[Settings]:
    """Mail goes to a real SMTP server on this machine."""
    with smtp_server(mailbox) as port:
        yield replace(
            settings,
            mail_url=f"smtp://127.0.0.1:{port}?starttls=no",
            mail_sender="Gelombang Disnaker <gelombang@example.org>",
        )


@pytest.fixture
def siti(visitor: Visitor) -> Visitor:
    """Siti, registered a moment ago: a full session with a fresh PIN."""
    register(visitor)
    return visitor


def type_address(visitor: Visitor, address: str = ADDRESS, status: int | None = None) -> Page:
    let_a_second_pass(visitor)
    page = visitor.open("/panduan/email-bukti/alamat")
    return page.submit("Kirim kode", email=address, status=status)


def send_again(page: Page) -> Page:
    let_a_second_pass(page.visitor)
    return page.submit("Kirim kode lagi")


def let_a_second_pass(visitor: Visitor) -> None:
    visitor.http.application.extensions["clock"].move(timedelta(seconds=1))


def mails(mailbox: Mailbox) -> list[EmailMessage]:
    return [message_from_bytes(raw, policy=policy.default) for _, _, raw in mailbox.mails]  # type: ignore[misc]


def code_in(mail: EmailMessage) -> str:
    body = mail.get_body(("plain",))
    assert body is not None
    found = re.search(r"^Kode Anda: (\d{6})\r?$", body.get_content(), re.MULTILINE)
    assert found is not None
    return found[1]


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 10**6:06}"


# reading -----------------------------------------------------------------------------------------------


def test_anybody_reads_every_step(visitor: Visitor) -> None:
    page = visitor.open("/panduan")
    assert "Selesai 0 dari 8 langkah" in page.text
    assert "Akun Program Contoh" in page.text
    for code, step in guide.STEPS.items():
        title = step.title.format(program="Program Contoh")
        words = "Mulai" if code == guide.WAY else title  # the step that is due has the button
        assert page.click(words).h1 == title
    visitor.open("/panduan/tidak-ada", 404)


def test_the_programme_and_its_site_are_the_offices_words() -> None:
    """Data, not copy: another office may help with another programme."""
    words = "".join(f"{s.title} {s.text}" for s in guide.STEPS.values())
    templates = Path(guide.__file__).parent.parent / "templates" / "guide"
    words += "".join(path.read_text() for path in templates.rglob("*.html"))
    assert "prakerja" not in words.lower()


def test_no_page_has_a_box_for_a_password(visitor: Visitor, siti: Visitor) -> None:
    for path in ("", *(f"/{code}" for code in guide.STEPS), "/kartu", "/luring", "/email-bukti/alamat"):
        html = siti.open(f"/panduan{path}").html
        assert 'type="password"' not in html
        assert "current-password" not in html
    type_address(siti)
    assert "Kami tidak minta kata sandi email Anda." in siti.open("/panduan/email-bukti/kode").text


# progress -----------------------------------------------------------------------------------------------


def test_a_visitor_is_remembered_in_the_cookie_alone(visitor: Visitor) -> None:
    page = visitor.open("/panduan/cara").submit("iPhone")
    assert page.path == "/panduan/email-buat"
    assert "App Store" in page.text
    assert "Tambahkan akun lain" not in page.text
    page = page.submit("Sudah")
    assert page.path == "/panduan/email-catat"
    page = visitor.open("/panduan")
    assert "Selesai 2 dari 8 langkah" in page.text
    assert "iPhone" in page.text
    assert "hanya diingat selama browser ini terbuka" in page.text
    assert not GuideStep.select().exists()


def test_a_mark_can_be_taken_back_and_a_way_changed(siti: Visitor) -> None:
    siti.open("/panduan/cara").submit("HP Android")
    siti.open("/panduan/cara").submit("Dibantu petugas di posko")
    assert [row.step for row in GuideStep.select()] == ["cara-posko"]
    page = siti.open("/panduan/program-buka").submit("Sudah")
    page = siti.open("/panduan/program-buka")
    assert "Sudah, menurut kata Anda" in page.text
    page = page.submit("Belum, batalkan tanda")
    assert page.path == "/panduan/program-buka"
    assert [row.step for row in GuideStep.select()] == ["cara-posko"]


def test_the_programme_account_is_what_the_person_says(siti: Visitor) -> None:
    siti.open("/panduan/program-jadi").submit("Sudah")
    row = GuideStep.get()
    assert (row.step, row.proof) == ("program-jadi", "self")
    page = siti.open("/panduan")
    assert "Selesai 4 dari 8 langkah" in page.text  # a made account shows the steps to it
    assert "Selesai, menurut kata Anda" in page.text
    assert siti.open("/panduan/program-buka").form("Sudah")


def test_marks_stay_with_the_person_on_another_phone(siti: Visitor, another_visitor: Visitor) -> None:
    siti.open("/panduan/email-buat").submit("Sudah")
    assert "Selesai 0 dari 8" in another_visitor.open("/panduan").text
    assert "Selesai 1 dari 8" in siti.open("/panduan").text


def test_a_summary_session_sees_and_changes_nothing_of_the_person(siti: Visitor) -> None:
    siti.open("/panduan/program-buka").submit("Sudah")
    Session.update(kind="summary").execute()
    page = siti.open("/panduan")
    assert "Selesai 0 dari 8" in page.text
    assert "0812" not in siti.open("/panduan/program-hp").main.replace("0812-0000-0000", "")
    siti.open("/panduan/program-hp").submit("Sudah")
    assert [row.step for row in GuideStep.select()] == ["program-buka"]
    assert "Buka dengan kunci" in siti.open("/panduan/email-bukti").text
    response = siti.ask("GET", "/panduan/email-bukti/alamat")
    assert response.status_code == 303
    assert "/masuk/bukti" in response.location


@pytest.mark.parametrize("signed_in", [False, True], ids=["visitor", "person"])
def test_nobody_ticks_the_proof_by_word(visitor: Visitor, signed_in: bool) -> None:
    if signed_in:
        register(visitor)
    page = visitor.open("/panduan/email-buat")
    data = page.form("Sudah").data(None)
    for value in ("ya", "batal"):
        data["tanda"] = value
        visitor.send(page, "/panduan/email-bukti", data, 400)
    data["tanda"] = "email-bukti"
    visitor.send(page, "/panduan/cara", data, 400)
    visitor.send(page, "/panduan/luring", data, 404)
    assert not GuideStep.select().exists()
    assert "Selesai 0 dari 8" in visitor.open("/panduan").text


def test_a_forged_cookie_cannot_claim_a_proof() -> None:
    said = guide.known(["email-bukti", "cara-android", "<b>", 7, "cara-windows"])
    assert said == {"cara-android"}
    assert guide.Standing(said).how(guide.STEPS[guide.EMAIL]) == ""


# the round trip -----------------------------------------------------------------------------------------


def test_a_code_that_comes_back_proves_the_address(siti: Visitor, mailbox: Mailbox) -> None:
    page = type_address(siti)
    assert page.path == "/panduan/email-bukti/kode"
    assert ADDRESS in page.text
    assert "Berlaku sampai pukul 10.52 WIB." in page.text
    applicant = Applicant.get()
    assert applicant.email_proved_at is None
    assert not GuideStep.select().exists()

    [mail] = mails(mailbox)
    page = page.submit("Cocokkan kode", kode=code_in(mail))
    assert page.path == "/panduan/email-bukti"
    assert "Terbukti dengan kode" in page.text
    assert ADDRESS in page.text
    applicant = Applicant.get()
    assert applicant.email == ADDRESS
    assert bytes(applicant.email_index) == keys().lookup_hash("email", ADDRESS)
    assert applicant.email_proved_at is not None
    step = GuideStep.get()
    assert (step.step, step.proof) == ("email-bukti", "code")
    assert (
        AuditLine.select().where(AuditLine.verb == "email.prove").get().subject == f"applicant:{applicant.id}"
    )
    notice = Notice.get(Notice.kind == "security")
    assert "@" not in notice.title
    assert "s•••@gmail.com" in notice.body
    assert "Selesai 4 dari 8" in siti.open("/panduan").text
    assert guide.standing(applicant).next == guide.STEPS["program-buka"]


def test_the_mail_says_what_it_must_and_nothing_more(siti: Visitor, mailbox: Mailbox) -> None:
    type_address(siti)
    [(sender, recipients, _)] = mailbox.mails
    [mail] = mails(mailbox)
    row = OneTimeCode.get()
    assert recipients == [ADDRESS]
    assert sender == "gelombang@example.org"
    assert mail["Message-ID"] == f"<kode.{row.id}@example.org>"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert code_in(mail) not in str(mail["Subject"])
    plain, html = mail.get_body(("plain",)), mail.get_body(("html",))
    assert plain is not None
    assert html is not None
    words = plain.get_content() + html.get_content()
    assert html.get_content().count(code_in(mail)) == 1
    for never in ("Siti", "3508", "http", "<img", "<a "):
        assert never not in words


def test_the_code_is_nowhere_but_in_the_mail(
    siti: Visitor, mailbox: Mailbox, caplog: pytest.LogCaptureFixture, settings: Settings, backend: str
) -> None:
    page = type_address(siti)
    code = code_in(mails(mailbox)[0])
    row = OneTimeCode.get()
    assert row.code_hash.startswith("1$argon2id$")
    assert code not in page.html
    assert code not in caplog.text
    assert ADDRESS not in caplog.text
    if backend == "sqlite":
        raw = b"".join(path.read_bytes() for path in settings.var.glob("gelombang.db*"))
        assert ADDRESS.encode() not in raw
        assert re.search(rb"(?<!\d)" + code.encode() + rb"(?!\d)", raw) is None


def test_neither_address_nor_code_stands_in_an_address_line_or_readable_in_the_cookie(
    siti: Visitor, mailbox: Mailbox
) -> None:
    page = siti.open("/panduan/email-bukti/alamat")
    response = siti.ask(
        "POST", page.path, data=page.form("Kirim kode").data(None).to_dict() | {"email": ADDRESS}
    )
    assert response.status_code == 303
    assert not SECRETS.search(response.location)
    app = siti.http.application
    opened = app.session_interface.get_signing_serializer(app)
    cookie = siti.http.get_cookie("sesi", domain="127.0.0.1")
    assert opened is not None
    assert cookie is not None
    kept = opened.loads(cookie.value)
    assert "email_bukti" in kept
    assert "siti88" not in str(kept)
    response = siti.ask(
        "POST",
        "/panduan/email-bukti/kode",
        data=siti.open("/panduan/email-bukti/kode").form("Cocokkan kode").data(None).to_dict()
        | {"kode": code_in(mails(mailbox)[0])},
    )
    assert response.location == "/panduan/email-bukti"


def test_five_wrong_codes_kill_the_code(siti: Visitor, mailbox: Mailbox) -> None:
    page = type_address(siti)
    code = code_in(mails(mailbox)[0])
    for left in range(5):
        page = page.submit("Cocokkan kode", kode=wrong(code), status=422)
        assert ("belum cocok" in page.errors[0]) == (left < 4)
    page = page.submit("Cocokkan kode", kode=code, status=422)
    assert page.errors == ["Kode ini sudah tidak berlaku. Tekan Kirim kode lagi."]
    assert Applicant.get().email_proved_at is None
    page = send_again(page)
    page = page.submit("Cocokkan kode", kode=code_in(mails(mailbox)[1]))
    assert Applicant.get().email_proved_at is not None


@pytest.mark.parametrize(("age", "good"), [(9 * MINUTE, True), (10 * MINUTE, False)])
def test_a_code_lives_ten_minutes(siti: Visitor, mailbox: Mailbox, clock, age: timedelta, good: bool) -> None:
    page = type_address(siti)
    clock.move(age)
    page = page.submit("Cocokkan kode", kode=code_in(mails(mailbox)[0]), status=None if good else 422)
    assert (Applicant.get().email_proved_at is not None) is good
    assert good or page.errors == ["Kode ini sudah lewat 10 menit. Tekan Kirim kode lagi."]
    assert good or "Kode yang lama sudah tidak berlaku." in page.text


def test_a_code_works_once(siti: Visitor, mailbox: Mailbox) -> None:
    page = type_address(siti)
    code = code_in(mails(mailbox)[0])
    data = page.form("Cocokkan kode").data(None).to_dict() | {"kode": code}
    page.submit("Cocokkan kode", kode=code)
    Applicant.update(email_proved_at=None).execute()
    assert siti.ask("POST", "/panduan/email-bukti/kode", data=data).location == "/panduan/email-bukti/alamat"
    assert not takes(Applicant.get(), codes.EMAIL_PROOF, code, siti_now(siti))
    assert Applicant.get().email_proved_at is None


def siti_now(visitor: Visitor):
    return visitor.http.application.extensions["clock"].now()


def test_only_the_newest_code_counts(siti: Visitor, mailbox: Mailbox) -> None:
    page = send_again(type_address(siti))
    first, second = map(code_in, mails(mailbox))
    assert first != second or pytest.skip("two equal codes: one in a million")
    page = page.submit("Cocokkan kode", kode=first, status=422)
    page.submit("Cocokkan kode", kode=second)
    assert Applicant.get().email_proved_at is not None


def test_a_code_proves_only_the_address_it_went_to(siti: Visitor, mailbox: Mailbox) -> None:
    """A code from an own mailbox must not prove another's address."""
    type_address(siti, "pencuri@example.com")
    own = code_in(mails(mailbox)[0])
    page = type_address(siti, ADDRESS)
    page.submit("Cocokkan kode", kode=own, status=422)
    assert Applicant.get().email_proved_at is None


def test_a_code_serves_one_person_only(siti: Visitor, another_visitor: Visitor, mailbox: Mailbox) -> None:
    other = changed(identitas={"nik": "3599015704880011", "nama": "Ani"}, kontak={"hp": "0812-3456-7799"})
    register(another_visitor, other)
    type_address(siti)
    page = type_address(another_visitor)
    theirs, own = map(code_in, mails(mailbox))
    if theirs != own:
        page.submit("Cocokkan kode", kode=theirs, status=422)
    assert not Applicant.select().where(Applicant.email_proved_at.is_null(False)).exists()


def test_parallel_wrong_codes_all_count(siti: Visitor, mailbox: Mailbox, clock) -> None:
    type_address(siti)
    code, applicant = code_in(mails(mailbox)[0]), Applicant.get()
    app = siti.http.application
    ready = threading.Barrier(8)

    def guess(_: int) -> bool:
        with app.app_context():
            ready.wait()
            try:
                return takes(applicant, codes.EMAIL_PROOF, wrong(code), clock.now())
            except HashingBusy:
                return False

    with ThreadPoolExecutor(8) as pool:
        assert not any(pool.map(guess, range(8)))
    assert OneTimeCode.get().wrong == 5


# addresses ----------------------------------------------------------------------------------------------


def test_a_likely_slip_is_asked_about_once(siti: Visitor, mailbox: Mailbox) -> None:
    page = type_address(siti, "siti88@gmial.com", status=422)
    assert "Mungkin maksud Anda siti88@gmail.com?" in page.errors[0]
    assert mailbox.mails == []
    page = page.submit("Kirim kode", email="siti88@gmial.com")
    assert page.path == "/panduan/email-bukti/kode"
    assert mailbox.mails[0][1] == ["siti88@gmial.com"]


NO_ADDRESS = (
    "siti88@gmail.com\r\nBcc: korban@example.com",
    "siti88@gmail.com\nSubject: x",
    "siti88@gmail.com, korban@example.com",
    "siti88@gmail.com;korban@example.com",
    "<siti88@gmail.com>",
    '"siti"@gmail.com',
    "siti88@gmail.com\u2028x",
    "siti88",
    "",
    "a" * 250 + "@gmail.com",
)


def test_an_address_smuggles_nothing(siti: Visitor, mailbox: Mailbox) -> None:
    page = siti.open("/panduan/email-bukti/alamat")
    data = page.form("Kirim kode").data(None)
    for typed in NO_ADDRESS:
        data["email"] = typed
        again = siti.send(page, page.path, data, 422)
        assert len(again.errors) == 1, typed
    assert mailbox.mails == []
    assert not OneTimeCode.select().exists()


def test_an_address_typed_wrong_can_be_changed(siti: Visitor, mailbox: Mailbox) -> None:
    page = type_address(siti, "sita88@gmail.com").click("Alamatnya salah?")
    assert page.form("Kirim kode").values["email"] == "sita88@gmail.com"
    let_a_second_pass(siti)
    page = page.submit("Kirim kode", email=ADDRESS)
    page.submit("Cocokkan kode", kode=code_in(mails(mailbox)[1]))
    assert Applicant.get().email == ADDRESS


def test_the_address_of_the_registration_is_offered(visitor: Visitor) -> None:
    register(visitor, changed(kontak={"punya": "punya", "email": ADDRESS}))
    page = visitor.open("/panduan/email-bukti/alamat")
    assert page.form("Kirim kode").values["email"] == ADDRESS
    assert Applicant.get().email_proved_at is None
    assert "Selesai 0 dari 8" in visitor.open("/panduan").text


def test_changing_the_address_tells_the_inbox_and_the_old_mailbox(siti: Visitor, mailbox: Mailbox) -> None:
    type_address(siti).submit("Cocokkan kode", kode=code_in(mails(mailbox)[0]))
    page = siti.open("/panduan/email-bukti").click("Ganti email")
    let_a_second_pass(siti)
    page = page.submit("Kirim kode", email="siti.baru@yahoo.com")
    assert Applicant.get().email == ADDRESS  # until the new one is proved
    page.submit("Cocokkan kode", kode=code_in(mails(mailbox)[1]))
    assert Applicant.get().email == "siti.baru@yahoo.com"
    wait_until(lambda: len(mailbox.mails) == 3)
    mail = mails(mailbox)[2]
    assert mailbox.mails[2][1] == [ADDRESS]
    body = mail.get_body(("plain",))
    assert body is not None
    words = body.get_content()
    assert PUBLIC_URL in words
    assert set(re.findall(r"https?://\S+", words)) == {PUBLIC_URL}
    assert "yahoo" not in words
    assert Notice.select().where(Notice.kind == "security").count() == 2
    assert GuideStep.select().where(GuideStep.step == "email-bukti").count() == 1


def wait_until(true) -> None:
    given_up = threading.Event()
    for _ in range(500):
        if true():
            return
        given_up.wait(0.01)
    raise AssertionError("it did not happen within five seconds")


def test_a_proved_address_survives_a_change_in_the_wizard(siti: Visitor, mailbox: Mailbox) -> None:
    """The answers that were sent said "no email"; sending them once more must not take the proved one away."""
    type_address(siti).submit("Cocokkan kode", kode=code_in(mails(mailbox)[0]))
    assert f'"email": "{ADDRESS}"' in Application.get().answers
    page = siti.open("/saya").submit("Ubah jawaban")
    assert page.path == "/daftar/periksa"
    assert ADDRESS in page.text
    page.submit("Kirim perubahan", benar=True)
    assert Application.get().version == 2
    assert Applicant.get().email == ADDRESS
    assert Applicant.get().email_proved_at is not None


def test_a_draft_learns_the_proved_address(visitor: Visitor, mailbox: Mailbox) -> None:
    until(visitor, "periksa")
    type_address(visitor).submit("Cocokkan kode", kode=code_in(mails(mailbox)[0]))
    assert ADDRESS in Draft.get().answers
    visitor.open("/daftar/periksa").submit("Kirim pendaftaran", benar=True)
    applicant = Applicant.get()
    assert applicant.email == ADDRESS
    assert applicant.email_proved_at is not None


def test_another_address_in_the_wizard_is_not_proved(visitor: Visitor, mailbox: Mailbox) -> None:
    until(visitor, "periksa")
    type_address(visitor).submit("Cocokkan kode", kode=code_in(mails(mailbox)[0]))
    contact = SITI["kontak"] | {"punya": "punya", "email": "lain@yahoo.com"}
    visitor.open("/daftar/kontak").submit("Lanjut", contact)
    visitor.open("/daftar/periksa").submit("Kirim pendaftaran", benar=True)
    assert guide.standing(Applicant.get()).email_proved is False
    assert "Terbukti" not in visitor.open("/panduan/email-bukti").text


# limits -------------------------------------------------------------------------------------------------


def test_an_address_gets_three_codes_an_hour(siti: Visitor, mailbox: Mailbox, clock) -> None:
    page = type_address(siti)
    for _ in range(2):
        page = send_again(page)
    clock.move(20 * MINUTE)
    refused = page.submit("Kirim kode lagi", status=429)
    assert refused.response.headers["Retry-After"] == "2398"  # two seconds went by before
    assert "40 menit lagi" in refused.text
    assert len(mailbox.mails) == 3
    assert refused.click("Ketik kode terakhir").path == "/panduan/email-bukti/kode"
    clock.move(40 * MINUTE)
    send_again(page)
    assert len(mailbox.mails) == 4


def test_a_code_at_hand_stays_good_when_no_more_are_given(siti: Visitor, mailbox: Mailbox) -> None:
    page = type_address(siti)
    for _ in range(2):
        page = send_again(page)
    type_address(siti, status=429)
    page = siti.open("/panduan/email-bukti/kode")
    page.submit("Cocokkan kode", kode=code_in(mails(mailbox)[2]))
    assert Applicant.get().email_proved_at is not None


def test_one_person_cannot_write_to_a_hundred_strangers(siti: Visitor, mailbox: Mailbox) -> None:
    for n in range(10):
        type_address(siti, f"orang{n}@example.com")
    page = type_address(siti, "orang10@example.com", status=429)
    assert "jam lagi" in page.text
    assert len(mailbox.mails) == 10
    assert OneTimeCode.select().count() == 10


def test_a_stale_pin_is_asked_for_again(siti: Visitor, mailbox: Mailbox, clock) -> None:
    """A proved address opens the account elsewhere: an unlocked phone on a table must not be enough."""
    clock.move(6 * MINUTE)
    page = siti.open("/panduan/email-bukti/alamat")
    assert page.path == "/masuk/pin"
    response = siti.ask(
        "POST",
        "/panduan/email-bukti/alamat",
        data={"csrf_token": page.form(None, "pin").values["csrf_token"], "email": ADDRESS},
    )
    assert response.status_code == 403
    assert b'name="pin_lagi"' in response.get_data()
    assert mailbox.mails == []
    page = page.submit(None, pin=PIN)
    assert page.path == "/panduan/email-bukti/alamat"


def test_a_day_after_a_pin_reset_the_address_stays(siti: Visitor, mailbox: Mailbox, clock) -> None:
    row = OneTimeCode(applicant=Applicant.get(), purpose=codes.POSKO_RESET, code_hash="x")
    row.created_at = row.used_at = clock.now()
    row.expires_at = clock.now() + HOUR
    row.save(force_insert=True)
    page = type_address(siti, status=429)
    assert "mulai Senin, 23 November 2026, pukul 10.42 WIB" in page.text
    assert mailbox.mails == []
    assert not OneTimeCode.select().where(OneTimeCode.purpose == codes.EMAIL_PROOF).exists()


# when mail cannot go out --------------------------------------------------------------------------------


def test_a_dead_mail_server_loses_nothing(
    siti: Visitor, mailbox: Mailbox, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    app = siti.http.application
    app.extensions["settings"] = replace(settings, mail_url=f"smtp://127.0.0.1:{free_port()}?starttls=no")
    page = type_address(siti, status=503)
    assert page.h1 == "Surat belum bisa dikirim"
    assert ADDRESS in page.text
    assert page.response.headers["Retry-After"] == "60"
    for _ in range(4):  # what never went out counts nowhere
        page = page.submit("Kirim kode lagi", status=503)
    assert not OneTimeCode.select().exists()
    assert siti.open("/panduan/email-bukti/kode").h1 == "Surat belum bisa dikirim"
    app.extensions["settings"] = settings
    page = send_again(page)
    page.submit("Cocokkan kode", kode=code_in(mails(mailbox)[0]))
    assert Applicant.get().email == ADDRESS


def test_a_failed_second_code_leaves_the_first_one_good(
    siti: Visitor, mailbox: Mailbox, settings: Settings
) -> None:
    page = type_address(siti)
    app = siti.http.application
    app.extensions["settings"] = replace(settings, mail_url=f"smtp://127.0.0.1:{free_port()}?starttls=no")
    page.submit("Kirim kode lagi", status=503)
    page = siti.open("/panduan/email-bukti/kode")
    page.submit("Cocokkan kode", kode=code_in(mails(mailbox)[0]))
    assert Applicant.get().email_proved_at is not None


def test_an_address_that_the_mail_server_refuses_is_asked_again(siti: Visitor, mailbox: Mailbox) -> None:
    mailbox.rcpt = "550 5.1.1 no such user siti88"
    page = type_address(siti, status=422)
    assert page.errors == ["Surat ke alamat ini ditolak. Lihat lagi ejaannya, atau pakai alamat lain."]
    assert not OneTimeCode.select().exists()


def test_a_mail_server_that_hangs_does_not_hold_the_page(
    siti: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    released = threading.Event()
    monkeypatch.setattr(letters, "PATIENCE", -0.4)  # the half second beyond it is what remains
    monkeypatch.setattr(letters, "send", lambda *_: released.wait(20))
    try:
        page = type_address(siti, status=503)
        assert page.h1 == "Surat belum bisa dikirim"
        assert OneTimeCode.select().count() == 1  # it may have gone out: it counts, and it is good
    finally:
        released.set()


def test_a_mail_that_found_no_free_hand_counts_nowhere(
    siti: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    released = threading.Event()
    with ThreadPoolExecutor(max_workers=1) as hands:
        hands.submit(released.wait, 20)
        monkeypatch.setattr(letters, "_hands", hands)
        monkeypatch.setattr(letters, "PATIENCE", -0.4)
        try:
            assert type_address(siti, status=503).h1 == "Surat belum bisa dikirim"
            assert not OneTimeCode.select().exists()
        finally:
            released.set()


# paper, and without signal ------------------------------------------------------------------------------


def test_the_card_has_addresses_and_never_a_password(siti: Visitor, mailbox: Mailbox) -> None:
    type_address(siti).submit("Cocokkan kode", kode=code_in(mails(mailbox)[0]))
    page = siti.open("/panduan/kartu")
    for shown in (ADDRESS, "program.example.org", "0812-••••-7713", "127.0.0.1:8000"):
        assert shown in page.main
    assert "0812-3456-7713" not in page.html
    assert not page.forms
    assert page.response.headers["Cache-Control"] == "no-store"


def test_a_visitors_card_is_empty_lines(visitor: Visitor) -> None:
    assert "Email saya ........................" in visitor.open("/panduan/kartu").main


def test_the_offline_page_is_the_same_for_everybody(siti: Visitor, another_visitor: Visitor, mailbox) -> None:
    type_address(siti).submit("Cocokkan kode", kode=code_in(mails(mailbox)[0]))
    siti.open("/panduan/program-jadi").submit("Sudah")
    own, other = siti.open("/panduan/luring"), another_visitor.open("/panduan/luring")
    assert own.html == other.html
    assert "Set-Cookie" not in other.response.headers
    assert own.response.headers["Cache-Control"] == "no-cache"
    assert not own.forms
    for part in guide.PARTS:
        for step in part.steps[part is guide.PARTS[0] :]:
            assert step.title.format(program="Program Contoh") in own.text


def test_the_service_worker_keeps_it_and_notices_a_change(
    siti: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = siti.ask("GET", "/sw.js").get_data(as_text=True)
    assert '"/panduan/luring"' in first
    siti.http.application.extensions.pop("pwa_worker")
    monkeypatch.setattr(guide, "PARTS", guide.PARTS[:1])
    assert siti.ask("GET", "/sw.js").get_data(as_text=True) != first


# the service --------------------------------------------------------------------------------------------


def test_standing_in_numbers(database, clock) -> None:
    siti = person()
    empty = guide.standing(siti)
    assert (empty.done, empty.total, empty.percent, empty.email_proved) == (0, 8, 0, False)
    for code in ("cara-android", "email-buat", "uang-pilih"):
        guide.mark(siti, code, clock.now())
        guide.mark(siti, code, clock.now())
    now = guide.standing(siti)
    assert (now.done, now.percent, now.way) == (2, 25, "cara-android")
    assert now.next == guide.STEPS["email-catat"]
    assert now.after(guide.STEPS["uang-pilih"]) == guide.STEPS["uang-penuh"]
    guide.unmark(siti, "cara", clock.now())
    assert guide.standing(siti).way == ""
    with pytest.raises(guide.NotByWord):
        guide.mark(siti, guide.EMAIL, clock.now())
    with pytest.raises(guide.NotByWord):
        guide.unmark(siti, guide.EMAIL, clock.now())
    with pytest.raises(KeyError):
        guide.mark(siti, "tidak-ada", clock.now())
    assert GuideStep.select().where(GuideStep.proof == "code").count() == 0


def test_nothing_but_a_code_makes_a_proof() -> None:
    """Who writes the proof columns: one module of the whole application."""
    root = Path(email_proof.__file__).parent.parent
    writers = {
        path.relative_to(root).as_posix()
        for path in root.rglob("*.py")
        if re.search(
            r"email_proved_at = (?!None)|GuideStep.*proof=\"code\"", path.read_text(encoding="utf-8")
        )
    }
    assert writers - {"models/applicant.py"} == {"services/email_proof.py"}
