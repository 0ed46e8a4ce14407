"""Forgetting by date: what was erased when, where the audit chain begins, and a door through two triggers.

The door is a row that exists only inside the transaction that forgets (models/retention.py). It is the same on both
databases: a trigger can look into a table, and an uncommitted row is seen by nobody else.
"""

from peewee import BigIntegerField, BlobField, CharField, Model, PostgresqlDatabase

#: trigger -> (table, verb, what may pass while the door is open; {same} = every column but the note is as it was)
DOORS = {
    "ledger_entry_no_update": (
        "ledger_entry",
        "UPDATE",
        "NEW.note IS NULL AND {same} AND EXISTS (SELECT 1 FROM retention_door WHERE name = 'ledger_entry')",
    ),
    "audit_line_no_delete": (
        "audit_line",
        "DELETE",
        "EXISTS (SELECT 1 FROM retention_door WHERE name = 'audit_line' AND OLD.at < before)",
    ),
}


def up(migrator, db):
    class RetentionDoor(Model):
        id = BigIntegerField(primary_key=True)
        name = CharField(max_length=40)
        before = BigIntegerField()

        class Meta:
            database = db
            table_name = "retention_door"

    class AuditCut(Model):
        id = BigIntegerField(primary_key=True)
        upto = BigIntegerField()
        mac = BlobField()
        cut_mac = BlobField()
        at = BigIntegerField()

        class Meta:
            database = db
            table_name = "audit_cut"

    db.create_tables([RetentionDoor, AuditCut])
    for table in ("applicant", "application"):
        migrator.migrate(migrator.add_column(table, "erased_at", BigIntegerField(null=True)))
    for name, (table, verb, passes) in DOORS.items():
        _drop(db, name, table)
        if isinstance(db, PostgresqlDatabase):
            same = "to_jsonb(OLD) - 'note' = to_jsonb(NEW) - 'note'"
            db.execute_sql(
                f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
                f"IF {passes.format(same=same)} THEN RETURN {'OLD' if verb == 'DELETE' else 'NEW'}; END IF; "
                f"RAISE EXCEPTION '{table} is append-only'; END $$"
            )
            db.execute_sql(
                f"CREATE TRIGGER {name} BEFORE {verb} ON {table} FOR EACH ROW EXECUTE FUNCTION {name}()"
            )
        else:
            columns = [column.name for column in db.get_columns(table) if column.name != "note"]
            same = " AND ".join(f'NEW."{column}" IS OLD."{column}"' for column in columns)
            db.execute_sql(
                f"CREATE TRIGGER {name} BEFORE {verb} ON {table} WHEN NOT ({passes.format(same=same)}) "
                f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            )


def down(migrator, db):
    for name, (table, verb, _) in DOORS.items():
        _drop(db, name, table)
        if isinstance(db, PostgresqlDatabase):
            db.execute_sql(f"DROP FUNCTION {name}()")
            db.execute_sql(
                f"CREATE TRIGGER {name} BEFORE {verb} ON {table} FOR EACH ROW EXECUTE FUNCTION append_only()"
            )
        else:
            db.execute_sql(
                f"CREATE TRIGGER {name} BEFORE {verb} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            )
    for table in ("application", "applicant"):
        migrator.migrate(migrator.drop_column(table, "erased_at"))
    for table in ("audit_cut", "retention_door"):
        migrator.migrate(migrator.drop_table(table))


def _drop(db, name, table):
    on = f" ON {table}" if isinstance(db, PostgresqlDatabase) else ""
    db.execute_sql(f"DROP TRIGGER {name}{on}")
