"""A new look-up key: everybody is found the whole time, nobody twice, and a kill -9 in the middle is no matter."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from app import crypto
from app.crypto import Keys
from app.models import ALL, Applicant, Application, Attempt, PushSubscription, Session
from app.models.base import index_columns
from app.rules import draw as drawing
from app.services import (
    applicants,
    key_rotation,
    mailing,
    push_receipts,
    reindexing,
    seats,
    signing_in,
)
from app.services.claims import Refused
from tests import states
from tests.conftest import KEYS, NOW
from tests.states import sent, subscribe
from tests.walking import PIN, SITI

NEW = b"a new look-up key, 32 bytes long"
BOTH = replace(KEYS, lookup=NEW, lookup_before=KEYS.lookup, token=KEYS.lookup)
AFTER = replace(KEYS, lookup=NEW, token=KEYS.lookup)
ROOT = Path(__file__).parent.parent.parent
BUDI = {
    "identitas": {"nama": "Budi Hartono", "nik": "3599021203900005", "lahir": "1990-03-12", "jk": "l"},
    "kontak": {"hp": "+6281234567714"},
}


@pytest.fixture(autouse=True)
def _keys_as_they_were() -> Iterator[None]:
    yield
    crypto.use(KEYS)


@pytest.fixture
def people(wave) -> list[Application]:
    """Siti and Budi of one family card, each with a browser that may be pushed to."""
    siti, budi = sent(), sent(said=states.answers(**BUDI))
    for one in (siti, budi):
        row = subscribe(one.applicant_id)
        row.endpoint = f"https://push.example/send/{one.id}"
        row.endpoint_hash = KEYS.lookup_hash("endpoint", row.endpoint)
        row.save()
    return [siti, budi]


def raw() -> dict[str, bytes]:
    """Every hash as it is stored."""
    return {
        f"{model._meta.table_name}.{column.name}:{row.id}": bytes(row.__data__[column.name])
        for model in ALL
        for column in index_columns(model)
        for row in model.select()
        if row.__data__[column.name] is not None
    }


def sign_in(nik: str, now=NOW) -> str:
    phone = signing_in.Phone(signing_in.limits.where("10.1.1.1", None, False), None, "t" * 43, "HP baru")
    return signing_in.with_pin(nik, PIN, phone, now).kind


def half_moved(people) -> None:
    """One of two rows under each key."""
    columns = index_columns(Applicant)
    row = Applicant.get_by_id(people[0].applicant_id)
    assert reindexing._move(row, columns)
    kept = {bytes(one.__data__["nik_index"]) for one in Applicant.select()}
    assert kept == {
        BOTH.lookup_hash("nik", SITI["identitas"]["nik"].replace(" ", "")),
        KEYS.lookup_hash("nik", BUDI["identitas"]["nik"]),
    }


# afterwards ---------------------------------------------------------------------------------------


def test_afterwards_the_older_key_can_go(people):
    before = raw()
    crypto.use(BOTH)
    assert reindexing.run().moved == {"applicant": 2, "push_subscription": 2}
    assert reindexing.run() == reindexing.Done({}, [])
    after = raw()
    assert after.keys() == before.keys()
    assert all(after[name] != before[name] for name in before), "nothing is left under the older key"
    crypto.use(AFTER)
    for application, nik in zip(people, ("3599015704880003", "3599021203900005"), strict=True):
        assert sign_in(nik) == "summary"
        row = Applicant.get_by_id(application.applicant_id)
        assert bytes(row.nik_index) == AFTER.lookup_hash("nik", nik)


def test_sessions_and_known_phones_stay(visitor, wave):
    sent(visitor)
    for keys in (BOTH, AFTER):
        crypto.use(keys)
        if keys is BOTH:
            reindexing.run()
        visitor.open("/saya")
    assert Session.select().where(Session.revoked_at.is_null()).count() >= 1


def test_a_kunci_made_before_still_opens_a_new_phone(wave, office):
    application = sent()
    applicant = Applicant.get_by_id(application.applicant_id)
    from app.services import kunci

    shown = kunci.replace(applicant, NOW)
    crypto.use(BOTH)
    phone = signing_in.Phone(signing_in.limits.where("10.1.1.1", None, False), None, "t" * 43, "HP baru")
    code = shown.replace("-", "")
    assert Applicant.select().where(kunci.may_be(code)).count() == 1
    reindexing.run()
    crypto.use(AFTER)
    assert signing_in.with_kunci("3599015704880003", PIN, code, phone, NOW).kind == "full"


# meanwhile ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("moved", [False, True])
def test_meanwhile_everybody_signs_in(people, moved):
    crypto.use(BOTH)
    if moved:
        half_moved(people)
    assert [sign_in(nik) for nik in ("3599015704880003", "3599021203900005")] == ["summary", "summary"]


@pytest.mark.parametrize("moved", [False, True])
def test_meanwhile_nobody_registers_twice(people, moved):
    """A second claim to a NIK is disputed although the first is hashed under the other key."""
    crypto.use(BOTH)
    if moved:
        half_moved(people)
    for said in (states.ANSWERS, states.answers(**BUDI)):
        assert applicants.is_known(said["identitas"])
        again = sent(said=said)
        assert Applicant.get_by_id(again.applicant_id).claim == "disputed"


def test_meanwhile_a_family_is_one_family(people):
    crypto.use(BOTH)
    half_moved(people)
    rows = [Application.get_by_id(one.id) for one in people]
    assert len({bytes(row.applicant.kk_index) for row in rows}) == 1
    labels = drawing.labelled([bytes(row.applicant.kk_index) for row in rows], 1)
    assert len(set(labels)) == 1
    states.moved(people[1], states.CLOSED, states.SELECTED)
    assert seats.of_family(Application.get_by_id(people[0].id)) == 1


def test_meanwhile_and_afterwards_wrong_tries_count_on(people):
    place = signing_in.limits.where("10.1.1.1", None, False)
    phone = signing_in.Phone(place, None, "t" * 43, "HP baru")

    def wrong(times: int, nik: str = "3599015704880003") -> int:
        for _ in range(times):
            with pytest.raises(Refused):
                signing_in.with_pin(nik, "184920", phone, NOW)
        return (
            Attempt.select()
            .where(Attempt.failed & (Attempt.subject == crypto.keys().lookup_hash("nik", nik)))
            .count()
        )

    assert wrong(2) == 2
    crypto.use(BOTH)
    assert wrong(2) == 4, "tries under both keys are in one bucket"
    reindexing.run()
    crypto.use(AFTER)
    assert wrong(1) == 5
    assert wrong(1) == 5, "the bucket is full: it was not even tried"


def test_meanwhile_a_browser_that_subscribes_again_is_not_two(people):
    crypto.use(BOTH)
    row = PushSubscription.select().first()
    found = PushSubscription.get(
        PushSubscription.endpoint_hash == crypto.keys().lookup_hash("endpoint", row.endpoint)
    )
    assert found.endpoint == row.endpoint


def test_links_and_receipts_made_before_still_work_meanwhile(people):
    owner = Applicant.get_by_id(people[0].applicant_id)
    owner.email, owner.email_index = "siti@example.org", KEYS.lookup_hash("email", "siti@example.org")
    owner.save()
    link, receipt = mailing.stop_token(owner), push_receipts.token(7)
    crypto.use(BOTH)
    for moved in (False, True):
        if moved:
            reindexing.run()
        assert mailing.owner_of(link).id == owner.id
        assert push_receipts._delivery_of(receipt) == 7
        fresh = mailing.stop_token(Applicant.get_by_id(owner.id))
        assert fresh != link
        assert mailing.owner_of(fresh).id == owner.id
        assert push_receipts._delivery_of(push_receipts.token(7)) == 7
    crypto.use(AFTER)
    assert mailing.owner_of(fresh).id == owner.id
    assert mailing.owner_of(link) is None
    assert mailing.owner_of(link[:-1] + "0") is None


def test_a_look_up_by_one_or_by_many_finds_both(people):
    crypto.use(BOTH)
    half_moved(people)
    for nik in ("3599015704880003", "3599021203900005"):
        index = crypto.keys().lookup_hash("nik", nik)
        assert Applicant.select().where(Applicant.nik_index == index).count() == 1
        assert Applicant.select().where(Applicant.nik_index.in_([index])).count() == 1


# killed -------------------------------------------------------------------------------------------

DIES = """
import os, signal
from app import create_app, db
from app.services import reindexing
create_app()
reindexing.BATCH, left, really = 2, [3], reindexing._move
def dies(*arguments):
    left[0] -= 1
    if not left[0]:
        os.kill(os.getpid(), signal.SIGKILL)
    return really(*arguments)
reindexing._move = dies
db.connection_opened()
reindexing.run()
"""


def test_killed_in_the_middle_it_goes_on(settings, wave):
    names = ["Satu", "Dua", "Tiga", "Empat", "Lima"]
    niks = [f"359901570488000{n}" for n in range(1, 6)]
    for name, nik in zip(names, niks, strict=True):
        sent(said=states.answers(identitas={"nama": name, "nik": nik}))
    environ = {
        "GELOMBANG_ENVIRONMENT": "test",
        "GELOMBANG_KEYS": BOTH.to_json(),
        "GELOMBANG_VAR": str(settings.var),
        "GELOMBANG_DATABASE_URL": settings.database_url,
    }
    killed = subprocess.run([sys.executable, "-c", DIES], cwd=ROOT, env=os.environ | environ, check=False)
    assert killed.returncode == -signal.SIGKILL
    crypto.use(BOTH)
    new = [row for row in Applicant.select() if bytes(row.__data__["nik_index"]) == bytes(row.nik_index)]
    assert len(new) == 2, "the first batch is there, the second not half"
    assert [sign_in(nik) for nik in niks] == ["summary"] * 5
    assert reindexing.run().moved["applicant"] == 3
    crypto.use(AFTER)
    assert [sign_in(nik, NOW + timedelta(hours=2)) for nik in niks] == ["summary"] * 5


def test_a_row_in_the_way_is_named_and_stays(people, wave):
    """Two holders of one NIK cannot be; if a fault of ours made them, nobody is overwritten."""
    crypto.use(BOTH)
    row = Applicant.get_by_id(people[1].applicant_id)
    row.nik, row.nik_index = "3599015704880003", BOTH.lookup_hash("nik", "3599015704880003")
    row.save(only=[Applicant.nik, Applicant.nik_index])
    assert reindexing.run().in_the_way == [("applicant", people[0].applicant_id)]
    assert Applicant.get_by_id(people[0].applicant_id).name == "Siti Marlina"


def test_a_row_that_does_not_open_hinders_no_other(people):
    row = Applicant.get_by_id(people[0].applicant_id)
    Applicant.update(nik=b"\x01noise").where(Applicant.id == row.id).execute()
    crypto.use(BOTH)
    done = reindexing.run()
    assert done.in_the_way == [("applicant", row.id)]
    assert done.moved["applicant"] == 1


# the commands -------------------------------------------------------------------------------------


def test_the_commands(people, runner, tmp_path):
    path = tmp_path / "keys.json"
    path.write_text(KEYS.to_json())
    command = [sys.executable, "-m", "app.make_keys", "--new-lookup", str(path)]
    assert runner.invoke(args=["keys", "reindex"]).exit_code == 1, "there is no older key yet"
    made = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert "flask keys reindex" in made.stdout
    assert path.stat().st_mode & 0o077 == 0
    both = Keys.from_json(path.read_text())
    assert (both.lookup_before, both.token) == (KEYS.lookup, KEYS.lookup)
    assert replace(both, lookup=KEYS.lookup, lookup_before=None, token=None) == KEYS
    again = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert again.returncode == 1
    assert Keys.from_json(path.read_text()) == both
    crypto.use(both)
    said = runner.invoke(args=["keys", "reindex"])
    assert said.exit_code == 0
    assert "applicant: 2 rows" in said.output
    assert "lookup_before may go" in runner.invoke(args=["keys", "reindex"]).output
    kept = json.loads(path.read_text())
    del kept["lookup_before"]
    crypto.use(Keys.from_json(json.dumps(kept)))
    assert sign_in("3599015704880003") == "summary"
    assert sum(key_rotation.rotate().values()) == 0


def test_what_was_erased_stays_chance(people):
    from app.db import writing
    from app.services import forgetting

    with writing():
        forgetting.application(Application.get_by_id(people[0].id), NOW)
        forgetting.person(Applicant.get_by_id(people[0].applicant_id), NOW)
    before = bytes(Applicant.get_by_id(people[0].applicant_id).__data__["nik_index"])
    crypto.use(BOTH)
    reindexing.run()
    assert bytes(Applicant.get_by_id(people[0].applicant_id).__data__["nik_index"]) == before


def test_a_visitor_registers_meanwhile(visitor, wave):
    from tests import walking

    crypto.use(BOTH)
    walking.register(visitor)
    assert bytes(Applicant.get().__data__["nik_index"]) == BOTH.lookup_hash("nik", "3599015704880003")
