"""The past cannot be rewritten by the application, and whoever rewrites it in the database is found: ASVS 16.4.2."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from flask.testing import FlaskCliRunner
from peewee import DatabaseError, DatabaseProxy, IntegrityError

from app import db
from app.models import ALL, Applicant, Application, AuditLine, DayList, LedgerEntry
from app.models.base import sealed_columns
from app.services import audit, key_rotation
from app.services.office import OfficeFacts
from tests.conftest import NOW
from tests.security.world import World
from tests.staff import rows

#: Tables of which the database itself refuses to change or to lose a row.
APPEND_ONLY = ("audit_line", "day_list", "ledger_entry", "seat_change")


def guarded_tables() -> set[str]:
    """The tables whose triggers refuse UPDATE and DELETE."""
    if db.is_sqlite():
        rows = db.database.execute_sql(
            "SELECT tbl_name, name FROM sqlite_master WHERE type = 'trigger'"
        ).fetchall()
    else:
        rows = db.database.execute_sql(
            "SELECT relname, tgname FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid WHERE NOT tgisinternal"
        ).fetchall()
    found = {(table, name) for table, name in rows}
    return {
        table for table, _ in found if {(table, f"{table}_no_update"), (table, f"{table}_no_delete")} <= found
    }


def test_the_tables_that_are_guarded(database: DatabaseProxy) -> None:
    assert guarded_tables() == set(APPEND_ONLY)


def test_key_rotation_leaves_them_alone(database: DatabaseProxy) -> None:
    """It would otherwise die at the first of their rows."""
    sealed = {model._meta.table_name for model in ALL if sealed_columns(model)}
    assert guarded_tables() & sealed <= set(key_rotation.APPEND_ONLY)


def refused(act: Callable[[], object]) -> None:
    with pytest.raises(DatabaseError, match=r"append-only|FOREIGN KEY|foreign key"), db.database.atomic():
        act()


def test_no_row_of_them_is_changed_or_lost(world: World) -> None:
    assert world.full
    line, entry = AuditLine.select().first(), LedgerEntry.get()
    for act in (
        AuditLine.update(detail="x").where(AuditLine.id == line.id).execute,
        AuditLine.update(actor="nobody").execute,
        AuditLine.delete().where(AuditLine.id == line.id).execute,
        AuditLine.delete().execute,
        line.delete_instance,
        LedgerEntry.update(to_state="selected").execute,
        LedgerEntry.update(note=None).execute,
        LedgerEntry.delete().execute,
        entry.delete_instance,
        lambda: entry.save(only=[LedgerEntry.to_state]),
    ):
        before = list(AuditLine.select().tuples()), list(LedgerEntry.select().tuples())
        refused(act)
        assert (list(AuditLine.select().tuples()), list(LedgerEntry.select().tuples())) == before


def test_a_daily_list_is_neither_changed_nor_lost(office: OfficeFacts) -> None:
    """Whoever noted its root must find the same list behind it for ever (docs/security.md, D7)."""
    row = DayList(wave=rows.wave(), day="2026-11-20", count=1, root="0" * 64, entries=b"K7RM", made_at=NOW)
    row.save(force_insert=True)
    for act in (
        DayList.update(count=2).execute,
        DayList.update(entries=b"").where(DayList.id == row.id).execute,
        DayList.delete().execute,
        row.delete_instance,
    ):
        refused(act)
    assert [(one.count, bytes(one.entries)) for one in DayList.select()] == [(1, b"K7RM")]


def test_nor_by_taking_away_what_they_are_about(world: World) -> None:
    assert world.full
    for act in (Application.delete().execute, Applicant.delete().execute):
        with pytest.raises((IntegrityError, DatabaseError)), db.database.atomic():
            act()
    assert LedgerEntry.select().count() == 1


@pytest.mark.only_on("postgres")
@pytest.mark.parametrize("table", APPEND_ONLY)
def test_nor_by_truncate(database: DatabaseProxy, table: str) -> None:
    refused(lambda: database.execute_sql(f"TRUNCATE {table} CASCADE"))


# what whoever owns the database can do all the same, and how it is seen -------------------------------


@pytest.fixture
def chain(database: DatabaseProxy) -> Iterator[str]:
    """Five lines, and the database in the hands of somebody who has put the triggers out of action."""
    for number in range(5):
        audit.record("staff:dewi", "nik.open", f"applicant:{number}", NOW + timedelta(minutes=number), "ktp")
    head = audit.head()
    if db.is_sqlite():
        for verb in ("update", "delete"):
            database.execute_sql(f"DROP TRIGGER audit_line_no_{verb}")
    else:
        database.execute_sql("SET session_replication_role = replica")
    yield head
    if not db.is_sqlite():
        database.execute_sql("SET session_replication_role = origin")
        database.close()


def swap() -> None:
    two, three = AuditLine.get_by_id(2), AuditLine.get_by_id(3)
    for mine, other in ((two, three), (three, two)):
        AuditLine.update(at=other.at, subject=other.subject, mac=other.mac).where(
            AuditLine.id == mine.id
        ).execute()


def insert() -> None:
    AuditLine.create(id=6, at=NOW, actor="system", verb="x", mac=b"m" * 32)


def renumber() -> None:
    AuditLine.delete().where(AuditLine.id == 3).execute()
    for number in (4, 5):
        AuditLine.update(id=number - 1).where(AuditLine.id == number).execute()


#: What was done -> the first line that does not fit.
TAMPERINGS: dict[str, tuple[Callable[[], object], int]] = {
    "who": (AuditLine.update(actor="staff:budi").where(AuditLine.id == 2).execute, 2),
    "what": (AuditLine.update(verb="x").where(AuditLine.id == 1).execute, 1),
    "whom": (AuditLine.update(subject="applicant:9").where(AuditLine.id == 5).execute, 5),
    "why": (AuditLine.update(detail="").where(AuditLine.id == 4).execute, 4),
    "when": (AuditLine.update(at=NOW - timedelta(days=1)).where(AuditLine.id == 3).execute, 3),
    "seal": (AuditLine.update(mac=b"m" * 32).where(AuditLine.id == 3).execute, 3),
    "first line gone": (AuditLine.delete().where(AuditLine.id == 1).execute, 1),
    "line gone": (AuditLine.delete().where(AuditLine.id == 3).execute, 3),
    "line gone, rest renumbered": (renumber, 3),
    "two lines in the other order": (swap, 2),
    "line added": (insert, 6),
}


@pytest.mark.only_on("sqlite")
@pytest.mark.parametrize("what", TAMPERINGS)
def test_a_rewritten_line_is_found(chain: str, what: str) -> None:
    act, number = TAMPERINGS[what]
    act()
    assert audit.verify() == (number - 1, number)


def test_lines_cut_off_at_the_end_are_found_by_the_head_that_was_mailed(chain: str) -> None:
    AuditLine.delete().where(AuditLine.id > 3).execute()
    assert audit.verify() == (3, None), "what is left fits"
    assert audit.verify(bytes.fromhex(chain)) == (3, 4)
    AuditLine.delete().execute()
    assert audit.verify(bytes.fromhex(chain)) == (0, 1)


def test_an_untouched_chain_fits(chain: str) -> None:
    assert audit.verify(bytes.fromhex(chain)) == (5, None)


def test_the_command_says_so_and_fails(chain: str, runner: FlaskCliRunner, backend: str) -> None:
    """What a nightly job runs: exit 1 and the number of the line."""
    whole = runner.invoke(args=["audit", "verify", "--head", chain])
    assert (whole.exit_code, whole.output) == (0, f"5 lines fit; head {chain}\n")
    if backend == "postgres":
        db.database.execute_sql("SET session_replication_role = replica")
    AuditLine.update(detail="").where(AuditLine.id == 4).execute()
    broken = runner.invoke(args=["audit", "verify"])
    assert broken.exit_code == 1
    assert "line 4 does not fit" in broken.output


def test_a_head_that_no_line_has_is_told_from_a_broken_line_in_one_walk(
    chain: str, runner: FlaskCliRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A chain of years is long: the command reads it once, whatever it finds."""
    walks, walk = [], audit.walk
    monkeypatch.setattr(audit, "walk", lambda head=None: walks.append(head) or walk(head))
    missing = runner.invoke(args=["audit", "verify", "--head", "ab" * 32])
    assert missing.exit_code == 1
    assert "5 lines fit each other, but none of them has this head" in missing.output
    assert walks == [b"\xab" * 32]


def test_a_line_after_the_tampering_does_not_heal_the_chain(chain: str) -> None:
    AuditLine.update(detail="").where(AuditLine.id == 4).execute()
    audit.record("staff:dewi", "nik.open", "applicant:9", NOW)
    assert audit.verify() == (3, 4)
