"""What identifies people is sealed to its place, found by keyed hashes, and moves to a new key: ASVS 11.3.3, 11.4.2."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import psycopg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app import crypto
from app.crypto import Keys, Unsealable, keys
from app.hashing import ARGON2
from app.models import ALL, Applicant, Application, Draft, LedgerEntry, Staff
from app.models.base import Base, sealed_columns
from app.services import claims, key_rotation, ledger
from app.services.key_rotation import APPEND_ONLY
from tests.conftest import KEYS, NOW, _libpq
from tests.security.world import World
from tests.services.people import person
from tests.walking import PIN

SEALED = [(model, column.name) for model in ALL for column in sealed_columns(model)]
NEWER = replace(KEYS, seal=((2, b"n" * 32), *KEYS.seal))
ONLY_NEW = replace(KEYS, seal=((2, b"n" * 32),))


@pytest.fixture(autouse=True)
def _keys_as_they_were() -> Iterator[None]:
    yield
    crypto.use(KEYS)


@pytest.fixture
def with_keys() -> None:
    crypto.use(KEYS)


# one place each ---------------------------------------------------------------------------------------


@pytest.mark.usefixtures("with_keys")
@pytest.mark.parametrize(("model", "name"), SEALED, ids=lambda value: getattr(value, "__name__", value))
def test_a_sealed_value_opens_in_its_own_row_and_column_only(model: type[Base], name: str) -> None:
    here, there = model(), model()
    setattr(here, name, "3599015704880003")
    assert getattr(here, name) == "3599015704880003"
    there.__data__[name] = here.__data__[name]
    with pytest.raises(Unsealable):
        getattr(there, name)
    for other, column in SEALED:
        if (other, column) != (model, name):
            elsewhere = other(id=here.id)
            elsewhere.__data__[column] = here.__data__[name]
            with pytest.raises(Unsealable):
                getattr(elsewhere, column)


def test_swapped_rows_are_an_error_page_not_somebody_elses_data(world: World) -> None:
    """Whoever can write to the database cannot give a person's number to another."""
    siti, budi = world.full, world.other
    rows = {row.name: row for row in Applicant.select()}
    swapped = {"nik": rows["Budi Hartono"].__data__["nik"]}
    Applicant.update(**swapped).where(Applicant.id == rows["Siti Marlina"].id).execute()
    answer = siti.ask("GET", "/saya/data")
    assert answer.status_code == 500
    assert "3599021203900005" not in re.sub(r"\s", "", answer.get_data(as_text=True))
    assert budi.open("/saya/data")


def test_every_column_that_names_a_person_is_sealed_or_hashed() -> None:
    """Also in tables to come: a column of such a name must not be plain text."""
    personal = re.compile(r"nik|kk|phone|email|birth_date|street|answers|note$|secret|endpoint|salt|^auth$")
    plain = {
        f"{model._meta.table_name}.{field.name}"
        for model in ALL
        for field in model._meta.sorted_fields
        if personal.search(field.name) and field.name not in {column.name for column in sealed_columns(model)}
        if not field.name.endswith(("_index", "_hash", "_at", "_flags"))
    }
    assert plain <= {"office.phone", "posko.phone"}


# keys in general --------------------------------------------------------------------------------------

TEXTS = st.text(alphabet=st.characters(exclude_categories=("Cs",)), max_size=200)


@given(TEXTS, TEXTS)
def test_what_is_sealed_opens_again(text: str, place: str) -> None:
    sealed = KEYS.seal_text(text, place)
    assert KEYS.open_text(sealed, place) == text
    assert KEYS.seal_text(text, place) != sealed
    assert KEYS.is_current(sealed)
    assert NEWER.open_text(sealed, place) == text
    assert not NEWER.is_current(sealed)


@given(TEXTS, TEXTS, TEXTS)
def test_nowhere_else(text: str, place: str, other: str) -> None:
    if other != place:
        with pytest.raises(Unsealable):
            KEYS.open_text(KEYS.seal_text(text, place), other)


@given(TEXTS, st.integers(min_value=0), st.integers(1, 255))
def test_not_after_a_change(text: str, at: int, bits: int) -> None:
    sealed = bytearray(KEYS.seal_text(text, "a.b:1"))
    sealed[at % len(sealed)] ^= bits
    with pytest.raises(Unsealable):
        KEYS.open_text(bytes(sealed), "a.b:1")


@given(st.binary(max_size=80))
def test_noise_is_refused(noise: bytes) -> None:
    with pytest.raises(Unsealable):
        KEYS.open_text(noise, "a.b:1")


@given(TEXTS, TEXTS)
def test_look_up_hashes_differ_by_kind_value_and_key(one: str, two: str) -> None:
    assert KEYS.lookup_hash("nik", one) == KEYS.lookup_hash("nik", one)
    assert (KEYS.lookup_hash("nik", one) == KEYS.lookup_hash("nik", two)) == (one == two)
    assert KEYS.lookup_hash("nik", one) != KEYS.lookup_hash("kk", one)
    assert KEYS.lookup_hash("nik", one) != replace(KEYS, lookup=b"l" * 32).lookup_hash("nik", one)
    assert KEYS.lookup_hash("nik", one) != KEYS.token_hash(one)


def test_keys_survive_being_written_down() -> None:
    made = Keys.make("vapid")
    assert Keys.from_json(made.to_json()) == made
    assert json.loads(made.to_json())["lookup"] not in repr(made)


def test_no_key_shows_itself() -> None:
    for _, key in KEYS.seal + KEYS.pepper:
        assert key.hex() not in repr(KEYS)
        assert str(key) not in repr(KEYS)


# secrets that people know -----------------------------------------------------------------------------


@pytest.mark.usefixtures("with_keys")
def test_the_hash_is_argon2id_at_owasps_setting_or_more() -> None:
    stored = KEYS.hash_secret(1, PIN)
    found = re.fullmatch(r"1\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$[\w+/]{22}\$[\w+/]{43}", stored)
    assert found
    memory, passes, lanes = map(int, found.groups())
    assert (memory >= 7168 and passes >= 5) or (memory >= 19456 and passes >= 2)
    assert lanes >= 1
    assert (memory, passes, lanes) == (ARGON2["memory_cost"], ARGON2["iterations"], ARGON2["lanes"])


@pytest.mark.usefixtures("with_keys")
@settings(max_examples=8, deadline=None)
@given(
    st.integers(1, 2**62),
    st.text(alphabet=st.characters(exclude_categories=("Cs",)), min_size=6, max_size=64),
)
def test_a_secret_fits_its_owner_and_pepper_only(owner: int, secret: str) -> None:
    stored = KEYS.hash_secret(owner, secret)
    assert KEYS.verify_secret(owner, secret, stored)
    assert not KEYS.verify_secret(owner + 1, secret, stored)
    assert not KEYS.verify_secret(owner, secret + "0", stored)
    assert not replace(KEYS, pepper=((1, b"p" * 32),)).verify_secret(owner, secret, stored)
    assert not replace(KEYS, pepper=((2, KEYS.pepper[0][1]),)).verify_secret(owner, secret, stored)


@pytest.mark.parametrize(
    "stored", ["", "$", "1$", "1", "x$argon2id$", "1$argon2id$v=19$m=1,t=1,p=1$a$b", "9$x", "²$x"]
)
def test_a_damaged_hash_fits_nothing(stored: str) -> None:
    assert not KEYS.verify_secret(1, "", stored)


# rotation ---------------------------------------------------------------------------------------------


def sealed_values() -> Iterator[tuple[str, str]]:
    """(table.column, text) of every sealed value that there is, in a fixed order; raises where one does not open."""
    for model, name in SEALED:
        for row in model.select().order_by(model.id):
            if row.__data__[name] is not None:
                yield f"{model._meta.table_name}.{name}", getattr(row, name)


def fill(world: World) -> None:
    """Rows with sealed values in as many tables as a page can reach."""
    assert world.full
    assert world.draft
    officer = Staff.create(username="a", name="A", role="officer", totp_secret="JBSWY3DP", created_at=NOW)
    application = Application.get()
    ledger.remark(
        application, ledger.Reason.EDITED, ledger.Actor("staff", officer), NOW, note="a sealed remark"
    )


def test_after_a_rotation_the_old_key_can_go(world: World) -> None:
    fill(world)
    before = list(sealed_values())
    assert {place.partition(".")[0] for place, _ in before} >= {
        "applicant",
        "application",
        "draft",
        "staff",
        "ledger_entry",
    }
    crypto.use(NEWER)
    changed = key_rotation.rotate()
    assert list(sealed_values()) == before
    assert sum(key_rotation.rotate().values()) == 0, "a second run finds nothing to do"
    crypto.use(ONLY_NEW)
    movable = [pair for pair in before if pair[0].partition(".")[0] not in APPEND_ONLY]
    opened = []
    for model, name in SEALED:
        if model._meta.table_name not in APPEND_ONLY:
            rows = model.select().order_by(model.id)
            opened += [
                (f"{model._meta.table_name}.{name}", getattr(row, name)) for row in rows if row.__data__[name]
            ]
    assert sorted(opened) == sorted(movable)
    assert changed["applicant"] == Applicant.select().count()


@pytest.mark.only_on("sqlite")
def test_lines_of_the_ledger_keep_their_key_and_say_so_when_it_is_gone(world: World) -> None:
    """No verb may rewrite the past, so its notes stay under the key that was first then (docs/keys.md)."""
    fill(world)
    crypto.use(NEWER)
    key_rotation.rotate()
    [line] = LedgerEntry.select().where(LedgerEntry.note.is_null(False))
    assert line.note == "a sealed remark"
    crypto.use(ONLY_NEW)
    with pytest.raises(Unsealable):
        line.note  # noqa: B018


@pytest.mark.only_on("sqlite")
def test_a_rotation_may_be_killed_and_run_again(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(world)
    before = list(sealed_values())
    crypto.use(NEWER)
    monkeypatch.setattr(key_rotation, "BATCH", 1)
    reseal, left = key_rotation._reseal, [3]

    def dies(row: Base, columns: Any) -> bool:
        left[0] -= 1
        if not left[0]:
            raise KeyboardInterrupt
        return reseal(row, columns)

    monkeypatch.setattr(key_rotation, "_reseal", dies)
    with pytest.raises(KeyboardInterrupt):
        key_rotation.rotate()
    assert list(sealed_values()) == before
    monkeypatch.setattr(key_rotation, "_reseal", reseal)
    key_rotation.rotate()
    assert list(sealed_values()) == before


@pytest.mark.only_on("postgres")  # SQLite has one writer at a time
def test_what_a_page_saves_meanwhile_is_not_undone(world: World, database_url: str) -> None:
    assert world.draft
    row = Draft.get()
    newer = KEYS.seal_text('{"syarat": "changed meanwhile"}', f"draft.answers:{row.id}")
    crypto.use(NEWER)
    with (
        psycopg.connect(**_libpq(database_url)) as page,
        psycopg.connect(**_libpq(database_url), autocommit=True) as eye,
    ):
        page.execute("UPDATE draft SET answers = %s WHERE id = %s", (newer, row.id))
        rotating = threading.Thread(target=_rotate_and_let_go)
        rotating.start()
        waits = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
        while rotating.is_alive() and not eye.execute(waits).fetchone()[0]:  # type: ignore[index]
            pass
        page.commit()
        rotating.join(10)
    assert Draft.get().answers == '{"syarat": "changed meanwhile"}'


def _rotate_and_let_go() -> None:
    key_rotation.rotate()
    Draft._meta.database.close()


@pytest.mark.only_on("sqlite")
def test_a_new_pepper_takes_over_when_its_owner_signs_in(world: World) -> None:
    crypto.use(KEYS)
    siti = person(claim="holder")
    newer = replace(KEYS, pepper=((2, b"q" * 32), *KEYS.pepper))
    crypto.use(newer)
    assert keys().verify_secret(siti.id, "482915", siti.pin_hash)
    assert not keys().secret_is_current(siti.pin_hash)
    claims.refresh_pin_hash(siti, "482915")
    fresh = Applicant.get_by_id(siti.id).pin_hash
    assert fresh.startswith("2$")
    crypto.use(replace(KEYS, pepper=((2, b"q" * 32),)))
    assert keys().verify_secret(siti.id, "482915", fresh)


class TestNewCookieKey:
    """A newer cookie key is put first: nobody is signed out; without the old one everybody is."""

    @pytest.fixture(params=[True, False], ids=["old one kept", "old one gone"])
    def kept(self, request: pytest.FixtureRequest) -> bool:
        return bool(request.param)

    @pytest.fixture
    def settings(self, settings: Any, kept: bool) -> Any:
        cookie = (b"c" * 32, *KEYS.cookie) if kept else (b"c" * 32,)
        return replace(settings, keys=replace(KEYS, cookie=cookie))

    @pytest.mark.only_on("sqlite")
    def test_who_was_signed_in(self, world: World, kept: bool, monkeypatch: pytest.MonkeyPatch) -> None:
        visitor, app = world.full, world.app
        cookie = visitor.http.get_cookie("sesi", domain="127.0.0.1")
        assert cookie
        inside = app.session_interface.get_signing_serializer(app).loads(cookie.value)  # type: ignore[attr-defined]
        with monkeypatch.context() as before:
            before.setitem(app.config, "SECRET_KEY", KEYS.cookie_secrets[0])
            before.setitem(app.config, "SECRET_KEY_FALLBACKS", [])
            signed = app.session_interface.get_signing_serializer(app).dumps(inside)  # type: ignore[attr-defined]
        visitor.http.set_cookie("sesi", signed, domain="127.0.0.1")
        assert visitor.ask("GET", "/saya").status_code == (200 if kept else 303)


@pytest.mark.only_on("sqlite")
def test_a_session_can_be_ended_on_the_server_although_its_cookie_is_signed(world: World) -> None:
    """Threat 20: what a copied cookie is worth after signing out."""
    copied = world.full.http.get_cookie("sesi", domain="127.0.0.1")
    assert copied
    thief = world.stranger()
    thief.http.set_cookie("sesi", copied.value, domain="127.0.0.1")
    assert thief.ask("GET", "/saya").status_code == 200
    world.full.open("/keluar").submit("Keluar")
    assert thief.ask("GET", "/saya").location == "/masuk?lanjut=/saya"
