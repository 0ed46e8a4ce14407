"""What people and the office do through the front door, each once: for the tests that break it half way.

A case says who asks, by which route, with what in the form, and what must be there before (`prepare`, from
before.py, which may give values for {places} in the path and in the fields).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from app.rules import deadlines as times
from app.rules.reasons import Reason
from app.rules.states import State
from tests import draws
from tests.security.before import (
    NEW_PIN,
    NOTE,
    PHONE,
    Prepare,
    a_phone_rings,
    a_post,
    address_typed,
    answered,
    at_work,
    brought_in,
    code_sent,
    decided,
    drafted,
    draw_at,
    enrolled,
    file_checked,
    forget_tries,
    imported,
    invited,
    laid_off,
    left_out,
    mails_go_out,
    objected,
    offered,
    one,
    ordered,
    pair,
    pair_decided,
    paper_seen,
    password_chosen,
    password_given,
    posko_code,
    proposed,
    same_digits_again,
    scheduled,
    selected_with_deadline,
    siti,
    taken_up,
    to_be_called,
    told,
    try_the_code_again,
    two_claims,
    with_code_app,
    with_kunci,
    without_answers,
)
from tests.security.world import NIK, post
from tests.staff import rows
from tests.states import CLOSED, NOT_SELECTED, SELECTED
from tests.walking import PIN, SITI, until
from tests.worker.test_push_pages import as_json

HERE = "/petugas/gelombang/2/undian"
TRIES = ("attempt",)


@dataclass(frozen=True)
class Case:
    """`least`: so many writes belong together. `button` is pressed on the page at `path` (its words begin so); without
    one the fields are sent to `path`. `may_differ`: tables that keep what is counted before it is checked; `between`
    lets somebody try more often than the limits allow. `afterwards` is how a write begins that tidies up when all is
    done: cut there, the verb is whole, and what is left to tidy is harmless."""

    route: str
    who: str
    path: str
    data: dict[str, Any] = field(default_factory=dict)
    least: int = 2
    prepare: Prepare = lambda world, visitor: None
    button: str = ""
    method: str = "POST"
    json: bool = False
    may_differ: tuple[str, ...] = ()
    between: Callable[[], object] = lambda: None
    afterwards: str = ""


# what is done -----------------------------------------------------------------------------------------

_PIN = {"nik": NIK, "pin": PIN}
_WITHDRAWN = (State.WITHDRAWN, Reason.OWN_WISH)
_IN_TRAINING = (State.IN_TRAINING, Reason.TRAINING_BOUGHT)

APPLICANTS: dict[str, Case] = {
    "a person is made": Case(
        "register.save", "new", "/daftar/pin", SITI["pin"], 4, lambda _, v: until(v, "pin") and None
    ),
    "a registration is sent": Case(
        "check.send", "new", "/daftar/periksa", {"benar": "y"}, 7, lambda _, v: until(v, "periksa") and None
    ),
    "a registration is changed": Case(
        "check.send",
        "full",
        "/daftar/periksa",
        {"benar": "y"},
        5,
        lambda _, v: post(v, "/saya/ubah") and None,
    ),
    "a summary is opened": Case("sign_in.sign_in_now", "new", "/masuk", _PIN, 3, siti(), may_differ=TRIES),
    "a new phone is made known": Case(
        "sign_in.kunci_now",
        "new",
        "/masuk/kunci",
        _PIN | {"kunci": "{kunci}"},
        5,
        with_kunci,
        may_differ=TRIES,
    ),
    "a summary becomes more": Case(
        "sign_in.more_proof_now",
        "summary",
        "/masuk/bukti",
        {"pin": PIN, "kunci": "{kunci}"},
        5,
        with_kunci,
        may_differ=TRIES,
        afterwards='UPDATE "session" SET "revoked_at"',
    ),
    "a code of a posko gives a new PIN": Case(
        "code.posko_now",
        "new",
        "/masuk/kode-posko",
        {"nik": NIK, "kode": "{kode}", "pin": NEW_PIN, "pin2": NEW_PIN},
        8,
        posko_code,
        may_differ=TRIES,
    ),
    "a code from a mail opens everything": Case(
        "code.email_code_now",
        "new",
        "/masuk/email/kode",
        {"kode": "{kode}"},
        4,
        code_sent,
        may_differ=TRIES,
        between=forget_tries,
    ),
    "the PIN is asked again": Case("sign_in.pin_again_now", "full", "/masuk/pin", {"pin": PIN}, 3),
    "a PIN is changed": Case(
        "devices.pin_now", "full", "/saya/pin", {"pin": NEW_PIN, "pin2": NEW_PIN, "lain": "y"}, 5
    ),
    "a kunci is made anew": Case("devices.kunci_now", "full", "/saya/kunci", {}, 2),
    "other phones are put out": Case(
        "devices.phones_now",
        "full",
        "/saya/perangkat",
        {"semua": "ya"},
        1,
        lambda world, _: world.summary and None,
    ),
    "an address is proved": Case(
        "email_proof.code_now",
        "full",
        "/panduan/email-bukti/kode",
        {"kode": "{kode}"},
        5,
        address_typed,
        between=try_the_code_again,
    ),
    "a permission is given": Case("my_data.permissions_now", "full", "/saya/izin", {"lpk": "y"}, 1),
    "a phone wants to hear": Case(
        "push.subscribe", "full", "/saya/kabar/langganan", as_json(PHONE), 3, json=True
    ),
    "a phone wants to hear no more": Case(
        "push.unsubscribe",
        "full",
        "/saya/kabar/langganan",
        as_json(PHONE),
        1,
        a_phone_rings,
        method="DELETE",
        json=True,
    ),
    "a phone is switched off": Case(
        "push.switch_off", "full", "/saya/kabar/langganan/hapus", {}, 1, a_phone_rings
    ),
    "a test is sent": Case("push.test", "full", "/saya/kabar/tes", {}, 2, a_phone_rings),
    "how somebody is told": Case(
        "telling.keep", "full", "/saya/kabar/atur", {"jam": "19-07"}, 2, button="Simpan"
    ),
    "emails end": Case(
        "stop_mail.stop", "new", "/email/berhenti/{token}", {"List-Unsubscribe": "One-Click"}, 1, mails_go_out
    ),
    "somebody asks for a call": Case(
        "help.ask_for_call", "full", "/saya/bantuan/telepon", {}, 1, told(CLOSED, SELECTED)
    ),
    "somebody withdraws": Case("saya.withdraw_now", "full", "/saya/undur", {"alasan": "pindah"}, 4),
    "somebody comes back": Case(
        "saya.join", "full", "/saya/ikut", {"pilihan": "come_back-4"}, 4, siti(_WITHDRAWN)
    ),
    "somebody begins once more": Case("saya.begin", "new", "/saya/mulai", {}, 2, without_answers),
    "a training is bought": Case(
        "saya.bought_now",
        "full",
        "/saya/beli",
        {"pelatihan": "Menjahit", "kapan": "hari-ini"},
        4,
        at_work(times.Deadline.BUY_FIRST_TRAINING),
        button="Ya, saya sudah beli",
    ),
    "a training is finished": Case(
        "tasks.done",
        "full",
        "/saya/tugas/selesai",
        {},
        4,
        at_work(times.Deadline.FINISH_TRAINING, _IN_TRAINING),
    ),
    "somebody objects": Case(
        "objections.make",
        "full",
        "/saya/keberatan",
        {"keberatan": "Nomor urut saya keliru, ini buktinya."},
        2,
        told(CLOSED, NOT_SELECTED),
    ),
    "a freed seat is taken": Case("offers.accept", "full", "/saya/tawaran/{offer}/ambil", {}, 4, offered),
    "a freed seat is left": Case("offers.decline", "full", "/saya/tawaran/{offer}/lepas", {}, 2, offered),
}

_AT = "/petugas/pendaftar/{application}"

OFFICE: dict[str, Case] = {
    "a password is right": Case(
        "staff.check_password",
        "new",
        "/petugas/masuk",
        {"nama": "{nama}", "sandi": "{sandi}"},
        2,
        enrolled,
        may_differ=TRIES,
    ),
    "six digits are right": Case(
        "staff.check_code",
        "new",
        "/petugas/masuk/kode",
        {"kode": "{kode}"},
        4,
        password_given,
        may_differ=TRIES,
        between=forget_tries,
    ),
    "a password is chosen": Case(
        "staff.choose_password",
        "new",
        "/petugas/undangan/sandi",
        {"sandi": rows.PASSWORD, "ulang": rows.PASSWORD},
        1,
        invited,
    ),
    "an account is opened": Case(
        "staff.check_second_factor", "new", "/petugas/undangan/kode", {"kode": "{kode}"}, 5, password_chosen
    ),
    "a number is opened": Case("staff.open_numbers", "officer", f"{_AT}/nik", {"alasan": "ktp"}, 1, one()),
    "a fault is marked": Case(
        "staff.mark_fix", "officer", f"{_AT}/betulkan", {"alasan": "old_kk"}, 4, one(), "Tandai dan kabari"
    ),
    "a fault is mended": Case(
        "staff.mark_complete", "officer", _AT, {}, 4, one(State.NEEDS_FIX), "Sudah lengkap"
    ),
    "an odd NIK is matched": Case(
        "staff.nik_matches", "officer", _AT, {}, 2, one(nik_flags="serial_0000"), "Sudah sama dengan KTP"
    ),
    "a code for a PIN is made": Case("staff.issue_pin_code", "officer", f"{_AT}/pin", {"ktp": "y"}, 3, one()),
    "a claim is settled": Case(
        "staff.settle", "officer", f"{_AT}/klaim", {"ktp": True}, 4, two_claims, "Teruskan pendaftar ini"
    ),
    "a deadline is moved": Case(
        "staff.move_deadline",
        "officer",
        f"{_AT}/batas",
        {"hari": "7", "alasan": "Dirawat di puskesmas"},
        4,
        selected_with_deadline,
        "Undur dan kabari",
    ),
    "a result is set": Case(
        "staff.set_result",
        "verifier",
        f"{_AT}/hasil",
        {"hasil": "selected"},
        2,
        one(State.IN_SELECTION, closed=True),
        "Simpan hasil",
    ),
    "a file of results is used": Case(
        "staff.apply_file",
        "manager",
        "/petugas/gelombang/3/hasil/{preview}",
        {},
        4,
        file_checked,
        "Pakai berkas ini",
    ),
    "the others are not selected": Case(
        "staff.fill_rest",
        "manager",
        "/petugas/gelombang/3/sisanya",
        {},
        2,
        decided(State.SELECTED),
        "Tandai 2 orang",
    ),
    "results are to be told": Case(
        "staff.publish",
        "manager",
        "/petugas/gelombang/3/umumkan",
        {"yakin": True},
        2,
        decided(*[State.SELECTED] * 3),
        "Jadwalkan pengumuman",
    ),
    "results are not to be told yet": Case(
        "staff.cancel_publish", "manager", "/petugas/gelombang/3", {}, 2, scheduled, "Batalkan jadwal"
    ),
    "a place is to be taken": Case(
        "staff.propose_reversal",
        "manager",
        f"{_AT}/cabut",
        {"alasan": "data_false", "catatan": NOTE},
        2,
        imported,
        "Usulkan cabut tempat",
    ),
    "a place is taken": Case(
        "staff.confirm_reversal",
        "verifier",
        "/petugas/cabut/{reversal}",
        {},
        5,
        proposed,
        "Setuju, cabut tempat",
    ),
    "a place is not taken": Case(
        "staff.drop_reversal", "verifier", "/petugas/cabut/{reversal}", {}, 2, proposed, "Batalkan usulan"
    ),
    "an objection is taken up": Case(
        "staff.take_objection",
        "officer",
        "/petugas/keberatan/{objection}",
        {},
        2,
        objected,
        "Saya yang jawab",
    ),
    "an objection is answered": Case(
        "staff.answer_objection",
        "officer",
        "/petugas/keberatan/{objection}",
        {"putusan": "tidak", "jawaban": NOTE},
        3,
        taken_up,
        "Simpan jawaban",
    ),
    "an objection is upheld": Case(
        "staff.confirm_objection", "verifier", "/petugas/keberatan/{objection}", {}, 5, answered, "Setuju"
    ),
    "somebody was left out": Case(
        "staff.propose_late_entry", "manager", f"{_AT}/susulan", {"catatan": NOTE}, 2, left_out, "Catat"
    ),
    "whoever was left out comes in": Case(
        "staff.confirm_late_entry", "verifier", "/petugas/susulan/{late}", {}, 4, brought_in, "Setuju"
    ),
    "nobody was left out": Case(
        "staff.drop_late_entry", "verifier", "/petugas/susulan/{late}", {}, 2, brought_in, "Batalkan"
    ),
    "two are one person": Case(
        "staff.decide_pair",
        "verifier",
        "/petugas/pasangan/{pair}",
        {"putusan": "first", "alasan": "KTP-nya sama"},
        5,
        pair,
        "Simpan putusan",
    ),
    "two are two after all": Case(
        "staff.undo_pair",
        "verifier",
        "/petugas/pasangan/{pair}",
        {"alasan": "Ternyata kembar"},
        3,
        pair_decided,
        "Batalkan putusan",
    ),
    "a paper was seen": Case(
        "staff.see_paper",
        "officer",
        "/petugas/kelompok/{claim}",
        {"surat": "surat", "cocok": True},
        2,
        laid_off,
        "Surat sudah saya lihat",
    ),
    "a paper was seen twice": Case(
        "staff.second_look",
        "verifier",
        "/petugas/kelompok/{claim}",
        {"putusan": "terima"},
        3,
        paper_seen,
        "Simpan pemeriksaan",
    ),
    "a call is noted": Case(
        "staff.note_call",
        "officer",
        "/petugas/telepon/{task}",
        {"hasil": "reached"},
        2,
        to_be_called,
        "Catat saja",
    ),
    "a network is opened": Case(
        "staff.open_network", "officer", "/petugas/jaringan", {}, 2, button="Buka jaringan"
    ),
    "a help post is added": Case(
        "staff.add_posko",
        "manager",
        "/petugas/posko/baru",
        {"nama": "Posko Klakah", "kecamatan": "35.08.19", "alamat": "Balai desa Klakah"},
        button="Simpan",
    ),
    "a help post is changed": Case(
        "staff.save_posko", "manager", "/petugas/posko/{posko}", {"alamat": "Pasar"}, 2, a_post, "Simpan"
    ),
    "a help post is closed": Case(
        "staff.switch_posko", "manager", "/petugas/posko/{posko}/tutup", {}, 2, a_post, "Tutup posko"
    ),
    "an account is made": Case(
        "staff.invite_account",
        "manager",
        "/petugas/akun/baru",
        {"nama": "Rini Astuti", "pengguna": "rini.astuti", "peran": "verifier", "kode": "{kode}"},
        3,
        with_code_app,
        "Buat undangan",
        may_differ=TRIES,
        between=same_digits_again,
    ),
    "an account is changed": Case(
        "staff.save_account",
        "manager",
        "/petugas/akun/{akun}/ubah",
        {"peran": "verifier", "kode": "{kode}"},
        2,
        with_code_app,
        "Simpan",
        may_differ=TRIES,
        between=same_digits_again,
    ),
    "an account begins anew": Case(
        "staff.do_account",
        "manager",
        "/petugas/akun/{akun}/ulang",
        {"kode": "{kode}"},
        4,
        with_code_app,
        "Mulai dari awal",
        may_differ=TRIES,
        between=same_digits_again,
    ),
    "a broadcast is written": Case(
        "staff.write_broadcast",
        "manager",
        "/petugas/siaran/baru",
        {"judul": "Posko buka hari Sabtu", "teks": "Bawa KTP dan nomor pendaftaran Anda."},
        button="Lihat contoh",
    ),
    "a broadcast is written anew": Case(
        "staff.save_broadcast",
        "manager",
        "/petugas/siaran/{broadcast}/ubah",
        {"judul": "Posko tutup hari Sabtu"},
        2,
        drafted,
        "Lihat contoh",
    ),
    "a broadcast is sent": Case(
        "staff.send_broadcast",
        "manager",
        "/petugas/siaran/{broadcast}",
        {"kapan": "sekarang"},
        2,
        drafted,
        "Kirim ke",
    ),
    "a broadcast is confirmed": Case(
        "staff.confirm_broadcast", "verifier", "/petugas/siaran/{broadcast}", {}, 2, ordered(1), "Setujui"
    ),
    "a broadcast is stopped": Case(
        "staff.stop_broadcast",
        "verifier",
        "/petugas/siaran/{broadcast}",
        {},
        2,
        ordered(500),
        "Hentikan",
        afterwards='UPDATE "broadcast" SET "over_at"',
    ),
    "a broadcast is thrown away": Case(
        "staff.drop_broadcast", "manager", "/petugas/siaran/{broadcast}", {}, 2, drafted, "Buang konsep"
    ),
    "a wave is planned": Case(
        "staff.create",
        "manager",
        "/petugas/gelombang/baru",
        {
            "nomor": "5",
            "buka": "2026-12-10",
            "buka_jam": "08:00",
            "tutup": "2026-12-24",
            "tutup_jam": "16:00",
            "kuota": "100",
            "hari": "15",
        },
        button="Simpan",
    ),
    "a plan is changed": Case(
        "staff.save_change",
        "manager",
        "/petugas/gelombang/5/ubah",
        {"kuota": "200"},
        2,
        lambda *_: rows.wave(5, opens=20, closes=30) and None,
        "Simpan",
    ),
    "a wave is closed by hand": Case(
        "staff.act", "manager", "/petugas/gelombang/4/tutup", {}, 2, one(), "Tutup sekarang"
    ),
    "the rules of a draw": Case(
        "staff.change_draw_rules",
        "manager",
        f"{HERE}/aturan",
        {"kursi_phk": "2", "urutan": "first", "batas": "1", "pewaris": "rank"},
        2,
        draw_at(draws.OPENS, draws.wave),
        "Simpan aturan",
    ),
    "a draw is promised": Case(
        "staff.make_promise",
        "manager",
        f"{HERE}/janji",
        {"undi": "2023-09-15", "undi_jam": "18.00", "yakin": True},
        3,
        draw_at(draws.PROMISED, draws.wave),
        "Umumkan janji",
    ),
    "a list is frozen": Case(
        "staff.freeze",
        "manager",
        f"{HERE}/kunci",
        {},
        3,
        draw_at(draws.FROZEN, draws.listed),
        "Kunci daftar",
        afterwards="DELETE FROM draw_file",
    ),
    "a draw is run": Case(
        "staff.run",
        "manager",
        f"{HERE}/jalan",
        {"tanda": draws.SIGNATURE},
        3,
        draw_at(draws.DRAWN, draws.frozen),
        "Pakai tanda tangan ini",
        may_differ=("attempt", "entry"),  # the ranks are written first: whoever runs it writes the same ones
        between=forget_tries,
    ),
    "a draw is attested": Case(
        "staff.attest", "verifier", f"{HERE}/sah", {}, 2, draw_at(draws.ATTESTED, draws.drawn), "Hitung ulang"
    ),
    "a draw is to be told": Case(
        "staff.publish_draw",
        "manager",
        f"{HERE}/umumkan",
        {"yakin": True},
        2,
        draw_at(draws.ATTESTED, draws.attested),
        "Jadwalkan pengumuman",
        may_differ=("result",),  # staged chunk by chunk, and told to nobody before the wave is
    ),
}

CASES = APPLICANTS | OFFICE

_ONE = "one row, written once"
_NOTHING = "writes nothing"
#: Routes that take a form and have no case: what there is to write of each.
WITHOUT: dict[str, str] = {
    "sign_in.leave": _ONE,
    "code.email_now": "a code is counted before it is sent, and a try before it is looked at",
    "email_proof.address_now": "a code is counted before it is sent",
    "waiting.open_with_code": "a try is counted before the code is looked at; then one row",
    "guide.tick": _ONE,
    "saya.change": _ONE,
    "saya.discard": _ONE,
    "inbox.open_letter": "each row by itself: that it was read, that nobody need call",
    "push.receive": "each token by itself",
    "official.check": _NOTHING,
    "waves.look_up": _NOTHING,
    "staff.sign_out": _ONE,
    "staff.end_session": _ONE,
    "staff.find": "a NIK is counted as a guess before it is looked for; else nothing",
    "staff.search_wider": _ONE,
    "staff.check_invitation": _NOTHING,
    "staff.check_file": _ONE,
    "staff.drop_file": _ONE,
    "staff.next_call": _ONE,
    "staff.take_call": _ONE,
    "staff.list_entrants": "chunk by chunk, the old list or the new one: tests/services/test_draw_list.py",
}
