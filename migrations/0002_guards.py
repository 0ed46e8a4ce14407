"""What the database itself refuses: two holders of one NIK, two waiting applications, a rewritten past."""

from peewee import PostgresqlDatabase

APPEND_ONLY = ("ledger_entry", "audit_line")


def up(migrator, db):
    db.execute_sql("CREATE UNIQUE INDEX applicant_holder_nik ON applicant (nik_index) WHERE claim = 'holder'")
    db.execute_sql(
        "CREATE UNIQUE INDEX application_one_waiting ON application (applicant_id) WHERE wave_id IS NULL"
    )
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


def down(migrator, db):
    for table in APPEND_ONLY:
        for verb in ("update", "delete"):
            on = f" ON {table}" if isinstance(db, PostgresqlDatabase) else ""
            db.execute_sql(f"DROP TRIGGER {table}_no_{verb}{on}")
    if isinstance(db, PostgresqlDatabase):
        db.execute_sql("DROP FUNCTION append_only()")
    db.execute_sql("DROP INDEX application_one_waiting")
    db.execute_sql("DROP INDEX applicant_holder_nik")
