"""What is there before somebody does something: each function prepares a case of cases.py and may give values for the
{places} in its path and in its fields."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from email import message_from_bytes
from email.policy import default
from typing import Any

import pyotp

from app.models import (
    Applicant,
    Application,
    Attempt,
    Broadcast,
    Deadline,
    Draft,
    FreedSeat,
    GroupClaim,
    LedgerEntry,
    Offer,
    OneTimeCode,
    Result,
    ResultPreview,
    Reversal,
    Session,
    Staff,
    SuspectedPair,
    Wave,
)
from app.rules import deadlines as times
from app.rules.reasons import Reason
from app.rules.states import State
from app.services import (
    broadcasts,
    codes,
    deadlines,
    kunci,
    mailing,
    objection_answers,
    objections,
    results,
    reversals,
    staff_accounts,
)
from app.services.ledger import Actor
from tests.conftest import NOW
from tests.drawn import Person, drawn_wave, imported_wave, staff
from tests.pages import Visitor
from tests.security.world import World, post
from tests.staff import rows
from tests.states import CLOSED, DAY, RESERVE, SELECTED, moved
from tests.views.test_telling import prove_email
from tests.walking import until
from tests.worker.phones import Phone
from tests.worker.test_push_pages import as_json

Values = dict[str, Any] | None
Prepare = Callable[[World, Visitor], Values]
PHONE = Phone()
NEW_PIN = "layang-merah-58"
MAIL = "siti.marlina@example.org"
NOTE = "KTP dan kartu keluarga sudah dicocokkan di posko."
RULES = '{"reserves": [{"group": "phk", "seats": 40}]}'


def siti(*steps: tuple[State, Reason]) -> Callable[[World, Visitor], dict[str, Any]]:
    """Siti has registered, and came this far."""

    def prepare(world: World, _: Visitor) -> dict[str, Any]:
        assert world.full
        moved(Application.get(), *steps)
        return {"application": Application.get().id}

    return prepare


def told(*steps: tuple[State, Reason]) -> Callable[[World, Visitor], dict[str, Any]]:
    """The same, and the results of her wave were told."""

    def prepare(world: World, visitor: Visitor) -> dict[str, Any]:
        found = siti(*steps)(world, visitor)
        Wave.update(closes_at=NOW - DAY, published_at=NOW).where(Wave.id == world.wave.id).execute()
        return found

    return prepare


def offered(world: World, visitor: Visitor) -> Values:
    told(CLOSED, RESERVE)(world, visitor)
    same = {"wave": world.wave, "via": ""}
    seat = FreedSeat.create(**same, freed_at=NOW, offered_from=NOW)
    day = {"made_at": NOW, "expires_at": NOW + 3 * DAY}
    return {"offer": Offer.create(seat=seat, application=Application.get(), **same, **day).id}


def at_work(kind: times.Deadline, *steps: tuple[State, Reason]) -> Prepare:
    """Selected, with a deadline before her."""

    def prepare(world: World, visitor: Visitor) -> Values:
        told(CLOSED, SELECTED, *steps)(world, visitor)
        one = Application.get()
        Deadline.create(application=one.id, kind=kind.value, due_at=NOW + 10 * DAY, created_at=NOW)
        return {"application": one.id}

    return prepare


def a_phone_rings(world: World, visitor: Visitor) -> None:
    assert post(world.full, "/saya/kabar/langganan", json=as_json(PHONE)).status_code == 201


def with_kunci(world: World, visitor: Visitor) -> Values:
    assert world.full
    return {"kunci": kunci.replace(Applicant.get(), NOW)}


def posko_code(world: World, visitor: Visitor) -> Values:
    assert world.full
    return {"kode": codes.issue_posko_code(Applicant.get(), staff("dewi", "officer"), NOW)}


def address_typed(world: World, visitor: Visitor) -> Values:
    visitor.open("/panduan/email-bukti/alamat").submit("Kirim kode", email=MAIL)
    return {"kode": code_of_mail(world)}


def code_sent(world: World, visitor: Visitor) -> Values:
    assert world.full
    person = prove_email(Applicant.get().id, MAIL)
    issued = codes.issue(person, codes.EMAIL_SIGN_IN, MAIL, NOW)
    with visitor.http.session_transaction(base_url=visitor.base_url) as cookie:
        cookie["kode_email"] = [str(issued.id), "s***@example.org"]
    return {"kode": issued.code}


def code_of_mail(world: World) -> str:
    folder = world.app.extensions["settings"].var / "mail"
    newest = max(folder.glob("*.eml"), key=lambda path: path.stat().st_mtime_ns)
    body = message_from_bytes(newest.read_bytes(), policy=default).get_body(("plain",))
    assert body is not None
    return re.findall(r"\b\d{6}\b", body.get_content())[0]


def without_answers(world: World, visitor: Visitor) -> None:
    """The PIN was chosen, and what was answered is gone after 30 days."""
    until(visitor, "kecamatan")
    Draft.delete().execute()


def forget_tries() -> None:
    Attempt.delete().execute()
    Session.update(wrong_codes=0).execute()
    OneTimeCode.update(wrong=0).execute()


def with_code_app(world: World, visitor: Visitor) -> Values:
    """The manager has the app of the second factor at hand, and there is somebody else's account."""
    boss = Staff.get(Staff.username == "uji.manager")
    boss.totp_secret = pyotp.random_base32()
    boss.save(only=[Staff.totp_secret])
    kode = pyotp.TOTP(boss.totp_secret).at(world.clock.now())
    return {"kode": kode, "akun": rows.officer(world.app, world.clock).staff.id}


def same_digits_again() -> None:
    forget_tries()
    Staff.update(totp_counter=0).where(Staff.username == "uji.manager").execute()


def a_post(world: World, visitor: Visitor) -> Values:
    return {"posko": rows.posko().id}


def try_the_code_again() -> None:
    OneTimeCode.update(wrong=0).execute()


def mails_go_out(world: World, visitor: Visitor) -> Values:
    assert world.full
    return {"token": mailing.stop_token(prove_email(Applicant.get().id, MAIL))}


# the office


def one(state: State = State.SUBMITTED, closed: bool = False, **columns: Any) -> Prepare:
    """Somebody in a wave that is open, or in one that is closed and not told."""

    def prepare(world: World, _: Visitor) -> Values:
        where = rows.wave(3, opens=-30, closes=-10, announce_at=None) if closed else world.wave
        return {"application": rows.application(rows.applicant(**columns), where, state).id}

    return prepare


def two_claims(world: World, _: Visitor) -> Values:
    first = rows.application(rows.applicant(), world.wave)
    rows.application(rows.applicant(name="Kedua", claim="disputed"), world.wave)
    return {"application": first.id}


def three_closed(world: World, _: Visitor) -> list[Application]:
    return rows.many(3, rows.wave(3, opens=-30, closes=-10, announce_at=None))


def file_checked(world: World, visitor: Visitor) -> Values:
    people = three_closed(world, visitor)
    lines = "\n".join(
        f"{one.ticket};{word}" for one, word in zip(people, ("terpilih", "cadangan 1", "gagal"), strict=True)
    )
    file = (f"Nomor Pendaftaran;Hasil\n{lines}".encode(), "hasil.csv")
    visitor.open("/petugas/gelombang/3/hasil").submit("Periksa berkas", berkas=file)
    return {"preview": ResultPreview.get().id}


def decided(*outcomes: State) -> Prepare:
    """Results that somebody else has set; nobody is told."""

    def prepare(world: World, visitor: Visitor) -> Values:
        for application, state in zip(three_closed(world, visitor), outcomes, strict=False):
            Result.create(
                application=application,
                wave=application.wave,
                outcome=state.value,
                reason=Reason.CENTRAL_RESULT.value,
                staff=staff("budi", "verifier").staff,
                set_at=NOW,
            )
        return None

    return prepare


def scheduled(world: World, visitor: Visitor) -> None:
    decided(*[State.SELECTED] * 3)(world, visitor)
    results.schedule_publication(Wave.get(Wave.number == 3), NOW + DAY, staff("hadi"), NOW)


def imported(world: World, visitor: Visitor) -> dict[str, Any]:
    _, people = imported_wave([(State.SELECTED, None), (State.RESERVE, 1)], number=3)
    return {"application": people[0].id}


def proposed(world: World, visitor: Visitor) -> Values:
    found = imported(world, visitor)
    seen = LedgerEntry.select().where(LedgerEntry.application == found["application"]).count()
    reversals.propose(found["application"], Reason.DATA_FALSE, NOTE, seen, staff("ratna"), NOW)
    return {"reversal": Reversal.get().id}


def objected(world: World, visitor: Visitor) -> dict[str, Any]:
    found = proposed(world, visitor)
    assert found is not None
    taken = reversals.confirm(found["reversal"], staff("hadi"), NOW)
    return {"objection": objections.make(taken.applicant_id, "Data saya benar, ini buktinya.", NOW).id}


def taken_up(world: World, visitor: Visitor) -> Values:
    found = objected(world, visitor)
    visitor.open(f"/petugas/keberatan/{found['objection']}").submit("Saya yang jawab")
    return found


def answered(world: World, visitor: Visitor) -> Values:
    found = objected(world, visitor)
    objection_answers.take(found["objection"], staff("dewi", "officer"), NOW)
    objection_answers.answer(found["objection"], NOTE, True, staff("dewi", "officer"), NOW)
    return found


def left_out(world: World, visitor: Visitor) -> dict[str, Any]:
    """Somebody who was missing from the list of a draw that was told."""
    world.wave.delete_instance()
    wave, _ = drawn_wave(2, [Person() for _ in range(4)])
    sent = wave.closes_at - timedelta(days=1)
    missing = rows.applicant(rows.nik(70), "Sri Tertinggal")
    return {"application": rows.application(missing, wave, State.IN_SELECTION, at=sent).id}


def brought_in(world: World, visitor: Visitor) -> Values:
    found = left_out(world, visitor)
    return {"late": rows.late_entry(Application.get_by_id(found["application"])), **found}


def pair(world: World, visitor: Visitor) -> dict[str, Any]:
    people = rows.many(2, world.wave, State.SUBMITTED)
    return {"pair": rows.pair(people[0].applicant, people[1].applicant, "near_nik")}


def pair_decided(world: World, visitor: Visitor) -> Values:
    found = pair(world, visitor)
    page = visitor.open(f"/petugas/pasangan/{found['pair']}")
    page.submit("Simpan putusan", putusan="first", alasan="KTP-nya sama")
    assert SuspectedPair.get().decided_at is not None
    return found


def laid_off(world: World, visitor: Visitor) -> dict[str, Any]:
    Wave.update(rules=RULES, selection="draw").where(Wave.id == world.wave.id).execute()
    application = rows.application(rows.applicant(), Wave.get_by_id(world.wave.id))
    return {"claim": rows.group_claim(application)}


def paper_seen(world: World, visitor: Visitor) -> Values:
    found = laid_off(world, visitor)
    page = world.staff("officer").open(f"/petugas/kelompok/{found['claim']}")
    page.submit("Surat sudah saya lihat", surat="surat", cocok=True)
    assert GroupClaim.get().state == "seen"
    return found


def selected_with_deadline(world: World, visitor: Visitor) -> Values:
    wave = rows.wave(3, opens=-30, closes=-20)
    application = rows.application(rows.applicant(), wave, State.SELECTED)
    deadlines.begin_buying(application, wave, "WIB", NOW)
    return {"application": application.id}


def to_be_called(world: World, visitor: Visitor) -> Values:
    return {"task": rows.call(rows.applicant())}


def drafted(world: World, visitor: Visitor) -> dict[str, Any]:
    """A broadcast that somebody else wrote, to three people."""
    rows.many(3, world.wave)
    return {"broadcast": rows.broadcast()}


def ordered(alone: int) -> Prepare:
    def prepare(world: World, visitor: Visitor) -> Values:
        found = drafted(world, visitor)
        row = Broadcast.get()
        by = Actor("staff", row.written_by)
        broadcasts.order(row.id, None, False, broadcasts.mark(row), alone, by, NOW)
        return found

    return prepare


def draw_at(moment: Any, made: Callable[[], object]) -> Prepare:
    """The draw of wave 2 at one of its steps, with the clock there (tests/draws.py)."""

    def prepare(world: World, visitor: Visitor) -> None:
        made()
        world.clock.set(moment)

    return prepare


def enrolled(world: World, visitor: Visitor) -> Values:
    person = rows.officer(world.app, world.clock)
    return {"nama": person.staff.username, "sandi": rows.PASSWORD, "kode": person.digits}


def password_given(world: World, visitor: Visitor) -> Values:
    found = enrolled(world, visitor)
    assert found is not None
    visitor.open("/petugas/masuk").submit("Lanjut", nama=found["nama"], sandi=found["sandi"])
    return found


def invited(world: World, visitor: Visitor) -> None:
    code = staff_accounts.invite("ratna.baru", "Ratna", "manager", "", NOW)
    visitor.open("/petugas/undangan").submit(kode=code)


def password_chosen(world: World, visitor: Visitor) -> Values:
    invited(world, visitor)
    visitor.open("/petugas/undangan/sandi").submit(sandi=rows.PASSWORD, ulang=rows.PASSWORD)
    return {"kode": pyotp.TOTP(Staff.get(Staff.username == "ratna.baru").totp_secret).at(NOW)}
