"""The daily lists of entry numbers are append-only, as the ledger and the changes of a draw are."""

from peewee import PostgresqlDatabase

TABLE = "day_list"
VERBS = ("UPDATE", "DELETE")


def up(migrator, db):
    for verb in VERBS:
        guard = f"CREATE TRIGGER {TABLE}_no_{verb.lower()} BEFORE {verb} ON {TABLE}"
        if isinstance(db, PostgresqlDatabase):
            db.execute_sql(f"{guard} FOR EACH ROW EXECUTE FUNCTION append_only()")
        else:
            db.execute_sql(f"{guard} BEGIN SELECT RAISE(ABORT, '{TABLE} is append-only'); END")
    if isinstance(db, PostgresqlDatabase):  # which has a third way to forget rows
        db.execute_sql(
            f"CREATE TRIGGER {TABLE}_no_truncate BEFORE TRUNCATE ON {TABLE} "
            "FOR EACH STATEMENT EXECUTE FUNCTION append_only()"
        )


def down(migrator, db):
    on = f" ON {TABLE}" if isinstance(db, PostgresqlDatabase) else ""
    for verb in VERBS:
        db.execute_sql(f"DROP TRIGGER {TABLE}_no_{verb.lower()}{on}")
    if isinstance(db, PostgresqlDatabase):
        db.execute_sql(f"DROP TRIGGER {TABLE}_no_truncate{on}")
