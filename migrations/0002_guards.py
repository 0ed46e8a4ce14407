"""What the database itself refuses: two holders of one NIK, two open offers, a rewritten past."""

from peewee import PostgresqlDatabase

APPEND_ONLY = ("ledger_entry", "audit_line", "seat_change")
#: name: (table, column, rows that it concerns)
UNIQUE_AMONG = {
    "applicant_holder_nik": ("applicant", "nik_index", "claim = 'holder'"),
    "application_one_waiting": ("application", "applicant_id", "wave_id IS NULL"),
    "offer_one_open": ("offer", "application_id", "answer = ''"),
    "reversal_one_open": ("reversal", "application_id", "confirmed_at IS NULL AND dropped_at IS NULL"),
}


def up(migrator, db):
    for name, (table, column, rows) in UNIQUE_AMONG.items():
        db.execute_sql(f"CREATE UNIQUE INDEX {name} ON {table} ({column}) WHERE {rows}")
    if isinstance(db, PostgresqlDatabase):
        db.execute_sql(
            "CREATE FUNCTION append_only() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION '%% is append-only', TG_TABLE_NAME; END $$"
        )
    for table in APPEND_ONLY:
        for verb in ("UPDATE", "DELETE"):
            name = f"{table}_no_{verb.lower()}"
            if isinstance(db, PostgresqlDatabase):
                db.execute_sql(
                    f"CREATE TRIGGER {name} BEFORE {verb} ON {table} FOR EACH ROW EXECUTE FUNCTION append_only()"
                )
            else:
                db.execute_sql(
                    f"CREATE TRIGGER {name} BEFORE {verb} ON {table} "
                    f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
                )
        if isinstance(db, PostgresqlDatabase):  # which has a third way to forget rows
            db.execute_sql(
                f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
                "FOR EACH STATEMENT EXECUTE FUNCTION append_only()"
            )


def down(migrator, db):
    for table in APPEND_ONLY:
        for verb in ("update", "delete"):
            on = f" ON {table}" if isinstance(db, PostgresqlDatabase) else ""
            db.execute_sql(f"DROP TRIGGER {table}_no_{verb}{on}")
        if isinstance(db, PostgresqlDatabase):
            db.execute_sql(f"DROP TRIGGER {table}_no_truncate ON {table}")
    if isinstance(db, PostgresqlDatabase):
        db.execute_sql("DROP FUNCTION append_only()")
    for name in UNIQUE_AMONG:
        db.execute_sql(f"DROP INDEX {name}")
